"""Uploads over the API: upload a contacts export or a list of rejected rows, and read its state."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from mentorsync_pipeline.console import upload_progress, upload_storage
from mentorsync_pipeline.console.auth.request_guard import require_same_person
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep

router = APIRouter(prefix="/uploads", tags=["files"])
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="The sha256 of the file.")]
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file itself.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class UploadAccepted(_Out):
    """An accepted file; `state_url` returns its state. `campaign_year` is set for rejected rows."""

    sha256: str
    kind: Literal["export", "failed_rows"]
    rows: int
    campaign_year: int | None
    state_url: str


class Quarantine(_Out):
    """Why the file is in quarantine."""

    code: str
    message: str
    what_to_do: str


class YearProgress(_Out):
    """A campaign year that is recalculated from the file."""

    year: int
    done: bool
    run_id: str | None


class UploadState(_Out):
    """State of a file. `rows` is the number of loaded rows; `is_settled` if processing has ended."""

    sha256: str
    file_name: str
    kind: Literal["export", "failed_rows"]
    campaign_year: int | None
    uploaded_by: str
    uploaded_at: datetime
    state: upload_progress.State
    is_settled: bool
    run_id: str | None
    rows: int | None
    put_aside: Quarantine | None
    years: list[YearProgress]


@router.post("", status_code=202, openapi_extra=_BODY)
async def upload(
    request: Request,
    response: Response,
    services: ServicesDep,
    person: CurrentUser,
    name: Annotated[str, Query(max_length=200, description="The file's name; it may tell the day.")] = "upload.csv",
    modified: Annotated[
        float | None, Query(ge=0, le=1e11, description="When the file was last changed: seconds since 1970.")
    ] = None,
    force_reason: Annotated[
        str | None,
        Query(
            max_length=500,
            description="Why an export that is refused (far fewer contacts, older, unusable cells) is right.",
        ),
    ] = None,
) -> UploadAccepted:
    """Upload a contacts export or Givebutter's list of rejected rows, distinguished by the header.

    The file is checked, put into the drop folder and loaded; then every active year is recalculated.
    """
    async with upload_storage.arriving(request, services.settings.home / "uploads", name, modified) as arrived:
        await run_in_threadpool(require_same_person, request)  # an upload may take longer than a session
        checked = await run_in_threadpool(upload_storage.take, services, person, arrived, force_reason=force_reason)
    response.headers["Location"] = url = f"/api/uploads/{arrived.sha256}"
    return UploadAccepted(
        sha256=arrived.sha256, kind=checked.kind, rows=checked.rows, campaign_year=checked.year, state_url=url
    )


@router.get("/{sha256}")
def upload_state(sha256: Sha256, services: ServicesDep, conn: DbConn) -> UploadState:
    """State of an uploaded file: waiting, loading, loaded or in quarantine, and the recalculation of the years."""
    state = upload_progress.upload_state(services, conn, sha256)
    return UploadState(
        sha256=sha256,
        file_name=state.act.details["file_name"],
        kind=state.act.details["kind"],
        campaign_year=state.act.campaign_year,
        uploaded_by=state.act.who,
        uploaded_at=state.act.done_at,
        state=state.state,
        is_settled=state.is_settled,
        run_id=state.run_id,
        rows=state.rows,
        put_aside=Quarantine.model_validate(state.put_aside) if state.put_aside else None,
        years=[YearProgress.model_validate(year_progress) for year_progress in state.years],
    )
