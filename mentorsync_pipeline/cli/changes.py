"""`mentorsync changes`: what the last sync changed, or the difference between any two."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentorsync_pipeline.cli.actor import YearIfAny, format_cell, format_columns
from mentorsync_pipeline.cli.output import Json, show

if TYPE_CHECKING:
    from mentorsync_pipeline.mentors.history import Sync

_SYNCS_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(changes)


def changes(
    year: YearIfAny = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="SYNC", help="Leave out what this sync and those before it changed.")
    ] = None,
    upto: Annotated[
        str | None, typer.Option("--to", metavar="SYNC", help="The last sync to look at; the newest if not given.")
    ] = None,
    mentor: Annotated[str | None, typer.Option("--mentor", metavar="MN_ID", help="Those of one mentor.")] = None,
    every: Annotated[bool, typer.Option("--every", help="Each single change instead of the difference.")] = False,
    list_syncs: Annotated[bool, typer.Option("--syncs", help="List the syncs that changed something.")] = False,
    as_json: Json = False,
) -> None:
    """List what changed between two syncs; without --from and --to, what the last one that changed something did.

    A SYNC is a number that --syncs lists, or a Dagster run id.
    """
    from mentorsync_pipeline.cli.session import reading  # noqa: PLC0415
    from mentorsync_pipeline.mentors import history  # noqa: PLC0415

    with reading() as connection:
        if list_syncs:
            _show_syncs(history.syncs(connection, year, limit=_SYNCS_SHOWN), as_json=as_json)
            return
        first = history.sync_number(connection, since) if since else None
        last = history.sync_number(connection, upto) if upto else None
        if first is None and last is None and mentor is None:
            newest = history.syncs(connection, year, limit=1)
            first, last = (newest[0].id - 1, newest[0].id) if newest else (None, None)
        mn_id = mentor.strip().upper() if mentor else None
        shown = history.changes(
            connection, history.ChangeFilter(year=year, after=first, upto=last, mn_id=mn_id, net=not every)
        )
    show({"after": first, "upto": last, "changes": shown}, as_json=as_json, lines=_in_words(shown))


def _show_syncs(found: "Sequence[Sync]", *, as_json: bool) -> None:
    rows = [["sync", "year", "started", "by", "changes", "run"]]
    rows += [
        [str(one.id), str(one.campaign_year), format_cell(one.started_at), one.asset, str(one.changes), one.run_id]
        for one in found
    ]
    lines = format_columns(rows) if found else "No sync has changed anything yet."
    show({"syncs": [asdict(one) for one in found]}, as_json=as_json, lines=lines)


def _in_words(found: Sequence[dict[str, Any]]) -> str:
    if not found:
        return "Nothing changed."
    rows = [["sync", "mentor", "what", "from", "to", "source", "in Givebutter"]]
    rows += [
        [
            one["sync_log_id"],
            one["mn_id"],
            one["field"] if one["change_type"] == "field_change" else one["change_type"],
            format_cell(one["old_value"]),
            format_cell(one["new_value"]),
            one["source"] or one["source_table"],
            "since " + format_cell(one["synced_to_gb"])
            if one["synced_to_gb"]
            else ""
            if one["resolved"]
            else "not yet",
        ]
        for one in found
    ]
    return f"{format_columns(rows, widest=40)}\n{len(found)} in all."
