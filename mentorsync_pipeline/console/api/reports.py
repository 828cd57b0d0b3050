"""The named reports over the API."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.console.api.pagination import Page, Pagination
from mentorsync_pipeline.console.campaign_year import Year, known_year
from mentorsync_pipeline.console.dependencies import DbConn
from mentorsync_pipeline.console.lists import ReportRows
from mentorsync_pipeline.db.paging import read_page
from mentorsync_pipeline.reports.registry import REPORTS, find_report

router = APIRouter(tags=["reports"])
ReportRow = dict[str, bool | int | Decimal | date | str | list[str] | None]
"""A row of a report: its columns by name."""


class ReportSummary(BaseModel):
    """A report. `columns` are the keys of its rows; `filters` are the query parameters that it has."""

    name: str
    title: str
    description: str
    columns: list[str]
    filters: list[str]


@router.get("/{year}/reports", dependencies=[Depends(known_year)])
def list_reports() -> list[ReportSummary]:
    """The reports."""
    return [
        ReportSummary(
            name=report.name,
            title=report.title,
            description=report.description,
            columns=[column.name for column in report.columns],
            filters=list(report.filters),
        )
        for report in REPORTS
    ]


@router.get("/{year}/reports/{name}")
def read_report(
    year: Year,
    name: Annotated[str, Path(max_length=40, description="The report's name, such as gaps.")],
    conn: DbConn,
    query: Annotated[ReportRows, Query()],
    window: Pagination,
) -> Page[ReportRow]:
    """Matching rows of a report, in the report's order."""
    report = find_report(name)
    listing = query.listing(report, read_config(conn, year))
    page = read_page(conn, listing, order=query.order, limit=window.limit, offset=window.offset)
    items: list[ReportRow] = [{column.name: row[column.name] for column in report.columns} for row in page.rows]
    return Page(items=items, total=page.total, **window.model_dump())
