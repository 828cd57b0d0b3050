"""Close runs whose process was killed. Dagster would show them as running, and they would block the year."""

import os
import socket
from collections.abc import Iterator

import dagster as dg
import psutil

# Tag with the process of a run: host, process id and start time of the process (ids are reused).
PROCESS_TAG = "mentorsync/process"
_UNFINISHED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_TOLERANCE_SECONDS = 2.0


def process_tag_value() -> str:
    """Return the value of PROCESS_TAG for a run in this process."""
    return f"{socket.gethostname()}/{os.getpid()}/{psutil.Process().create_time():.0f}"


def close_orphaned_runs(instance: dg.DagsterInstance, *, one_machine: bool) -> list[str]:
    """Close runs whose process on this machine has ended; return their ids.

    Runs of the command line are marked as canceled. Runs of the daemon are marked as failed, and Dagster or a sensor
    retries them.

    Args:
        one_machine: all runs are on this machine, so runs of the daemon are checked by the process ids in their events.

    """
    closed = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_UNFINISHED)):
        run = record.dagster_run
        tag = run.tags.get(PROCESS_TAG)
        if tag is not None:
            dead = _is_dead(tag)
        elif one_machine and record.start_time is not None:
            process_ids = list(_process_ids(instance, run.run_id))
            dead = bool(process_ids) and not any(_existed_at(pid, record.start_time) for pid in process_ids)
        else:
            dead = False
        if dead:
            if tag is None:
                instance.report_run_failed(run, "The process of this run has ended. No partial result was stored.")
            else:
                instance.report_run_canceled(
                    run, "The process of this run has ended. No partial result was stored; start it again."
                )
            if instance.event_log_storage.supports_global_concurrency_limits:
                # Otherwise its pool slot would block the next run.
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            closed.append(run.run_id)
    return closed


def _is_dead(tag: str) -> bool:
    host, pid, created = tag.rsplit("/", 2)
    if host != socket.gethostname():
        return False
    started = _start_time(int(pid))
    return started is None or abs(started - float(created)) > _TOLERANCE_SECONDS


def _existed_at(pid: int, moment: float) -> bool:
    """Whether the process runs and was started before `moment`."""
    started = _start_time(pid)
    return started is not None and started <= moment + _TOLERANCE_SECONDS


def _start_time(pid: int) -> float | None:
    """Return the start time of a process; None if it has ended or is a zombie."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


def _process_ids(instance: dg.DagsterInstance, run_id: str) -> Iterator[int]:
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event else None
        if pid is not None:
            yield int(str(pid.value))
