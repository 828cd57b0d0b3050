"""Files: upload an export, download the import file, and see held-back and rejected rows.

Uploads are requests to the API, so that they can be streamed with progress.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.auth.size import UPLOAD_BYTES
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep, data_version
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError
from mentorsync_pipeline.console.dependencies import DbConn, Services, ServicesDep
from mentorsync_pipeline.console.download import fetch
from mentorsync_pipeline.console.finding_text import ERROR_TITLES
from mentorsync_pipeline.console.import_previews import PreviewQuery, read_preview
from mentorsync_pipeline.console.pages.runs import to_run
from mentorsync_pipeline.console.preview_sources import read_sources
from mentorsync_pipeline.console.record_links import RecordLinks
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.upload_progress import last_uploads
from mentorsync_pipeline.contacts.label_lookup import read_present_config
from mentorsync_pipeline.db.paging import Order, Page, count_rows, read_page
from mentorsync_pipeline.domain.forms import SIGNUP
from mentorsync_pipeline.import_file import out_files
from mentorsync_pipeline.import_file.freshness import measure_freshness, read_freshness_record
from mentorsync_pipeline.import_file.rules.preview import Kind, count_columns, count_kinds, filter_rows
from mentorsync_pipeline.loop.queries import read_loop
from mentorsync_pipeline.review.conflict_detail import read_mentor_names
from mentorsync_pipeline.uploads import file_status
from mentorsync_pipeline.uploads.file_check import check_recorded_file

router = APIRouter(prefix="/{year}/files")
_ROWS, _FILES, _LOADS, _UPLOADS, _PREVIEWED = 100, 10, 5, 4, 50
_LARGEST_ID = 2**63 - 1


@router.get("")
def files_page(
    request: Request,
    year: Year,
    services: ServicesDep,
    conn: DbConn,
    cache: YearCacheDep,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Show the files of the year."""
    state = read_loop(cache, now=services.now())
    fresh = measure_freshness(cache.read(read_freshness_record), now=services.now())
    held_back, rejected, names = cache.read(_read_row_errors)
    return render(
        request,
        "files.html",
        files=read_page(conn, out_files.list_files(year), order=Order(), limit=_FILES, offset=offset),
        newest=cache.read(_read_newest_file),
        offset=offset,
        page_size=_FILES,
        held_back=held_back,
        rejected=rejected,
        names=names,
        waiting=state.blocked.total,
        is_stale=fresh.refused_because is not None,
        has_contacts=fresh.contacts_as_of is not None,
        state=state,
        loads=file_status.read_last_loads(conn, _LOADS),
        upload_bytes=UPLOAD_BYTES,
        contacts_link=services.settings.givebutter_contacts_link,
        kinds=state.preview,
        error_titles=ERROR_TITLES,
    )


@router.get("/uploads")
def uploads_part(
    request: Request, services: ServicesDep, cache: YearCacheDep, until_settled: Annotated[bool, Query()] = False
) -> Response:
    """Live part: states of the last uploads, refreshed at each change.

    When processing ends, the whole page is reloaded, because contacts and import file have changed.
    """
    uploads = last_uploads(services, cache.conn, _UPLOADS)
    is_settled = all(upload.is_settled for upload in uploads)
    down = _daemons_down(services)
    page = render(
        request,
        "files_uploads.html",
        uploads=uploads,
        is_settled=is_settled,
        daemons_down=down,
        dagster_is_starting=services.dagster.is_starting,
        version=data_version(cache, services.now()),
    )
    if until_settled and is_settled:
        page.headers["HX-Refresh"] = "true"
    return page


@router.get("/check")
def check_part(request: Request, services: ServicesDep, cache: YearCacheDep) -> Response:
    """Live part: check of the newest file against current contacts."""
    file = out_files.find_file(cache.conn, cache.year)
    path = out_files.locate_file(file, services.settings.out_dir)
    check = cache.read_of_runs(check_recorded_file, path, file.sha256)
    return render(request, "files_check.html", check=check, error_titles=ERROR_TITLES)


@router.post("/export")
def write_file(
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    force: Annotated[bool, Form()] = False,
    reason: Annotated[str, Form(max_length=500)] = "",
    replaces: Annotated[int | None, Form(ge=1, le=_LARGEST_ID)] = None,
) -> Response:
    """Start a run that creates an import file, or creates it again in place of one that nobody has downloaded."""
    if replaces is not None:
        return to_run(year, lambda: run_launcher.replace_file(services, person, year, replaces))
    return to_run(year, lambda: run_launcher.export(services, person, year, force_reason=reason if force else None))


@router.get("/preview")
def preview_page(
    request: Request, services: ServicesDep, cache: YearCacheDep, query: Annotated[PreviewQuery, Query()]
) -> Response:
    """Show what the next file changes, or what Givebutter took of the last imported one."""
    conn, year = cache.conn, cache.year
    preview = read_preview(services, conn, year, query.of)
    kinds = count_kinds(preview.rows) if preview else {}
    if query.kind is None:
        kind: Kind | Literal["all"] = "changed" if kinds.get("changed") else "new" if kinds.get("new") else "all"
        query = query.model_copy(update={"kind": kind})
    rows = filter_rows(preview.rows, query.to_filter()) if preview else []
    config = cache.read(read_present_config)
    shown = rows[(query.page - 1) * _PREVIEWED : query.page * _PREVIEWED]
    return render(
        request,
        "import_preview.html",
        query=query,
        preview=preview,
        rows=shown,
        sources=read_sources(conn, config, shown) if query.of == "next" else {},
        held_back=cache.read(_count_held_back),
        total=len(rows),
        page=query.page,
        pages=-(-len(rows) // _PREVIEWED),
        kinds=kinds,
        columns=count_columns(preview.rows) if preview else {},
        links=RecordLinks(services.settings, config.form_id(SIGNUP)),
        newest=cache.read(_read_newest_file),
        state=read_loop(cache, now=services.now()),
    )


@router.get("/newest")
def newest_file(
    year: Year, services: ServicesDep, person: CurrentUser, rows: Literal["all", "changed"] = "all"
) -> Response:
    """Download the newest import file, or only its rows that change or create a contact."""
    return fetch(services, person, year, changed_only=rows == "changed")


@router.get("/{file_id}")
def one_file(
    year: Year, services: ServicesDep, person: CurrentUser, file_id: Annotated[int, Path(ge=1, le=_LARGEST_ID)]
) -> Response:
    """Download an import file of the year."""
    return fetch(services, person, year, file_id)


def _daemons_down(services: Services) -> list[str] | None:
    """Return daemons that do not run; None if Dagster is unavailable."""
    try:
        return services.dagster.daemons_down()
    except DagsterUnavailableError:
        return None


def _read_newest_file(conn: sa.Connection, year: int) -> Mapping[str, Any] | None:
    """Read the newest import file, also if its content is gone."""
    return next(iter(read_page(conn, out_files.list_files(year), order=Order(), limit=1, offset=0).rows), None)


def _count_held_back(conn: sa.Connection, year: int) -> int:
    """Count the rows that the check leaves out of the file, and those that Givebutter rejected."""
    return sum(count_rows(conn, rows) for rows in (out_files.list_held_back(year), out_files.list_rejected(year)))


def _read_row_errors(conn: sa.Connection, year: int) -> tuple[Page, Page, Mapping[str, str]]:
    """Read the rows left out of the file, those that Givebutter rejected, and their mentors' names by MN id."""
    listings = (out_files.list_held_back(year), out_files.list_rejected(year))
    held_back, rejected = (read_page(conn, rows, order=Order(), limit=_ROWS, offset=0) for rows in listings)
    mn_ids = {row["mn_id"] for page in (held_back, rejected) for row in page.rows if row["mn_id"]}
    return held_back, rejected, read_mentor_names(conn, year, mn_ids) if mn_ids else {}
