"""The named reports of a year: their list, one page for each of them, and CSV files."""

from collections.abc import Sequence
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.console.api.pagination import Pagination, Window
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep, known_year
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.listing import Choice, Column, ListingPage, Table
from mentorsync_pipeline.console.lists import ReportRows
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.db.paging import Page, read_page
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.reports.queries import NOT_GIVEN, read_options
from mentorsync_pipeline.reports.registry import REPORTS, Report, find_report

router = APIRouter()
ReportName = Annotated[str, Path(max_length=40, description="The report's name, such as gaps.")]
_MISSING = Choice(
    "missing",
    N_("Lacks"),
    {"setup": N_("set-up"), "page": N_("page"), "training": N_("training"), "partner": N_("partner")},
    N_("anything"),
)
_LABELS = {"uga_class": N_("Class"), "shift_preference": N_("Shift")}


def make_table(report: Report) -> Table:
    """Return the list of a report's rows."""
    return Table(
        columns=[Column(column.name, column.label, column.kind, column.only_file) for column in report.columns],
        sortable=[column.name for column in report.columns if column.name != "missing"],
        searched=N_("name, id or phone") if "search" in report.filters else None,
    )


def read_choices(conn: sa.Connection, config: CampaignConfig, names: Sequence[str]) -> list[Choice]:
    """Return the filters by what mentors lack, by class and by shift, as far as they are among `names`."""
    choices = [_MISSING] if "missing" in names else []
    for name, label in _LABELS.items():
        if name in names:
            options = {option: option for option in read_options(conn, config, name)}
            choices.append(Choice(name, label, options | {NOT_GIVEN: N_("not given")}, N_("all")))
    return choices


@router.get("/{year}/reports", dependencies=[Depends(known_year)])
def reports_page(request: Request) -> Response:
    """Show the reports."""
    return render(request, "reports.html", reports=REPORTS)


@router.get("/{year}/reports/{name}.csv")
def report_file(
    year: Year, name: ReportName, services: ServicesDep, conn: DbConn, query: Annotated[ReportRows, Query()]
) -> Response:
    """Download the matching rows of a report."""
    report = find_report(name)
    listing = query.listing(report, read_config(conn, year))
    return csv_file(services, listing, query.order, make_table(report).columns, name=f"{report.name}-{year}.csv")


@router.get("/{year}/reports/{name}")
def report_page(
    request: Request, name: ReportName, cache: YearCacheDep, query: Annotated[ReportRows, Query()], window: Pagination
) -> Response:
    """Show the matching rows of a report."""
    report = find_report(name)
    page = cache.read(_read_rows, report.name, query, window)
    choices = cache.read(_read_choices, report.name)
    listing_page = ListingPage(table=make_table(report), query=query, page=page, window=window, choices=choices)
    return render(request, "report.html", listing_page=listing_page, report=report)


def _read_rows(conn: sa.Connection, year: int, name: str, query: ReportRows, window: Window) -> Page:
    listing = query.listing(find_report(name), read_config(conn, year))
    return read_page(conn, listing, order=query.order, limit=window.limit, offset=window.offset)


def _read_choices(conn: sa.Connection, year: int, name: str) -> list[Choice]:
    return read_choices(conn, read_config(conn, year), find_report(name).filters)
