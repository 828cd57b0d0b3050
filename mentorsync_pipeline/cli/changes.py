"""`mentorsync changes`: changes of the last sync, or the difference between any two syncs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentorsync_pipeline.cli.output import Json, OptionalYear, format_cell, format_columns, show

if TYPE_CHECKING:
    from mentorsync_pipeline.mentors.history import Sync

_MAX_SYNCS = 20


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(changes)


def changes(
    year: OptionalYear = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="SYNC", help="Exclude the changes of this and all earlier syncs.")
    ] = None,
    upto: Annotated[
        str | None, typer.Option("--to", metavar="SYNC", help="The last sync to include.  [default: the newest]")
    ] = None,
    mentor: Annotated[str | None, typer.Option("--mentor", metavar="MN_ID", help="Changes of one mentor.")] = None,
    every: Annotated[
        bool, typer.Option("--every", help="List every single change instead of the net difference.")
    ] = False,
    list_syncs: Annotated[bool, typer.Option("--syncs", help="List the syncs that changed something.")] = False,
    as_json: Json = False,
) -> None:
    """List changes between two syncs. Without --from and --to: changes of the last sync that changed anything.

    SYNC is a number from --syncs or a Dagster run id.
    """
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.mentors import history  # noqa: PLC0415

    with open_connection() as connection:
        if list_syncs:
            _show_syncs(history.read_syncs(connection, year, limit=_MAX_SYNCS), as_json=as_json)
            return
        first = history.find_sync_id(connection, since) if since else None
        last = history.find_sync_id(connection, upto) if upto else None
        if first is not None and last is not None and first > last:
            raise typer.BadParameter("give the earlier sync first; it is excluded", param_hint="--from, --to")
        if first is None and last is None and mentor is None:
            newest = history.read_syncs(connection, year, limit=1)
            first, last = (newest[0].id - 1, newest[0].id) if newest else (None, None)
        mn_id = mentor.strip().upper() if mentor else None
        rows = history.read_changes(
            connection, history.ChangeFilter(year=year, after=first, upto=last, mn_id=mn_id, net=not every)
        )
    show({"after": first, "upto": last, "changes": rows}, as_json=as_json, lines=_format_changes(rows))


def _show_syncs(syncs: "Sequence[Sync]", *, as_json: bool) -> None:
    rows = [["sync", "year", "started", "by", "changes", "run"]]
    rows += [
        [
            str(sync.id),
            str(sync.campaign_year),
            format_cell(sync.started_at),
            sync.asset,
            str(sync.changes),
            sync.run_id,
        ]
        for sync in syncs
    ]
    lines = format_columns(rows) if syncs else "No sync has made changes."
    show({"syncs": [asdict(sync) for sync in syncs]}, as_json=as_json, lines=lines)


def _format_changes(changes: Sequence[dict[str, Any]]) -> str:
    if not changes:
        return "No changes."
    rows = [["sync", "mentor", "what", "from", "to", "source", "in Givebutter"]]
    rows += [
        [
            change["sync_log_id"],
            change["mn_id"],
            change["field"] if change["change_type"] == "field_change" else change["change_type"],
            format_cell(change["old_value"]),
            format_cell(change["new_value"]),
            change["source"] or change["source_table"],
            "since " + format_cell(change["synced_to_gb"])
            if change["synced_to_gb"]
            else ""
            if change["resolved"]
            else "not yet",
        ]
        for change in changes
    ]
    return f"{format_columns(rows, max_width=40)}\n{len(changes)} changes."
