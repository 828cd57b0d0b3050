"""A killed run is detected and closed, and its pool slot is released."""

import os
import subprocess
import sys

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from mentorsync_pipeline.automation.sensors import interrupted_runs
from mentorsync_pipeline.definitions import defs
from mentorsync_pipeline.runtime.orphaned_runs import close_orphaned_runs

POOL = "givebutter"


@pytest.fixture
def instance(production_instance):
    return production_instance


def under_way(instance: dg.DagsterInstance, pid: int) -> dg.DagsterRun:
    """A run that was launched from the UI or by a sensor, in a separate process."""
    run = instance.create_run_for_job(defs.resolve_job_def("sync"), tags={"dagster/partition": "2025"})
    instance.report_dagster_event(dg.DagsterEvent("PIPELINE_START", run.job_name, message="start"), run.run_id)
    instance.report_engine_event("started", run, EngineEventData.in_process(pid))
    return run


def tick(instance: dg.DagsterInstance) -> str:
    return interrupted_runs.evaluate_tick(dg.build_sensor_context(instance=instance)).skip_message


def gone() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_killed_run_is_closed_and_can_be_retried(instance):
    run = under_way(instance, gone())
    assert tick(instance) == "1 runs closed."
    closed = instance.get_run_by_id(run.run_id)
    assert closed.status == dg.DagsterRunStatus.FAILURE
    assert closed.tags["dagster/will_retry"] == "true", "not a step has failed"
    assert tick(instance) == "No interrupted runs."


def test_a_run_whose_process_is_a_zombie_is_closed(instance):
    with subprocess.Popen([sys.executable, "-c", ""]) as zombie:
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
        run = under_way(instance, zombie.pid)
        assert close_orphaned_runs(instance, one_machine=True) == [run.run_id]


def test_its_pool_slot_is_free_for_the_next_run(instance):
    dead, next_one = under_way(instance, gone()), under_way(instance, 1)
    storage = instance.event_log_storage
    storage.set_concurrency_slots(POOL, 1)
    assert storage.claim_concurrency_slot(POOL, dead.run_id, "raw_gb_full_contacts").is_claimed
    assert not storage.claim_concurrency_slot(POOL, next_one.run_id, "raw_gb_full_contacts").is_claimed
    assert close_orphaned_runs(instance, one_machine=True) == [dead.run_id]
    assert storage.claim_concurrency_slot(POOL, next_one.run_id, "raw_gb_full_contacts").is_claimed


def test_runs_in_pods_are_not_checked():
    with dg.DagsterInstance.ephemeral() as elsewhere:
        under_way(elsewhere, gone())
        assert "not processes of this machine" in tick(elsewhere)
