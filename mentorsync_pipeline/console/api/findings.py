"""Errors and warnings over the API: list, retry, accept and ignore errors, acknowledge warnings."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.api.pagination import Page, Pagination
from mentorsync_pipeline.console.api.request_body import RequestBody
from mentorsync_pipeline.console.api.runs import Started, started
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.list_query import Ids
from mentorsync_pipeline.console.lists import Errors, Warnings
from mentorsync_pipeline.db.paging import read_page
from mentorsync_pipeline.domain.vocabulary import Severity, WarningType
from mentorsync_pipeline.review import service

router = APIRouter()


class Chosen(RequestBody):
    """Errors or warnings by their numbers."""

    ids: Ids


class ErrorEntry(BaseModel):
    """An error. `campaign_year` is None for errors of all years."""

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
    """A warning whose cause remains. Without `needs_person`, it only says what was done."""

    id: int
    campaign_year: int
    mn_id: str | None
    warning_type: WarningType
    kind: str
    needs_person: bool
    subject: str
    message: str
    source_table: str
    acknowledged: bool
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    created_at: datetime


class Handled(BaseModel):
    """The action and the ids."""

    ids: list[int]


@router.get("/{year}/errors", tags=["errors"])
def list_errors(year: Year, conn: DbConn, query: Annotated[Errors, Query()], window: Pagination) -> Page[ErrorEntry]:
    """Matching errors, most severe first, then by code and time; by default open errors."""
    return _page(conn, query, year, window, ErrorEntry)


@router.post("/{year}/errors/retry", status_code=202, tags=["errors"])
def retry_errors(year: Year, services: ServicesDep, person: CurrentUser, response: Response, body: Chosen) -> Started:
    """Count a retry of these open errors, and start a sync."""
    return started(services, response, run_launcher.retry_errors(services, person, year, body.ids), "sync", year)


@router.post("/{year}/errors/ignore", tags=["errors"])
def ignore_errors(year: Year, services: ServicesDep, person: CurrentUser, body: Chosen) -> Handled:
    """Ignore these open errors until their message changes: all, or none if one is not open."""
    service.ignore_errors(services.change_context(person), body.ids, year=year)
    return Handled(ids=sorted(set(body.ids)))


@router.post("/{year}/errors/reopen", tags=["errors"])
def reopen_errors(year: Year, services: ServicesDep, person: CurrentUser, body: Chosen) -> Handled:
    """Open closed errors again: all, or none if one is not closed."""
    return Handled(ids=service.reopen_errors(services.change_context(person), year, ids=body.ids))


@router.post("/{year}/errors/accept", tags=["errors"])
def accept_errors(year: Year, services: ServicesDep, person: CurrentUser, body: Chosen) -> Handled:
    """Accept the refused lists of these open errors; the next sync or refresh loads them."""
    service.accept_errors(services.change_context(person), body.ids, year=year)
    return Handled(ids=sorted(set(body.ids)))


@router.get("/{year}/warnings", tags=["warnings"])
def list_warnings(
    year: Year, conn: DbConn, query: Annotated[Warnings, Query()], window: Pagination
) -> Page[WarningEntry]:
    """Matching warnings, those that need a person first, then by kind; by default unacknowledged warnings."""
    return _page(conn, query, year, window, WarningEntry)


@router.post("/{year}/warnings/acknowledge", tags=["warnings"])
def acknowledge_warnings(year: Year, services: ServicesDep, person: CurrentUser, body: Chosen) -> Handled:
    """Acknowledge warnings; unchanged warnings are not reported again."""
    service.acknowledge_warnings(services.change_context(person), body.ids, year=year)
    return Handled(ids=sorted(set(body.ids)))


@router.post("/{year}/warnings/reopen", tags=["warnings"])
def reopen_warnings(year: Year, services: ServicesDep, person: CurrentUser, body: Chosen) -> Handled:
    """Take back the acknowledgement of warnings: all, or none if one is not acknowledged."""
    return Handled(ids=service.reopen_warnings(services.change_context(person), year, ids=body.ids))


def _page(conn: DbConn, query: Errors | Warnings, year: int, window: Pagination, entry: type[Any]) -> Page[Any]:
    page = read_page(conn, query.listing(year), order=query.order, limit=window.limit, offset=window.offset)
    return Page(items=[entry(**row) for row in page.rows], total=page.total, **window.model_dump())
