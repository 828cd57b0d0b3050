"""`mentorsync sync|etl`: runs of a campaign year."""

from collections.abc import Mapping
from typing import Annotated

import typer

from mentorsync_pipeline.cli.output import Json, Year, show
from mentorsync_pipeline.runtime.run_tags import EVERY_STEP


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(sync)
    app.command()(etl)


def sync(year: Year, as_json: Json = False) -> None:
    """Fetch the sources of a year, match the mentors and create the import file for Givebutter."""
    _run("sync", year, as_json=as_json)


def etl(
    year: Year,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the rows that would change, and change nothing.")
    ] = False,
    every_step: Annotated[
        bool, typer.Option("--every-step", help="Calculate every step, also those whose rows would be kept.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Recalculate a year from stored data. No service is called.

    A step keeps its rows if nothing has changed since before a run of it that wrote nothing: no row that it reads or
    writes, no setting and no file of the program. Rows edited directly in the database count as changed.
    """
    tags = {EVERY_STEP: "true"} if every_step else {}
    if dry_run:
        from mentorsync_pipeline.cli.dry_run import show_dry_run  # noqa: PLC0415

        show_dry_run(year, tags, as_json=as_json)
    else:
        _run("etl", year, tags, as_json=as_json)


def _run(job: str, year: int, tags: Mapping[str, str] | None = None, *, as_json: bool) -> None:
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415

    report = run(job, year=year, tags=tags)
    checks = [{"asset": check.asset, "check": check.check, "found": check.description} for check in report.checks]
    show(
        {"job": job, "campaign_year": year, "run_id": report.run_id, "assets": report.assets, "checks": checks},
        as_json=as_json,
        lines=f"{job} {year} is done in {report.seconds:.1f} s (run {report.run_id}).",
    )
