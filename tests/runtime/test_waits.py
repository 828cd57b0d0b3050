"""Runs in this process wait for pool slots and retries, react to Ctrl-C, and release their slots."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import dagster as dg
import pytest
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext

from mentorsync_pipeline.runtime.in_process import run_job
from mentorsync_pipeline.runtime.interruptible_waits import blocking_pool

pytestmark = pytest.mark.slow

POOL = "service"


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """An instance whose pools have one slot each; the instance in memory has no pools."""
    overrides = {"concurrency": {"pools": {"granularity": "op", "default_limit": 1}}}
    with dg.instance_for_test(temp_dir=str(tmp_path_factory.mktemp("dagster")), overrides=overrides) as made:
        yield made


def definitions(asset: dg.AssetsDefinition) -> dg.Definitions:
    return dg.Definitions(assets=[asset], jobs=[dg.define_asset_job("sync", selection="*")])


def occupied(instance: dg.DagsterInstance) -> set[str]:
    return instance.event_log_storage.get_concurrency_info(POOL).active_run_ids


def last_status(instance: dg.DagsterInstance) -> dg.DagsterRunStatus:
    return instance.get_run_records(limit=1)[0].dagster_run.status


def logged(instance: dg.DagsterInstance) -> list[dg.EventLogEntry]:
    """Dagster's events of the newest run."""
    return instance.all_logs(instance.get_run_records(limit=1)[0].dagster_run.run_id)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def soon(action: Callable[..., None], *arguments: object) -> None:
    threading.Timer(0.7, action, arguments).start()


@dg.asset(pool=POOL)
def quick() -> None: ...


@dg.asset(pool=POOL)
def stopped() -> None:
    interrupt()
    time.sleep(60)


def test_a_stopped_run_releases_its_slot(instance):
    with pytest.raises(KeyboardInterrupt):
        run_job(instance, definitions(stopped), "sync")
    assert occupied(instance) == set()
    assert run_job(instance, definitions(quick), "sync").success


@pytest.fixture
def another(instance) -> Iterator[str]:
    """A run in another process that has the only slot of the pool."""
    instance.event_log_storage.initialize_concurrency_limit_to_default(POOL)
    run = instance.create_run_for_job(definitions(quick).resolve_job_def("sync"))
    instance.event_log_storage.claim_concurrency_slot(POOL, run.run_id, "quick")
    yield run.run_id
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def test_a_run_polls_for_its_slot_with_pauses(instance, another, monkeypatch):
    requested_pools: list[str] = []
    claim = InstanceConcurrencyContext.claim

    def counted(self: InstanceConcurrencyContext, pool: str, *more: object, **options: object) -> bool:
        requested_pools.append(pool)
        return claim(self, pool, *more, **options)

    monkeypatch.setattr(InstanceConcurrencyContext, "claim", counted)

    def listener(event: dg.DagsterEvent) -> None:
        if blocking_pool(event) == POOL:
            soon(instance.event_log_storage.free_concurrency_slots_for_run, another)

    assert run_job(instance, definitions(quick), "sync", listener=listener).success
    assert occupied(instance) == set()
    assert 1 < len(requested_pools) < 100, "Dagster's own loop asks some thousand times in that time"


def test_a_slot_of_an_ended_run_is_released(instance, another):
    instance.report_run_canceled(instance.get_run_by_id(another))
    assert run_job(instance, definitions(quick), "sync").success


def test_a_run_that_waits_for_a_slot_can_be_stopped(instance, another):
    def listener(event: dg.DagsterEvent) -> None:
        if blocking_pool(event) == POOL:
            soon(interrupt)

    with pytest.raises(KeyboardInterrupt):
        run_job(instance, definitions(quick), "sync", listener=listener)
    assert occupied(instance) == {another}
    assert last_status(instance) == dg.DagsterRunStatus.CANCELED


def test_a_run_that_waits_for_a_retry_can_be_stopped(instance):
    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1, delay=60))
    def down() -> None:
        raise ValueError

    def listener(event: dg.DagsterEvent) -> None:
        if event.event_type == dg.DagsterEventType.STEP_UP_FOR_RETRY:
            soon(interrupt)

    with pytest.raises(KeyboardInterrupt):
        run_job(instance, definitions(down), "sync", listener=listener)
    assert [event.dagster_event_type for event in logged(instance)].count(dg.DagsterEventType.STEP_RESTARTED) == 0
    assert last_status(instance) == dg.DagsterRunStatus.CANCELED
