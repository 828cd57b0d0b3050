"""Waits of a run in this process that Ctrl-C can interrupt: for a pool slot and for the retry of a step.

Dagster captures Ctrl-C between steps but ignores it while it waits, and it waits for a pool slot in a busy loop.
"""

import time
from collections.abc import Callable

import dagster as dg

from mentorsync_pipeline.runtime.dagster_internals import pop_captured_interrupt

_POLL_SECONDS = 0.5
_POOL = "pool"  # metadata key of the event of a blocked step


def wait_after(instance: dg.DagsterInstance, run_id: str, event: dg.DagsterEvent) -> bool:
    """Wait if the event announces a retry or a blocked step; return False if Ctrl-C interrupted the wait."""
    kind = event.event_type
    if kind == dg.DagsterEventType.STEP_UP_FOR_RETRY:
        until = time.monotonic() + (event.step_retry_data.seconds_to_wait or 0)
        return _wait(lambda: time.monotonic() >= until)
    pool = blocking_pool(event)
    if pool is not None:
        return _wait(lambda: _has_free_slot(instance, run_id, pool))
    return True


def blocking_pool(event: dg.DagsterEvent) -> str | None:
    """Return the pool that blocks a step according to the event, or None."""
    if event.event_type != dg.DagsterEventType.ENGINE_EVENT or event.step_key is None:
        return None
    value = event.engine_event_data.metadata.get(_POOL)
    return None if value is None else str(value.value)


def release_pool_slots(instance: dg.DagsterInstance, run_id: str) -> None:
    """Release the pool slots of an ended run. An interrupted step keeps its slot, which would block other runs."""
    if instance.event_log_storage.supports_global_concurrency_limits:
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)


def _has_free_slot(instance: dg.DagsterInstance, run_id: str, pool: str) -> bool:
    info = instance.event_log_storage.get_concurrency_info(pool)
    for holder in info.active_run_ids:
        run = instance.get_run_by_id(holder)
        if run is None or run.is_finished:  # its slots were not released because it was killed
            release_pool_slots(instance, holder)
    return run_id in info.assigned_run_ids or info.active_slot_count < info.slot_count


def _wait(is_over: Callable[[], bool]) -> bool:
    while not is_over():
        if pop_captured_interrupt():
            return False
        time.sleep(_POLL_SECONDS)
    return True
