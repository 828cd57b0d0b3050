"""Files over the API: hand in a contacts export or Givebutter's list of rejected rows, and ask where it is."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from mentorsync_pipeline.console import upload_progress, uploads
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.services import DbConn, ServicesDep

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


class Taken(_Out):
    """A file that was taken; ask `state_url` where it is. `campaign_year` is whose rows were rejected."""

    sha256: str
    kind: Literal["export", "failed_rows"]
    rows: int
    campaign_year: int | None
    state_url: str


class PutAside(_Out):
    """Why the file was put aside."""

    code: str
    message: str
    what_to_do: str


class YearFollows(_Out):
    """A campaign year that is worked out again from the file."""

    year: int
    done: bool
    run_id: str | None


class UploadState(_Out):
    """Where a file is. `rows` are those that were loaded; `is_settled` when nothing more happens by itself."""

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
    put_aside: PutAside | None
    years: list[YearFollows]


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
) -> Taken:
    """Hand in a contacts export, or Givebutter's list of rejected rows; its header tells which.

    It is checked at once, put into the drop folder, and loaded from there; then every active year follows.
    """
    async with uploads.arriving(request, services.settings.home / "uploads", name, modified) as arrived:
        checked = await run_in_threadpool(uploads.take, services, person, arrived, force_reason=force_reason)
    response.headers["Location"] = url = f"/api/uploads/{arrived.sha256}"
    return Taken(sha256=arrived.sha256, kind=checked.kind, rows=checked.rows, campaign_year=checked.year, state_url=url)


@router.get("/{sha256}")
def upload_state(sha256: Sha256, services: ServicesDep, conn: DbConn) -> UploadState:
    """Where a file is that was handed in here: waiting, being loaded, loaded, put aside; and which years follow."""
    found = upload_progress.upload_state(services, conn, sha256)
    return UploadState(
        sha256=sha256,
        file_name=found.act.details["file_name"],
        kind=found.act.details["kind"],
        campaign_year=found.act.campaign_year,
        uploaded_by=found.act.who,
        uploaded_at=found.act.done_at,
        state=found.state,
        is_settled=found.is_settled,
        run_id=found.run_id,
        rows=found.rows,
        put_aside=PutAside.model_validate(found.put_aside) if found.put_aside else None,
        years=[YearFollows.model_validate(one) for one in found.years],
    )
