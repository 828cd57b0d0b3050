"""The import file over the API: create, check and download it, and list held-back and rejected rows."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.api.pagination import Page, Pagination, Window
from mentorsync_pipeline.console.api.request_body import RequestBody
from mentorsync_pipeline.console.api.runs import Started, started
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.download import fetch
from mentorsync_pipeline.console.import_previews import PreviewQuery, read_preview
from mentorsync_pipeline.db.paging import Listing, Order, read_page
from mentorsync_pipeline.import_file import out_files as import_files
from mentorsync_pipeline.import_file.rules.preview import Kind, count_columns, count_kinds, filter_rows
from mentorsync_pipeline.uploads.file_check import check_recorded_file

router = APIRouter(prefix="/{year}/export", tags=["files"])
Entry = TypeVar("Entry")
_LARGEST_ID = 2**63 - 1
_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, for Givebutter's import.",
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Problem(_Out):
    """A row of the file and a reason why Givebutter would reject it."""

    error_code: str
    subject: str
    message: str
    what_to_do: str


class Report(_Out):
    """Check of the newest file against Givebutter's import rules and the current contacts.

    `refused_because` is the reason why a new file would be refused: the contact data is too old.
    """

    file: import_files.ImportFile
    rows: int
    passed: int
    problems: list[Problem]
    waiting_mentors: int
    refused_because: str | None


class RowError(_Out):
    """A row that was held back or rejected, with the next step."""

    id: int
    mn_id: str | None
    subject: str
    error_code: str
    message: str
    what_to_do: str
    created_at: datetime


class ExportOrder(RequestBody):
    """How an import file is created."""

    force_reason: Annotated[
        str | None, Field(max_length=500, description="Why it is created although the contact data is old.")
    ] = None
    replaces: Annotated[
        int | None, Field(ge=1, le=_LARGEST_ID, description="The newest file, if nobody has downloaded it.")
    ] = None


@router.post("", status_code=202)
def write_file(
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    response: Response,
    body: ExportOrder | None = None,
) -> Started:
    """Create an import file. Refused while the contact data is too old, unless a reason is given.

    With `replaces`, the newest file is created again from the same contacts; 409 if it was downloaded.
    """
    order = body or ExportOrder()
    if order.replaces is not None:
        run_id = run_launcher.replace_file(services, person, year, order.replaces)
    else:
        run_id = run_launcher.export(services, person, year, force_reason=order.force_reason)
    return started(services, response, run_id, "export", year)


@router.get("/validate")
def validate(year: Year, services: ServicesDep, conn: DbConn, cache: YearCacheDep) -> Report:
    """Check whether Givebutter would accept every row of the newest file."""
    file = import_files.find_file(conn, year)
    path = import_files.locate_file(file, services.settings.out_dir)
    check = cache.read_of_runs(check_recorded_file, path, file.sha256)
    stale = import_files.find_staleness(conn, year, now=services.now())
    return Report(
        file=file,
        rows=check["rows"],
        passed=check["passed"],
        problems=[Problem(**problem) for problem in check["problems"]],
        waiting_mentors=import_files.count_blocked_mentors(conn, year),
        refused_because=stale.recommendation_reason if stale else None,
    )


class Change(_Out):
    """A changed value; `adds`: the import adds `after` to `before`, otherwise it replaces it."""

    column: str
    before: list[str]
    after: list[str]
    adds: bool


class PreviewRow(_Out):
    """What the import of a row changes. `contact_id` is null for a contact that the import creates."""

    mn_id: str | None
    name: str
    contact_id: int | None
    kind: Kind
    changes: list[Change]


class PreviewPage(Page[PreviewRow]):
    """A page of a preview, with the numbers of all rows by kind and by changed column."""

    rows: dict[str, int]
    columns: dict[str, int]


@router.get("/preview")
def preview(
    year: Year, services: ServicesDep, conn: DbConn, query: Annotated[PreviewQuery, Query()], window: Pagination
) -> PreviewPage:
    """Preview what the next file changes in Givebutter.

    With `of=imported`, what is still different after the last import and a fresh export: unchanged rows were taken.
    """
    found = read_preview(services, conn, year, query.of)
    rows = found.rows if found else []
    matching = filter_rows(rows, query.to_filter())
    return PreviewPage(
        items=[PreviewRow.model_validate(row) for row in matching[window.offset : window.offset + window.limit]],
        total=len(matching),
        limit=window.limit,
        offset=window.offset,
        rows=dict(count_kinds(rows)),
        columns=count_columns(rows),
    )


@router.get("/file", response_class=Response, responses=_CSV)
def newest_file(
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    changed_only: Annotated[bool, Query(description="Only rows that change or create a contact.")] = False,
) -> Response:
    """Download the newest import file; the download is recorded."""
    return fetch(services, person, year, changed_only=changed_only)


@router.get("/files")
def files(year: Year, conn: DbConn, window: Pagination) -> Page[import_files.ImportFile]:
    """Files of the year, newest first."""
    return _page(conn, import_files.list_files(year), window, import_files.ImportFile)


@router.get("/files/{file_id}", response_class=Response, responses=_CSV)
def get_file(
    year: Year, services: ServicesDep, person: CurrentUser, file_id: Annotated[int, Path(ge=1, le=_LARGEST_ID)]
) -> Response:
    """Download a file of the year; the download is recorded."""
    return fetch(services, person, year, file_id)


@router.get("/held-back")
def held_back(year: Year, conn: DbConn, window: Pagination) -> Page[RowError]:
    """Rows that are left out of the file because Givebutter would reject them."""
    return _page(conn, import_files.list_held_back(year), window, RowError)


@router.get("/rejected")
def rejected(year: Year, conn: DbConn, window: Pagination) -> Page[RowError]:
    """Rows of the last import that Givebutter rejected."""
    return _page(conn, import_files.list_rejected(year), window, RowError)


def _page(conn: sa.Connection, listed: Listing, window: Window, entry: Callable[..., Entry]) -> Page[Entry]:
    page = read_page(conn, listed, order=Order(), limit=window.limit, offset=window.offset)
    items = [entry(**row) for row in page.rows]
    return Page(items=items, total=page.total, limit=window.limit, offset=window.offset)
