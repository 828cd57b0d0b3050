"""Close runs whose process was killed; Dagster would show them as running and block the year for ever."""

import os
import socket
from collections.abc import Iterator

import dagster as dg
import psutil

# Which process runs it: host, process id, and when that process began (a number is given again after a restart).
PROCESS_TAG = "mentorsync/process"
_UNFINISHED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_TOLERANCE_SECONDS = 2.0


def this_process() -> str:
    """The value of PROCESS_TAG for a run in this process."""
    return f"{socket.gethostname()}/{os.getpid()}/{psutil.Process().create_time():.0f}"


def close_dead_runs(instance: dg.DagsterInstance, *, one_machine: bool) -> list[str]:
    """Close the runs whose process on this machine is gone; returns their ids.

    One that a person ran on the command line is canceled. `one_machine` says that every other run is on this machine:
    then those are looked at too, by the process id among their events. They failed, and Dagster starts them again
    (`run_retries`) unless a sensor does.
    """
    closed = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_UNFINISHED)):
        run = record.dagster_run
        tag = run.tags.get(PROCESS_TAG)
        if tag is not None:
            dead = _is_dead(tag)
        elif one_machine and record.start_time is not None:
            known = list(_process_ids(instance, run.run_id))
            dead = bool(known) and not any(_was_there(pid, record.start_time) for pid in known)
        else:
            dead = False
        if dead:
            if tag is None:
                instance.report_run_failed(run, "The process of this run is gone; nothing is half done.")
            else:
                instance.report_run_canceled(
                    run, "The process of this run is gone. Start it again: nothing is half done."
                )
            if instance.event_log_storage.supports_global_concurrency_limits:
                # Its place in a pool, which the next run would wait for.
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            closed.append(run.run_id)
    return closed


def _is_dead(tag: str) -> bool:
    host, pid, created = tag.rsplit("/", 2)
    if host != socket.gethostname():
        return False
    begun = _begun(int(pid))
    return begun is None or abs(begun - float(created)) > _TOLERANCE_SECONDS


def _was_there(pid: int, moment: float) -> bool:
    """Whether the process lives and is older than the moment."""
    begun = _begun(pid)
    return begun is not None and begun <= moment + _TOLERANCE_SECONDS


def _begun(pid: int) -> float | None:
    """When a process began; None when it has ended, also if its parent has not collected it yet (a zombie)."""
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
