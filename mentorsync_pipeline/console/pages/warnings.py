"""Warnings: list and acknowledge."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.console import flash_messages, labels
from mentorsync_pipeline.console.api.paging import Pagination
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.list_query import Ids
from mentorsync_pipeline.console.listing import Choice, Column, ListingPage, Table
from mentorsync_pipeline.console.lists import Warnings
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.services import DbConn, ServicesDep
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.console.years import Year
from mentorsync_pipeline.db.paging import read_page
from mentorsync_pipeline.review import service, warnings

router = APIRouter()
TABLE = Table(
    columns=(
        Column("id", N_("Number"), "number", only_file=True),
        Column("warning_type", N_("What"), "word"),
        Column("mn_id", N_("Mentor")),
        Column("message", N_("What was found")),
        Column("subject", N_("About"), only_file=True),
        Column("created_at", N_("Since"), "moment"),
        Column("acknowledged_by", N_("Seen by")),
        Column("acknowledged_at", N_("Seen on"), "moment", only_file=True),
    ),
    sortable=get_args(warnings.Column),
    choices=(
        Choice("seen", N_("State"), {"yes": N_("seen"), "all": N_("all")}, N_("unacknowledged")),
        Choice(
            "warning_type",
            N_("What"),
            labels.texts(labels.WARNING_TYPE),
            N_("anything"),
        ),
    ),
    searched=N_("mentor or text"),
)


@router.get("/{year}/warnings")
def warnings_page(
    request: Request, year: Year, conn: DbConn, query: Annotated[Warnings, Query()], window: Pagination
) -> Response:
    """Show matching warnings."""
    page = read_page(conn, query.listing(year), order=query.order, limit=window.limit, offset=window.offset)
    listing_page = ListingPage(table=TABLE, query=query, page=page, window=window, choices=TABLE.choices)
    return render(request, "warnings.html", listing_page=listing_page)


@router.get("/{year}/warnings.csv")
def warnings_file(year: Year, services: ServicesDep, query: Annotated[Warnings, Query()]) -> Response:
    """Download matching warnings."""
    return csv_file(services, query.listing(year), query.order, TABLE.columns, name=f"warnings-{year}.csv")


@router.post("/{year}/warnings/acknowledge")
def acknowledge(
    request: Request, year: Year, services: ServicesDep, person: CurrentUser, ids: Annotated[Ids, Form()]
) -> Response:
    """Acknowledge the selected warnings."""
    moment = services.now()
    service.acknowledge_warnings(services.change_context(person, at=moment), ids, year=year)
    return _acknowledged(request, year, len(ids), moment)


@router.post("/{year}/warnings/acknowledge-all")
def acknowledge_all(
    request: Request, year: Year, services: ServicesDep, person: CurrentUser, query: Annotated[Warnings, Form()]
) -> Response:
    """Acknowledge all matching warnings."""
    moment = services.now()
    warning_filter = replace(query.to_filter(year), acknowledged=False)
    ids = service.acknowledge_warnings(services.change_context(person, at=moment), warning_filter)
    return _acknowledged(request, year, len(ids), moment)


@router.post("/{year}/warnings/reopen")
def reopen(
    request: Request, year: Year, services: ServicesDep, person: CurrentUser, at: Annotated[datetime, Form()]
) -> Response:
    """Take back the acknowledgements that the person gave at this moment."""
    reopened = service.reopen_warnings(services.change_context(person), year, at=at)
    flash_messages.add_notice(request, N_("%(count)s opened again."), count=len(reopened))
    return flash_messages.back_to(request, f"/{year}/warnings")


def _acknowledged(request: Request, year: int, count: int, moment: datetime) -> Response:
    flash_messages.add_notice(
        request,
        N_("%(count)s acknowledged. They return if they change."),
        undo=f"/{year}/warnings/reopen",
        at=moment,
        count=count,
    )
    return flash_messages.back_to(request, f"/{year}/warnings")
