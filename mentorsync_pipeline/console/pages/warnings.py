"""Warnings: list and acknowledge."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console import flash_messages
from mentorsync_pipeline.console.api.pagination import Pagination, Window
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.finding_text import WARNING_TEXTS
from mentorsync_pipeline.console.list_query import Ids
from mentorsync_pipeline.console.listing import Choice, Column, ListingPage, Table
from mentorsync_pipeline.console.lists import Warnings
from mentorsync_pipeline.console.pages.mentor import safe_url
from mentorsync_pipeline.console.record_links import RecordLinks
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.translation import N_, NN_
from mentorsync_pipeline.db.paging import Order, Page, read_rows
from mentorsync_pipeline.domain.forms import SIGNUP
from mentorsync_pipeline.review import pending_counts, service, warning_list
from mentorsync_pipeline.review.finding_details import FindingDetail, read_warning_details

router = APIRouter()
Audience = Literal["person", "nobody", "all"]
TABLE = Table(
    columns=(
        Column("id", N_("Number"), "number", only_file=True),
        Column("kind", N_("What"), "word"),
        Column("warning_type", N_("Type"), "word", only_file=True),
        Column("mn_id", N_("Mentor")),
        Column("message", N_("What was found")),
        Column("subject", N_("About"), only_file=True),
        Column("created_at", N_("Since"), "moment"),
        Column("acknowledged_by", N_("Seen by")),
        Column("acknowledged_at", N_("Seen on"), "moment", only_file=True),
    ),
    sortable=get_args(warning_list.Column),
    choices=(
        Choice("seen", N_("State"), {"yes": N_("seen"), "all": N_("all")}, N_("unacknowledged")),
        Choice("audience", N_("For"), {"nobody": N_("nobody"), "all": N_("everybody")}, N_("a person")),
    ),
    searched=N_("mentor or text"),
)


class WarningsShown(Warnings):
    """Filters of the page: without one, only warnings that need a person."""

    audience: Audience = "person"

    def to_filter(self, year: int) -> warning_list.WarningFilter:
        """Convert to a filter of the database."""
        chosen = {"person": True, "nobody": False, "all": None}[self.audience]
        return replace(super().to_filter(year), needs_person=None if self.kind or self.mn_id else chosen)


@router.get("/{year}/warnings")
def warnings_page(
    request: Request,
    services: ServicesDep,
    cache: YearCacheDep,
    query: Annotated[WarningsShown, Query()],
    window: Pagination,
) -> Response:
    """Show matching warnings, grouped by kind; below them the number of those that need nobody."""
    chosen = query.to_filter(cache.year)
    groups = cache.read(_count_kinds, chosen)
    rows, details = cache.read(_read_warnings, chosen, window)
    page = Page(rows, total=sum(group.count for group in groups))
    config = cache.read(configuration.read_config)
    every = cache.read(_count_kinds, warning_list.WarningFilter(year=cache.year, acknowledged=None))
    present = {query.kind, *(group.kind for group in every)}
    kinds = {kind: title for kind, (title, _) in WARNING_TEXTS.items() if kind in present}
    choices = (*TABLE.choices, Choice("kind", N_("What"), kinds, N_("anything")))
    return render(
        request,
        "warnings.html",
        listing_page=ListingPage(table=TABLE, query=query, page=page, window=window, choices=choices),
        totals={group.kind: group.count for group in groups},
        quiet=cache.read(_count_kinds, replace(chosen, needs_person=False)) if query.audience == "person" else [],
        details=details,
        links=RecordLinks(services.settings, config.form_id(SIGNUP)),
        safe_url=safe_url,
        texts=WARNING_TEXTS,
    )


def _read_warnings(
    conn: sa.Connection, year: int, chosen: warning_list.WarningFilter, window: Window
) -> tuple[list[dict[str, Any]], dict[int, FindingDetail]]:
    """Read a page of warnings, and their details by id."""
    listing = warning_list.list_warnings(chosen)
    rows = read_rows(conn, listing, order=Order(), limit=window.limit, offset=window.offset)
    return rows, read_warning_details(conn, configuration.read_config(conn, year), rows)


def _count_kinds(conn: sa.Connection, _: int, chosen: warning_list.WarningFilter) -> list[pending_counts.Findings]:
    return pending_counts.count_by_kind(conn, warning_list.list_warnings(chosen).query, "kind")


@router.get("/{year}/warnings.csv")
def warnings_file(year: Year, services: ServicesDep, query: Annotated[WarningsShown, Query()]) -> Response:
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
    request: Request, year: Year, services: ServicesDep, person: CurrentUser, query: Annotated[WarningsShown, Form()]
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
    flash_messages.add_notice(
        request, NN_("%(count)s warning is listed again.", "%(count)s warnings are listed again."), count=len(reopened)
    )
    return flash_messages.back_to(request, f"/{year}/warnings")


def _acknowledged(request: Request, year: int, count: int, moment: datetime) -> Response:
    flash_messages.add_notice(
        request,
        NN_(
            "%(count)s warning is acknowledged. It is listed again if it changes.",
            "%(count)s warnings are acknowledged. They are listed again if they change.",
        ),
        undo=f"/{year}/warnings/reopen",
        at=moment,
        count=count,
    )
    return flash_messages.back_to(request, f"/{year}/warnings")
