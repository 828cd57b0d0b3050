"""Old runs are deleted, except the latest run of each asset and year."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteInstigatorOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from mentorsync_pipeline.automation.run_retention import DeletedRuns, delete_runs_before
from mentorsync_pipeline.build import build_defs
from mentorsync_pipeline.resources.clock import ClockResource

pytestmark = pytest.mark.slow

LATER = datetime.now(UTC) + timedelta(days=1)
YEARS = dg.StaticPartitionsDefinition(["2025", "2026"])


@dg.asset(partitions_def=YEARS)
def of_a_year(context: dg.AssetExecutionContext) -> None:
    context.log.info("made")
    print("a line of output")  # noqa: T201  # becomes a log file


@dg.asset
def of_all_years() -> None:
    pass


@dg.asset(partitions_def=YEARS)
def that_fails() -> None:
    raise ValueError


@pytest.fixture
def instance(production_instance):
    return production_instance


def make(instance: dg.DagsterInstance, asset: dg.AssetsDefinition, year: str | None = None) -> str:
    done = dg.materialize([asset], instance=instance, partition_key=year, raise_on_error=False)
    return done.run_id


@pytest.fixture
def runs(instance):
    """Runs by kind: the latest ones that materialized an asset, and others."""
    old = [make(instance, of_a_year, "2025"), make(instance, of_all_years), make(instance, of_a_year, "2026")]
    failed = make(instance, that_fails, "2025")
    last = {make(instance, of_a_year, "2025"), make(instance, of_a_year, "2026"), make(instance, of_all_years)}
    return {"gone": {*old, failed}, "last": last}


def ids(instance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def test_recent_runs_are_kept(instance, runs):
    assert delete_runs_before(instance, before=LATER - timedelta(days=30)) == DeletedRuns(0, 0)
    assert ids(instance) == runs["gone"] | runs["last"]


def test_the_latest_old_run_of_each_asset_and_year_is_kept_with_its_events(instance, runs):
    assert delete_runs_before(instance, before=LATER) == DeletedRuns(len(runs["gone"]), len(runs["last"]))
    assert ids(instance) == runs["last"]
    for asset in (of_a_year, of_all_years):
        assert instance.get_latest_materialization_event(asset.key).run_id in runs["last"]
    assert instance.get_materialized_partitions(of_a_year.key) == {"2025", "2026"}
    for run_id in runs["gone"]:
        assert instance.all_logs(run_id) == []
    assert delete_runs_before(instance, before=LATER) == DeletedRuns(0, len(runs["last"]))


def test_a_run_in_progress_is_kept_at_any_age(instance):
    job = dg.define_asset_job("job", [of_all_years]).resolve(
        asset_graph=dg.Definitions([of_all_years]).resolve_asset_graph()
    )
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    delete_runs_before(instance, before=LATER)
    assert ids(instance) == {run.run_id}


def test_old_ticks_are_deleted_even_of_removed_sensors(instance):
    state = _state()
    instance.add_instigator_state(state)
    for moment in (1.0, LATER.timestamp() + 9):
        instance.create_tick(_tick(state, moment))
    delete_runs_before(instance, before=LATER)
    ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id)
    assert [tick.timestamp for tick in ticks] == [LATER.timestamp() + 9]


def _state():
    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name="zz"), location_name="zz")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), "a_former_sensor")
    return InstigatorState(
        origin, InstigatorType.SENSOR, InstigatorStatus.STOPPED, SensorInstigatorData(min_interval=30)
    )


def _tick(state, moment: float) -> TickData:
    return TickData(
        instigator_origin_id=state.instigator_origin_id,
        instigator_name=state.instigator_name,
        instigator_type=state.instigator_type,
        status=TickStatus.SKIPPED,
        timestamp=moment,
        selector_id=state.selector_id,
    )


@pytest.mark.parametrize(("days", "stay"), [(None, False), (500, True)])
def test_the_job_keeps_the_configured_number_of_days(instance, runs, monkeypatch, days, stay):
    monkeypatch.setenv("MENTORSYNC_KEEP_RUNS_DAYS", "300")
    clock = ClockResource(fixed_at=(LATER + timedelta(days=400)).isoformat())
    job = build_defs(resources={"clock": clock}).resolve_job_def("forget_old_runs")
    config = {"ops": {"delete_old_runs": {"config": {"days": days}}}} if days else {}
    assert job.execute_in_process(instance=instance, run_config=config).success
    assert (runs["gone"] <= ids(instance)) is stay
    assert runs["last"] < ids(instance)
