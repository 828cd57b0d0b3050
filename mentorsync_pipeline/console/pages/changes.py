"""Changes of the year's mentors: all, or the difference between two syncs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, get_args

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.api.pagination import Pagination, Window
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.conflict_text import KINDS, VALUES
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.listing import Choice, Column, ListingPage, Table
from mentorsync_pipeline.console.lists import Changes
from mentorsync_pipeline.console.page_times import moment_text
from mentorsync_pipeline.console.rendering import format_number, render
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.contacts.names import read_contact_names
from mentorsync_pipeline.db.paging import Page, read_page
from mentorsync_pipeline.domain.vocabulary import CONTACT_CONFLICTS
from mentorsync_pipeline.mentors import history
from mentorsync_pipeline.mentors.rules.fields import TRACKED
from mentorsync_pipeline.mentors.rules.provenance import RULE_DESCRIPTIONS

router = APIRouter()
_SYNCS_SHOWN = 60
TABLE = Table(
    columns=(
        Column("detected_at", N_("When"), "moment"),
        Column("sync_log_id", N_("Sync"), "number", only_file=True),
        Column("mn_id", N_("Mentor")),
        Column("mentor", N_("Name"), only_file=True),
        Column("change_type", N_("What"), "word"),
        Column("field", N_("Field"), "word"),
        Column("old_value", N_("From")),
        Column("new_value", N_("To")),
        Column("source", N_("Because of"), "word"),
        Column("source_table", N_("Source"), only_file=True),
        Column("synced_to_gb", N_("In Givebutter"), "moment"),
        Column("resolved", N_("Settled"), "yes_no", only_file=True),
    ),
    sortable=get_args(history.Column),
    choices=(
        Choice(
            "change_type",
            N_("What"),
            labels.texts(labels.CHANGE_TYPE),
            N_("anything"),
        ),
        Choice("field", N_("Field"), {name: labels.field_name(name) for name in TRACKED}, N_("any")),
        Choice("net", N_("Show"), {"true": N_("only the difference")}, N_("each change")),
    ),
    searched=N_("mentor or value"),
)


@router.get("/{year}/changes")
def changes_page(
    request: Request, cache: YearCacheDep, query: Annotated[Changes, Query()], window: Pagination
) -> Response:
    """Show matching changes."""
    page = cache.read(_read_changes, query, window)
    contact_ids = sorted({value for value in _list_contact_ids(page.rows) if isinstance(value, int)})
    choices = (*cache.read(_read_between), *TABLE.choices)
    return render(
        request,
        "changes.html",
        listing_page=ListingPage(table=TABLE, query=query, page=page, window=window, choices=choices),
        kind_names=KINDS,
        value_names=VALUES,
        rules=RULE_DESCRIPTIONS,
        contact_names=cache.read(_read_contact_names, *contact_ids),
    )


@router.get("/{year}/changes.csv")
def changes_file(year: Year, services: ServicesDep, conn: DbConn, query: Annotated[Changes, Query()]) -> Response:
    """Download matching changes."""
    return csv_file(services, query.listing(conn, year), query.order, TABLE.columns, name=f"changes-{year}.csv")


def _read_changes(conn: sa.Connection, year: int, query: Changes, window: Window) -> Page:
    return read_page(conn, query.listing(conn, year), order=query.order, limit=window.limit, offset=window.offset)


def _list_contact_ids(rows: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """Yield the ids of the contacts that the changes are about: linked, chosen, archived or kept."""
    for row in rows:
        for value in (row["old_value"], row["new_value"]):
            if isinstance(value, Mapping):
                yield from (value.get("contact_id"), value.get("winner_contact_id"))
                if row["field"] in CONTACT_CONFLICTS:
                    yield value.get("value")
            elif row["field"] == "gb_contact_id":
                yield value


def _read_contact_names(conn: sa.Connection, _: int, *contact_ids: int) -> dict[int, str]:
    return read_contact_names(conn, contact_ids)


def _read_between(conn: sa.Connection, year: int) -> tuple[Choice, Choice]:
    """Return the syncs with changes, for the filter."""
    options = {
        str(sync.id): f"{moment_text(sync.started_at)} ({format_number(sync.changes)})"
        for sync in history.read_syncs(conn, year, limit=_SYNCS_SHOWN)
    }
    return (
        Choice("from_sync", N_("After the sync of"), options, N_("the beginning")),
        Choice("to_sync", N_("Up to the sync of"), options, N_("now")),
    )
