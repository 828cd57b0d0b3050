"""Campaign messages over the API: list, preview, apply, clear."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict

from mentorsync_pipeline.console import messaging
from mentorsync_pipeline.console.api.paging import Page, Pagination
from mentorsync_pipeline.console.api.runs import Started, started
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.services import DbConn, ServicesDep
from mentorsync_pipeline.console.years import Year
from mentorsync_pipeline.messages.run_config import JOB
from mentorsync_pipeline.messages.service import State

router = APIRouter(prefix="/{year}/messages", tags=["messages"])
Name = Annotated[str, Query(min_length=1, max_length=200, description="The campaign's name, or its file's.")]
NameInBody = Annotated[
    str, Body(embed=True, min_length=1, max_length=200, description="The campaign's name, or its file's.")
]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Campaign(_Out):
    """A campaign file, or a campaign in force without one; `problem` says why a file cannot be used."""

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
    """How long the messages are, in characters."""

    shortest: int
    median: int
    longest: int
    limit: int


class SmsCounts(_Out):
    """How many texts take 1, 2, … SMS, in which encoding, and which characters make them longer."""

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
    """What a campaign comes to: how many get a message, who is left out and why (MN ids by reason)."""

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
    """What applying the file of this sha256 would do; campaigns that collide have to be cleared first."""

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
    """The year's campaigns, and files that cannot be read."""
    found = messaging.list_campaigns(services, conn, year)
    items = [Campaign.model_validate(one) for one in found[window.offset : window.offset + window.limit]]
    return Page(items=items, total=len(found), limit=window.limit, offset=window.offset)


@router.get("/preview")
def preview(
    year: Year,
    services: ServicesDep,
    conn: DbConn,
    campaign: Name,
    samples: Annotated[int, Query(ge=0, le=100, description="How many messages to show.")] = 3,
) -> Preview:
    """What a campaign would say, to how many, and who is left out; nothing is changed."""
    return Preview.model_validate(messaging.preview_campaign(services, conn, year, campaign, samples))


@router.post("/apply", status_code=202)
def apply(
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    response: Response,
    campaign: NameInBody,
    sha256: Annotated[
        str | None, Body(embed=True, max_length=64, description="The file of the preview; another one is refused.")
    ] = None,
) -> Started:
    """Put a campaign in force: its messages go into the next import file."""
    order = messaging.apply_campaign(services, person, year, campaign, sha256)
    return started(services, response, order.run, JOB, year)


@router.post("/clear", status_code=202)
def clear(year: Year, services: ServicesDep, person: CurrentUser, response: Response, campaign: NameInBody) -> Started:
    """Take a campaign out of force: its messages are taken away with the next import file."""
    return started(services, response, messaging.clear_campaign(services, person, year, campaign).run, JOB, year)
