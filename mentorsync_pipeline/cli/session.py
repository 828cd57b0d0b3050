"""What a command needs to touch data: the databases ready and of the right schema, and runs on the one instance.

Which job a command runs belongs to the module of the command.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mentorsync_pipeline.cli.output import progress_console
from mentorsync_pipeline.instance import fill_environment, open_instance
from mentorsync_pipeline.resources.warehouse import engine_for
from mentorsync_pipeline.store.migrate import require_current, upgrade

if TYPE_CHECKING:
    import dagster as dg
    from rich.console import Console

    from mentorsync_pipeline.runner import RunReport


def open_database() -> sa.Engine:
    """The engine of our database, at the schema of this program.

    The embedded one is brought there; for a server of the user's own that is the decision of its owner, and
    SchemaError names the command.
    """
    urls = fill_environment()
    engine = engine_for(urls.warehouse.render_as_string(hide_password=False))
    if urls.embedded:
        upgrade(engine)
    else:
        require_current(engine)
    return engine


def run(
    job: str,
    *,
    year: int | None = None,
    config: Mapping[str, Any] | None = None,
    assets: Sequence[str] | None = None,
) -> "RunReport":
    """Run a job, or some of its assets, as a Dagster run and show each step as it ends.

    Raises MentorSyncError when the run fails.
    """
    console = progress_console()
    with console.status(f"Starting {job} …") as status:
        open_database()
        from mentorsync_pipeline.definitions import defs  # noqa: PLC0415  # the heaviest import of all
        from mentorsync_pipeline.runner import run_job  # noqa: PLC0415

        with open_instance() as instance:
            listener = _listener(console, status.update)
            report = run_job(instance, defs, job, year=year, config=config, assets=assets, listener=listener)
    for check in report.checks:
        console.print(f"  ! {check.asset}: {check.description}", style="yellow" if check.severity == "WARN" else "red")
    report.raise_on_failure()
    return report


def _listener(console: "Console", say: Callable[[str], None]) -> Callable[["dg.DagsterEvent"], None]:
    from dagster import DagsterEventType  # noqa: PLC0415

    started: dict[str, float] = {}

    def hear(event: "dg.DagsterEvent") -> None:
        step = event.step_key or ""
        if event.event_type == DagsterEventType.STEP_START:
            started[step] = time.monotonic()
            say(f"{step} …")
        elif event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            metadata = event.step_materialization_data.materialization.metadata
            seconds = time.monotonic() - started.get(step, time.monotonic())
            said = summary({name: entry.value for name, entry in metadata.items()})
            console.print(f"  {step:<24} {seconds:5.1f} s  {said}", soft_wrap=True)
        elif event.event_type == DagsterEventType.STEP_FAILURE:
            console.print(f"  {step:<24} failed", style="red")

    return hear


def summary(metadata: Mapping[str, Any]) -> str:
    """One asset's rows and differences in a few words, such as `976 rows, 12 added, 3 changed`."""
    rows = metadata.get("dagster/partition_row_count", metadata.get("dagster/row_count"))
    words = [] if rows is None else [f"{rows} rows"]
    words += [
        f"{metadata[f'rows {kind}']} {kind}" for kind in ("added", "changed", "removed") if metadata.get(f"rows {kind}")
    ]
    words += [f"{metadata[kind]} {kind}" for kind in ("conflicts", "errors", "warnings") if metadata.get(kind)]
    return ", ".join(words)


@contextmanager
def reading() -> Iterator[sa.Connection]:
    """A connection for a command that only looks."""
    with open_database().connect() as connection:
        yield connection
