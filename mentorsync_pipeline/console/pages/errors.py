"""Errors: list, retry, accept and ignore."""

from datetime import datetime
from typing import Annotated, Any, get_args

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console import flash_messages, labels
from mentorsync_pipeline.console.api.pagination import Pagination, Window
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.finding_text import ERROR_TITLES
from mentorsync_pipeline.console.list_query import Ids
from mentorsync_pipeline.console.listing import Choice, Column, ListingPage, Table
from mentorsync_pipeline.console.lists import Errors
from mentorsync_pipeline.console.pages.mentor import safe_url
from mentorsync_pipeline.console.record_links import RecordLinks
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.run_launcher import retry_errors
from mentorsync_pipeline.console.translation import N_, NN_
from mentorsync_pipeline.db.paging import Order, Page, read_rows
from mentorsync_pipeline.domain.error_codes import REGISTRY
from mentorsync_pipeline.domain.forms import SIGNUP
from mentorsync_pipeline.review import error_list, pending_counts, service
from mentorsync_pipeline.review.finding_details import FindingDetail, read_error_details

router = APIRouter()
TABLE = Table(
    columns=(
        Column("id", N_("Number"), "number", only_file=True),
        Column("severity", N_("Severity"), "word"),
        Column("error_code", N_("Code")),
        Column("mn_id", N_("Mentor")),
        Column("message", N_("What is wrong")),
        Column("what_to_do", N_("What to do"), only_file=True),
        Column("subject", N_("About"), only_file=True),
        Column("retry_count", N_("Tries"), "number"),
        Column("next_retry_at", N_("Next try"), "moment", only_file=True),
        Column("created_at", N_("Since"), "moment"),
        Column("resolved_at", N_("Settled"), "moment", only_file=True),
        Column("resolution_method", N_("How"), "word", only_file=True),
        Column("resolved_by", N_("By"), only_file=True),
    ),
    sortable=get_args(error_list.Column),
    choices=(
        Choice("state", N_("State"), {"resolved": N_("settled"), "all": N_("all")}, N_("open")),
        Choice("severity", N_("Severity"), labels.texts(labels.SEVERITY), N_("any")),
    ),
    searched=N_("mentor or text"),
)


@router.get("/{year}/errors")
def errors_page(
    request: Request,
    services: ServicesDep,
    cache: YearCacheDep,
    query: Annotated[Errors, Query()],
    window: Pagination,
) -> Response:
    """Show matching errors, grouped by code."""
    rows, details = cache.read(_read_errors, query, window)
    totals = {group.kind: group.count for group in cache.read(_count_codes, query)}
    page = Page(rows, total=sum(totals.values()))
    open_codes = {group.kind for group in cache.read(pending_counts.count_open_errors)}
    codes = {code: ERROR_TITLES.get(code, code) for code in sorted({*open_codes, query.error_code or ""} - {""})}
    choices = (*TABLE.choices, Choice("error_code", N_("What is wrong"), codes, N_("anything")))
    config = cache.read(configuration.read_config)
    return render(
        request,
        "errors.html",
        listing_page=ListingPage(table=TABLE, query=query, page=page, window=window, choices=choices),
        totals=totals,
        details=details,
        links=RecordLinks(services.settings, config.form_id(SIGNUP)),
        safe_url=safe_url,
        codes=REGISTRY,
        titles=ERROR_TITLES,
    )


def _read_errors(
    conn: sa.Connection, year: int, query: Errors, window: Window
) -> tuple[list[dict[str, Any]], dict[int, FindingDetail]]:
    """Read a page of errors, and their details by id."""
    rows = read_rows(conn, query.listing(year), order=Order(), limit=window.limit, offset=window.offset)
    return rows, read_error_details(conn, configuration.read_config(conn, year), rows)


def _count_codes(conn: sa.Connection, year: int, query: Errors) -> list[pending_counts.Findings]:
    return pending_counts.count_by_kind(conn, query.listing(year).query, "error_code")


@router.get("/{year}/errors.csv")
def errors_file(year: Year, services: ServicesDep, query: Annotated[Errors, Query()]) -> Response:
    """Download matching errors."""
    return csv_file(services, query.listing(year), query.order, TABLE.columns, name=f"errors-{year}.csv")


@router.post("/{year}/errors/retry")
def retry(
    request: Request, year: Year, services: ServicesDep, person: CurrentUser, ids: Annotated[Ids, Form()]
) -> Response:
    """Count a retry of these errors, and start a sync or queue it behind the present run."""
    run_id = retry_errors(services, person, year, ids)
    flash_messages.add_notice(
        request,
        NN_("%(count)s error is retried by the next sync.", "%(count)s errors are retried by the next sync."),
        run=f"/{year}/runs/{run_id}",
        count=len(ids),
    )
    return flash_messages.back_to(request, f"/{year}/errors")


@router.post("/{year}/errors/accept")
def accept(
    request: Request, year: Year, services: ServicesDep, person: CurrentUser, ids: Annotated[Ids, Form()]
) -> Response:
    """Accept the refused lists of these errors."""
    service.accept_errors(services.change_context(person), ids, year=year)
    flash_messages.add_notice(
        request,
        NN_(
            "%(count)s list is accepted. The next sync or refresh loads it.",
            "%(count)s lists are accepted. The next sync or refresh loads them.",
        ),
        count=len(ids),
    )
    return flash_messages.back_to(request, f"/{year}/errors")


@router.post("/{year}/errors/ignore")
def ignore(
    request: Request, year: Year, services: ServicesDep, person: CurrentUser, ids: Annotated[Ids, Form()]
) -> Response:
    """Ignore these errors."""
    moment = services.now()
    service.ignore_errors(services.change_context(person, at=moment), ids, year=year)
    flash_messages.add_notice(
        request,
        NN_(
            "%(count)s error is dismissed. It is listed again if it changes.",
            "%(count)s errors are dismissed. They are listed again if they change.",
        ),
        undo=f"/{year}/errors/reopen",
        at=moment,
        count=len(ids),
    )
    return flash_messages.back_to(request, f"/{year}/errors")


@router.post("/{year}/errors/reopen")
def reopen(
    request: Request, year: Year, services: ServicesDep, person: CurrentUser, at: Annotated[datetime, Form()]
) -> Response:
    """Open the errors again that the person closed at this moment."""
    reopened = service.reopen_errors(services.change_context(person), year, at=at)
    flash_messages.add_notice(
        request, NN_("%(count)s error is listed again.", "%(count)s errors are listed again."), count=len(reopened)
    )
    return flash_messages.back_to(request, f"/{year}/errors")
