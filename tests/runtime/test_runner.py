"""Runs in this process: their records in the instance, and their reports."""

import os
import signal
import socket
import subprocess
import sys
import time

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.in_process import UnknownYearError, run_job
from mentorsync_pipeline.runtime.orphaned_runs import PROCESS_TAG, close_orphaned_runs, process_tag_value

YEARS = dg.StaticPartitionsDefinition(["2025", "2026"])


class Options(dg.Config):
    rows: int = 1


@dg.asset
def contacts(config: Options) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": config.rows})


@dg.asset(deps=[contacts], partitions_def=YEARS)
def people(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    if context.partition_key == "2026":
        raise MentorSyncError("Year 2026\nis not configured.", "Configure it.", code="CONFIG_MISSING")
    return dg.MaterializeResult(metadata={"year": int(context.partition_key)})


@dg.asset_check(asset=people, blocking=True)
def structure() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.ERROR, description="Of 3 rows, 1 is wrong.")


@dg.asset_check(asset=contacts)
def look() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description="Of 1 rows, 1 is odd.")


@dg.asset(deps=[people], partitions_def=YEARS)
def letters() -> None:
    raise ValueError("Jane Doe, jane@doe.example")


DEFS = dg.Definitions(
    assets=[contacts, people, letters],
    asset_checks=[structure, look],
    jobs=[dg.define_asset_job("sync", selection="*")],
    executor=dg.multiprocess_executor,  # runs in this process ignore MENTORSYNC_EXECUTOR
)


def test_a_run_belongs_to_the_job_the_year_and_the_code_location(instance):
    report = run_job(instance, DEFS, "sync", year=2025, assets=["contacts", "people"])
    run = instance.get_run_by_id(report.run_id)
    assert report.success == run.is_success
    assert run.job_name == "sync"
    assert run.tags["dagster/partition"] == "2025"
    assert run.remote_job_origin.location_name == "mentorsync"


def test_the_report_has_values_of_assets_and_failed_checks(instance, capfd):
    heard = []
    config = {"ops": {"contacts": {"config": {"rows": 7}}}}
    report = run_job(instance, DEFS, "sync", year=2025, config=config, listener=lambda e: heard.append(e.step_key))
    assert report.assets == {"contacts": {"rows": 7}, "people": {"year": 2025}}
    assert [(c.asset, c.severity) for c in sorted(report.checks, key=lambda c: c.asset)] == [
        ("contacts", "WARN"),
        ("people", "ERROR"),
    ]
    assert "people" in heard
    captured = capfd.readouterr()
    assert captured.out + captured.err == "", "Dagster's own log is kept off the terminal"


def test_a_failed_blocking_check_stops_downstream_assets(instance):
    report = run_job(instance, DEFS, "sync", year=2025)
    assert not report.success
    assert [failure.code for failure in report.failures] == ["CHECK_FAILED"]
    assert "people: Of 3 rows, 1 is wrong." in report.failures[0].message


def test_a_mentorsync_error_keeps_its_code_in_one_line(instance):
    report = run_job(instance, DEFS, "sync", year=2026)
    with pytest.raises(MentorSyncError, match=r"^CONFIG_MISSING: Year 2026 is not configured. Configure it.") as caught:
        report.raise_on_failure()
    assert report.run_id in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_error_shows_its_class_but_not_its_text(instance):
    quiet = dg.Definitions(assets=[contacts, people, letters], jobs=DEFS.jobs, executor=dg.in_process_executor)
    report = run_job(instance, quiet, "sync", year=2025)
    with pytest.raises(MentorSyncError, match="UNEXPECTED_ERROR: ValueError") as caught:
        report.raise_on_failure()
    assert "Jane" not in str(caught.value)


def test_an_unknown_year_is_refused_before_the_run(instance):
    with pytest.raises(UnknownYearError, match=r"2031 is not a campaign year between 2025 and 2026.*FIRST_YEAR"):
        run_job(instance, DEFS, "sync", year=2031)
    assert instance.get_runs_count() == 0


@pytest.mark.parametrize("policy", [None, dg.RetryPolicy(max_retries=2, delay=60)])
def test_a_stopped_run_is_canceled_and_not_retried(instance, policy):
    @dg.asset(retry_policy=policy)
    def slow() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)

    jobs = [dg.define_asset_job("sync", selection="*")]
    with pytest.raises(KeyboardInterrupt):
        run_job(instance, dg.Definitions(assets=[slow], jobs=jobs, executor=dg.in_process_executor), "sync")
    (record,) = instance.get_run_records()
    assert record.dagster_run.status == dg.DagsterRunStatus.CANCELED


def unfinished(instance: dg.DagsterInstance, **tags: str) -> str:
    """A run whose process was killed while it was in progress."""
    run = instance.create_run_for_job(DEFS.resolve_job_def("sync"), tags=tags)
    instance.report_dagster_event(dg.DagsterEvent("PIPELINE_START", run.job_name, message="start"), run.run_id)
    return run.run_id


def test_only_runs_of_ended_processes_are_closed(instance):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    other_life = process_tag_value().rsplit("/", 1)[0] + "/1000"
    dead = {
        unfinished(instance, **{PROCESS_TAG: f"{socket.gethostname()}/{gone.pid}/1000"}),
        unfinished(instance, **{PROCESS_TAG: other_life}),
    }
    alive = {
        unfinished(instance, **{PROCESS_TAG: process_tag_value()}),
        unfinished(instance, **{PROCESS_TAG: f"another-host/{gone.pid}/1000"}),
    }
    from_the_ui, just_begun = unfinished(instance), unfinished(instance)
    instance.report_engine_event("started", instance.get_run_by_id(from_the_ui), EngineEventData.in_process(gone.pid))
    assert set(close_orphaned_runs(instance, one_machine=False)) == dead
    assert set(close_orphaned_runs(instance, one_machine=True)) == {from_the_ui}
    for run_id in (*alive, just_begun):
        assert instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.STARTED
    for run_id in dead:
        assert instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.CANCELED
    assert instance.get_run_by_id(from_the_ui).status == dg.DagsterRunStatus.FAILURE, "Dagster tries it again"
