"""Errors and warnings over the API: list them, have errors tried again or closed, say that warnings were seen."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel

from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.api.paging import Page, Pagination
from mentorsync_pipeline.console.api.runs import Started, started
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.list_query import Ids
from mentorsync_pipeline.console.lists import Errors, Warnings
from mentorsync_pipeline.console.services import DbConn, ServicesDep
from mentorsync_pipeline.console.years import Year
from mentorsync_pipeline.db.paging import read_page
from mentorsync_pipeline.domain.vocabulary import Severity, WarningType
from mentorsync_pipeline.review import service

router = APIRouter()
Chosen = Annotated[Ids, Body(embed=True, description="The numbers of what is meant.")]


class ErrorEntry(BaseModel):
    """One error; `campaign_year` None: it belongs to no one year."""

    id: int
    campaign_year: int | None
    mn_id: str | None
    error_code: str
    subject: str
    message: str
    what_to_do: str
    severity: Severity
    source_table: str
    can_retry: bool
    retry_count: int
    max_retries: int
    next_retry_at: datetime | None
    retried_by: str | None
    resolved: bool
    resolution_method: str | None
    resolved_by: str | None
    resolved_at: datetime | None
    created_at: datetime


class WarningEntry(BaseModel):
    """One warning whose cause is still there."""

    id: int
    campaign_year: int
    mn_id: str | None
    warning_type: WarningType
    subject: str
    message: str
    source_table: str
    acknowledged: bool
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    created_at: datetime


class Handled(BaseModel):
    """What was done, to which."""

    ids: list[int]


@router.get("/{year}/errors", tags=["errors"])
def list_errors(year: Year, conn: DbConn, asked: Annotated[Errors, Query()], window: Pagination) -> Page[ErrorEntry]:
    """The errors that fit, the severest and then the oldest first; open ones unless others are asked for."""
    return _page(conn, asked, year, window, ErrorEntry)


@router.post("/{year}/errors/retry", status_code=202, tags=["errors"])
def retry_errors(year: Year, services: ServicesDep, person: CurrentUser, response: Response, ids: Chosen) -> Started:
    """Count one more try of each of these open errors, and start the sync that tries them again."""
    return started(services, response, run_launcher.retry_errors(services, person, year, ids), "sync", year)


@router.post("/{year}/errors/ignore", tags=["errors"])
def ignore_errors(year: Year, services: ServicesDep, person: CurrentUser, ids: Chosen) -> Handled:
    """Close these open errors, each until it says something else; all of them, or none when one is not open."""
    service.ignore_errors(services.change_context(person), ids, year=year)
    return Handled(ids=sorted(set(ids)))


@router.post("/{year}/errors/accept", tags=["errors"])
def accept_errors(year: Year, services: ServicesDep, person: CurrentUser, ids: Chosen) -> Handled:
    """Accept the lists that these open errors refused; the next sync or refresh takes them over."""
    service.accept_errors(services.change_context(person), ids, year=year)
    return Handled(ids=sorted(set(ids)))


@router.get("/{year}/warnings", tags=["warnings"])
def list_warnings(
    year: Year, conn: DbConn, asked: Annotated[Warnings, Query()], window: Pagination
) -> Page[WarningEntry]:
    """The warnings that fit, the oldest first; unseen ones unless others are asked for."""
    return _page(conn, asked, year, window, WarningEntry)


@router.post("/{year}/warnings/acknowledge", tags=["warnings"])
def acknowledge_warnings(year: Year, services: ServicesDep, person: CurrentUser, ids: Chosen) -> Handled:
    """Say that these have been seen; unchanged they are not told again."""
    service.acknowledge_warnings(services.change_context(person), ids, year=year)
    return Handled(ids=sorted(set(ids)))


def _page(conn: DbConn, asked: Errors | Warnings, year: int, window: Pagination, entry: type[Any]) -> Page[Any]:
    found = read_page(conn, asked.listing(year), order=asked.order, limit=window.limit, offset=window.offset)
    return Page(items=[entry(**row) for row in found.rows], total=found.total, **window.model_dump())
