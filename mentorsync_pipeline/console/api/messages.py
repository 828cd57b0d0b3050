"""Campaign messages over the API: list, preview, apply, clear."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from mentorsync_pipeline.console import messaging
from mentorsync_pipeline.console.api.pagination import Page, Pagination
from mentorsync_pipeline.console.api.request_body import RequestBody
from mentorsync_pipeline.console.api.runs import Started, started
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.messages.service import JOB, State

router = APIRouter(prefix="/{year}/messages", tags=["messages"])
Name = Annotated[str, Query(min_length=1, max_length=200, description="The campaign's name, or its file's.")]
Named = Annotated[str, Field(min_length=1, max_length=200, description="The campaign's name, or its file's.")]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ClearOrder(RequestBody):
    """A campaign to clear."""

    campaign: Named


class ApplyOrder(RequestBody):
    """A campaign to apply."""

    campaign: Named
    sha256: Annotated[
        str | None, Field(max_length=64, description="The file of the preview; another one is refused.")
    ] = None


class Campaign(_Out):
    """A campaign file, or an applied campaign without file; `problem` is why a file is invalid."""

    name: str
    file_name: str
    state: State
    year: int | None
    description: str | None
    columns: list[str]
    problem: str | None
    applied_by: str | None
    applied_at: datetime | None


class Lengths(_Out):
    """Lengths of messages in characters."""

    shortest: int
    median: int
    longest: int
    limit: int


class SmsCounts(_Out):
    """Number of texts by number of SMS and encoding, and the characters that increase it."""

    by_segments: dict[int, int]
    by_encoding: dict[str, int]
    unusual: list[str]
    segments: int


class Sample(_Out):
    """The messages of one mentor, by column."""

    mn_id: str
    texts: dict[str, str]
    segments: int | None


class Summary(_Out):
    """Summary of a campaign: number of messages, and excluded mentors (MN ids by reason)."""

    audience: int
    messages: int
    not_for: int
    left_out: dict[str, list[str]]
    waiting: list[str]
    missing: dict[str, int]
    lengths: dict[str, Lengths]
    sms: SmsCounts | None
    samples: list[Sample]


class Preview(_Out):
    """Preview of the file with this sha256; colliding campaigns must be cleared first."""

    campaign: str
    year: int
    file_name: str
    sha256: str
    state: State
    columns: list[str]
    summary: Summary
    collides_with: dict[str, list[str]]


@router.get("")
def campaigns(year: Year, services: ServicesDep, conn: DbConn, window: Pagination) -> Page[Campaign]:
    """The year's campaigns and invalid files."""
    campaigns = messaging.list_campaigns(services, conn, year)
    items = [Campaign.model_validate(campaign) for campaign in campaigns[window.offset : window.offset + window.limit]]
    return Page(items=items, total=len(campaigns), limit=window.limit, offset=window.offset)


@router.get("/preview")
def preview(
    year: Year,
    services: ServicesDep,
    conn: DbConn,
    campaign: Name,
    samples: Annotated[int, Query(ge=0, le=100, description="How many messages to show.")] = 3,
) -> Preview:
    """Preview a campaign: samples, counts and excluded mentors. Nothing is changed."""
    return Preview.model_validate(messaging.preview_campaign(services, conn, year, campaign, samples))


@router.post("/apply", status_code=202)
def apply(
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    response: Response,
    body: ApplyOrder,
) -> Started:
    """Apply a campaign: the next import file contains its messages."""
    order = messaging.apply_campaign(services, person, year, body.campaign, body.sha256)
    return started(services, response, order.run, JOB, year)


@router.post("/clear", status_code=202)
def clear(year: Year, services: ServicesDep, person: CurrentUser, response: Response, body: ClearOrder) -> Started:
    """Clear a campaign: the next import file removes its messages."""
    return started(services, response, messaging.clear_campaign(services, person, year, body.campaign).run, JOB, year)
