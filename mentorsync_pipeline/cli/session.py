"""Open the databases at the right schema, and start runs, for the commands."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mentorsync_pipeline.cli.actor import actor_name
from mentorsync_pipeline.cli.output import Progress
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from mentorsync_pipeline.db.migrate import require_current, upgrade
from mentorsync_pipeline.resources.warehouse import engine_for
from mentorsync_pipeline.runtime.instance import fill_environment, open_instance
from mentorsync_pipeline.runtime.progress import listening

if TYPE_CHECKING:
    import dagster as dg

    from mentorsync_pipeline.runtime.in_process import RunReport


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
    config: "dg.RunConfig | None" = None,
    assets: Sequence[str] | None = None,
) -> "RunReport":
    """Run a job, or some of its assets, as a Dagster run and show each step as it ends.

    Raises MentorSyncError when the run fails.
    """
    output = Progress()
    with output.moving(f"Starting {job} …"):
        open_database()
        from mentorsync_pipeline.automation.pools import make_pools  # noqa: PLC0415
        from mentorsync_pipeline.cli.narrator import Narrator  # noqa: PLC0415
        from mentorsync_pipeline.definitions import defs  # noqa: PLC0415  # the heaviest import of all
        from mentorsync_pipeline.runtime.in_process import run_job  # noqa: PLC0415
        from mentorsync_pipeline.runtime.orphaned_runs import close_dead_runs  # noqa: PLC0415

        with open_instance() as instance:
            make_pools(instance)
            close_dead_runs(instance, one_machine=fill_environment().embedded)
            narrator = Narrator(output)
            with listening(narrator.progress):
                report = run_job(instance, defs, job, year=year, config=config, assets=assets, listener=narrator.hear)
    for check in report.checks:
        style = "yellow" if check.severity == "WARN" else "red"
        output.line(f"  ! {check.asset}: {check.description}", style=style)
    report.raise_on_failure()
    return report


def change_context(by: str | None) -> ChangeContext:
    """Context of a change by the person at the command line."""
    actor = Actor(name=actor_name(by), via="local")
    return ChangeContext(engine=open_database(), actor=actor, now=lambda: datetime.now(UTC), instance=open_instance)


@contextmanager
def reading() -> Iterator[sa.Connection]:
    """A connection for a command that only reads."""
    with open_database().connect() as connection:
        yield connection
