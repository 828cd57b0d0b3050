"""`mentorsync sync|etl`: runs of a campaign year."""

from typing import Annotated

import typer

from mentorsync_pipeline.cli.output import Json, Year, show


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
    as_json: Json = False,
) -> None:
    """Recalculate a year from stored data. No service is called."""
    if dry_run:
        from mentorsync_pipeline.cli.dry_run import show_dry_run  # noqa: PLC0415

        show_dry_run(year, as_json=as_json)
    else:
        _run("etl", year, as_json=as_json)


def _run(job: str, year: int, *, as_json: bool) -> None:
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415

    report = run(job, year=year)
    checks = [{"asset": check.asset, "check": check.check, "found": check.description} for check in report.checks]
    show(
        {"job": job, "campaign_year": year, "run_id": report.run_id, "assets": report.assets, "checks": checks},
        as_json=as_json,
        lines=f"{job} {year} is done in {report.seconds:.1f} s (run {report.run_id}).",
    )
