"""Print the progress of a run: the current step, its progress, and a line when it ends."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagster import DagsterEventType

from mentorsync_pipeline.runtime.formatting import format_count
from mentorsync_pipeline.runtime.interruptible_waits import blocking_pool

if TYPE_CHECKING:
    import dagster as dg

    from mentorsync_pipeline.cli.output import Progress


class RunProgress:
    """Prints the steps of one run and their progress."""

    def __init__(self, output: "Progress") -> None:
        self._output = output
        self._step = ""
        self._started = 0.0

    def progress(self, text: str) -> None:
        """Update the progress of the current step."""
        self._output.update(f"{self._step}: {text}")

    def handle_event(self, event: "dg.DagsterEvent") -> None:
        """Print an event if it is relevant to a reader."""
        kind, step = event.event_type, event.step_key or ""
        if kind == DagsterEventType.STEP_START:
            self._step, self._started = step, time.monotonic()
            self._output.update(f"{step} …")
        elif kind == DagsterEventType.ASSET_MATERIALIZATION:
            metadata = event.step_materialization_data.materialization.metadata
            result = format_counts({name: entry.value for name, entry in metadata.items()})
            seconds = time.monotonic() - self._started
            self._output.line(f"  {step:<26} {seconds:5.1f} s  {result}")
        elif kind == DagsterEventType.STEP_UP_FOR_RETRY:
            wait = event.step_retry_data.seconds_to_wait or 0
            self._output.line(f"  {step:<26} failed; retry in {wait:.0f} s", style="yellow")
        elif (pool := blocking_pool(event)) is not None:
            self._output.line(f"  {step:<26} queued: {pool} is in use by another run", style="yellow")
        elif kind == DagsterEventType.STEP_FAILURE:
            self._output.line(f"  {step:<26} failed", style="red")


def format_counts(metadata: Mapping[str, Any]) -> str:
    """Format one asset's row counts, such as `976 rows, 12 added, 3 changed`."""
    rows = metadata.get("dagster/partition_row_count", metadata.get("dagster/row_count"))
    parts = [] if rows is None else [format_count(rows, "row")]
    parts += [
        f"{metadata[f'rows {kind}']} {kind}" for kind in ("added", "changed", "removed") if metadata.get(f"rows {kind}")
    ]
    parts += [
        format_count(metadata[f"{kind}s"], kind)
        for kind in ("conflict", "error", "warning")
        if metadata.get(f"{kind}s")
    ]
    if metadata.get("rows kept"):
        parts.append("kept")
    if metadata.get("not fetched"):
        parts.append(f"not fetched: {metadata['not fetched']}")
    if metadata.get("list refused"):
        parts.append("short list refused, see mentorsync errors list")
    return ", ".join(parts)
