"""`mentorsync db upgrade` and `mentorsync status`."""

from typing import Any

import typer

from mentorsync_pipeline.cli.output import CommandGroup, Json, show
from mentorsync_pipeline.domain.team_time import format_minute

group = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Upgrade the database.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="db")
    app.command()(status)


@group.command(name="upgrade")
def upgrade_(as_json: Json = False) -> None:
    """Create or upgrade MentorSync's and Dagster's tables. Safe to repeat."""
    from mentorsync_pipeline.automation.pools import create_pools  # noqa: PLC0415
    from mentorsync_pipeline.db.migrate import newest_revision, upgrade  # noqa: PLC0415
    from mentorsync_pipeline.runtime.engine import get_engine  # noqa: PLC0415
    from mentorsync_pipeline.runtime.environment import prepare_environment  # noqa: PLC0415
    from mentorsync_pipeline.runtime.instance import open_instance  # noqa: PLC0415

    urls = prepare_environment()
    revision_before = upgrade(get_engine(urls.warehouse.render_as_string(hide_password=False)))
    with open_instance() as instance:
        instance.upgrade()  # Dagster's own tables
        create_pools(instance)
    revision_after = newest_revision()
    result = (
        f"is already at schema {revision_after}"
        if revision_before == revision_after
        else f"was upgraded from schema {revision_before or 'none'} to {revision_after}"
    )
    url = urls.warehouse.render_as_string(hide_password=True)
    show({"before": revision_before, "after": revision_after}, as_json=as_json, lines=f"The database {result} ({url}).")


def status(as_json: Json = False) -> None:
    """Show data freshness, the last runs, and open conflicts, errors and warnings."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.review.status_summary import read_overview  # noqa: PLC0415

    with open_connection() as connection:
        overview_data = read_overview(connection)
    show(overview_data, as_json=as_json, lines=_format_overview(overview_data))


def _format_overview(overview_data: dict[str, Any]) -> str:
    contacts = overview_data["contacts"]
    lines = [
        f"Contacts: {contacts['rows']}" + (f", as of {format_minute(contacts['as_of'])}" if "as_of" in contacts else "")
    ]
    if not overview_data["years"]:
        lines.append("No campaign year is configured. Add one with: mentorsync config load FILE.")
    for year in overview_data["years"]:
        lines.append(f"Campaign year {year['campaign_year']}" + (" (closed)" if year["closed"] else ""))
        for name in ("mentors", "mentor_status", "open_conflicts", "open_errors", "open_warnings"):
            counts = ", ".join(f"{count} {kind}" for kind, count in year[name].items())
            lines.append(f"  {name.replace('_', ' '):<15} {counts or 'none'}")
        if year["last_file"]:
            file = year["last_file"]
            lines.append(
                f"  last file       {file['file_name']}: {file['row_count']} rows, {file['held_back']} held back"
            )
        for run in year["assets"]:
            finished = format_minute(run["finished_at"]) if run["finished_at"] else "not finished"
            lines.append(f"  {run['asset']:<26} {run['status']:<8} {finished}  {run['error'] or ''}".rstrip())
    return "\n".join(lines)
