"""Open the databases and start runs for the commands."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mentorsync_pipeline.cli.actor import actor_name
from mentorsync_pipeline.cli.output import Progress
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from mentorsync_pipeline.db.closed_years import require_open
from mentorsync_pipeline.db.migrate import require_current, upgrade
from mentorsync_pipeline.runtime.engine import get_engine
from mentorsync_pipeline.runtime.environment import prepare_environment
from mentorsync_pipeline.runtime.progress import progress_listener

if TYPE_CHECKING:
    import dagster as dg

    from mentorsync_pipeline.runtime.in_process import RunReport


def open_database() -> sa.Engine:
    """Return an engine of MentorSync's database, at the schema of this program.

    The embedded database is upgraded. Another server is not, because that is its owner's decision.

    Raises:
        SchemaError: the schema of another server differs; the error names the command to upgrade it.

    """
    urls = prepare_environment()
    engine = get_engine(urls.warehouse.render_as_string(hide_password=False))
    if urls.embedded:
        upgrade(engine)
    else:
        require_current(engine)
    return engine


def run(
    job: str,
    *,
    year: int | None = None,
    config: "dg.RunConfig | None" = None,
    assets: Sequence[str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> "RunReport":
    """Run a job, or some of its assets, in this process as a Dagster run, and print each step.

    Raises:
        YearClosedError: the year is closed, and the job would change it.
        MentorSyncError: the run failed.

    """
    output = Progress()
    with output.status_line(f"Starting {job} …"):
        with ThreadPoolExecutor(1) as pool:
            opening = pool.submit(open_database)  # the embedded server starts during the imports
            # The slowest import is the first, because it imports Dagster without collections.
            from mentorsync_pipeline.definitions import defs  # noqa: PLC0415
        engine = opening.result()

        from mentorsync_pipeline.automation.jobs import JOBS_OF_CLOSED_YEARS  # noqa: PLC0415
        from mentorsync_pipeline.automation.pools import create_pools  # noqa: PLC0415
        from mentorsync_pipeline.cli.run_progress import RunProgress  # noqa: PLC0415
        from mentorsync_pipeline.runtime.in_process import run_job  # noqa: PLC0415
        from mentorsync_pipeline.runtime.instance import open_instance  # noqa: PLC0415
        from mentorsync_pipeline.runtime.orphaned_runs import close_orphaned_runs  # noqa: PLC0415

        if year is not None and job not in JOBS_OF_CLOSED_YEARS:
            with engine.connect() as conn:
                require_open(conn, [year])
        with open_instance() as instance:
            create_pools(instance)
            close_orphaned_runs(instance, one_machine=prepare_environment().embedded)
            run_progress = RunProgress(output)
            with progress_listener(run_progress.progress):
                report = run_job(
                    instance,
                    defs,
                    job,
                    year=year,
                    config=config,
                    assets=assets,
                    tags=tags,
                    listener=run_progress.handle_event,
                )
    for check in report.checks:
        style = "yellow" if check.severity == "WARN" else "red"
        output.line(f"  ! {check.asset}: {check.description}", style=style)
    report.raise_on_failure()
    return report


def change_context(by: str | None) -> ChangeContext:
    """Return the context of a change that the person at the command line makes."""
    actor = Actor(name=actor_name(by), via="local")
    return ChangeContext(engine=open_database(), actor=actor, now=lambda: datetime.now(UTC), instance=_open_instance)


def _open_instance() -> AbstractContextManager["dg.DagsterInstance"]:
    from mentorsync_pipeline.runtime.instance import open_instance  # noqa: PLC0415  # Dagster takes a second to import

    return open_instance()


@contextmanager
def open_connection() -> Iterator[sa.Connection]:
    """Open a connection for a command that only reads."""
    with open_database().connect() as connection:
        yield connection
