"""What a run in this process waits for, so that Ctrl-C is heard: a place in a pool, the next try of a step.

Dagster captures Ctrl-C between steps and does not look for it while it waits; for a place in a pool it even waits
without a pause.
"""

import time
from collections.abc import Callable

import dagster as dg

from mentorsync_pipeline.runtime.dagster_internals import pop_captured_interrupt

_LOOK_EVERY_SECONDS = 0.5
_POOL = "pool"  # as Dagster names it in the event of a step that is blocked


def wait_after(instance: dg.DagsterInstance, run_id: str, event: dg.DagsterEvent) -> bool:
    """Wait for what an event of the run announces, if it announces a wait; False when Ctrl-C ended it."""
    kind = event.event_type
    if kind == dg.DagsterEventType.STEP_UP_FOR_RETRY:
        until = time.monotonic() + (event.step_retry_data.seconds_to_wait or 0)
        return _wait(lambda: time.monotonic() >= until)
    pool = blocking_pool(event)
    if pool is not None:
        return _wait(lambda: _has_place(instance, run_id, pool))
    return True


def blocking_pool(event: dg.DagsterEvent) -> str | None:
    """The pool that a step waits for, if that is what the event says."""
    if event.event_type != dg.DagsterEventType.ENGINE_EVENT or event.step_key is None:
        return None
    value = event.engine_event_data.metadata.get(_POOL)
    return None if value is None else str(value.value)


def give_places_back(instance: dg.DagsterInstance, run_id: str) -> None:
    """Give back what an ended run holds in pools: an interrupted step keeps its place, and all others would wait."""
    if instance.event_log_storage.supports_global_concurrency_limits:
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)


def _has_place(instance: dg.DagsterInstance, run_id: str, pool: str) -> bool:
    info = instance.event_log_storage.get_concurrency_info(pool)
    for holder in info.active_run_ids:
        run = instance.get_run_by_id(holder)
        if run is None or run.is_finished:  # killed as it ended; only the daemon would clean up, if it runs
            give_places_back(instance, holder)
    return run_id in info.assigned_run_ids or info.active_slot_count < info.slot_count


def _wait(over: Callable[[], bool]) -> bool:
    while not over():
        if pop_captured_interrupt():
            return False
        time.sleep(_LOOK_EVERY_SECONDS)
    return True
