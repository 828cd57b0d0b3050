"""Closing, reopening and opening campaign years over the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from mentorsync_pipeline.campaigns import service
from mentorsync_pipeline.campaigns.unfinished import Kind, find_unfinished
from mentorsync_pipeline.console.api.request_body import RequestBody
from mentorsync_pipeline.console.api.runs import Started, started
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.run_launcher import open_next_year

router = APIRouter(tags=["years"])
RequiredText = Annotated[str, Field(min_length=1, max_length=100)]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class YearEntry(_Out):
    """A configured year. Sensors and schedules run for active years; closed years are read-only."""

    campaign_year: int
    active: bool
    closed: bool
    closed_at: datetime | None
    closed_by: str | None


class UnfinishedWork(_Out):
    """One kind of unfinished work of a year: how much, in words, and the next step."""

    kind: Kind
    count: int
    message: str
    what_to_do: str


class ClosingState(YearEntry):
    """A year, and what is unfinished in it."""

    unfinished: list[UnfinishedWork]


class CloseRequest(RequestBody):
    """`force` closes the year despite unfinished work."""

    force: bool = False


class OpenRequest(RequestBody):
    """A new campaign year. Forms, campaign and event date are new every year; other settings are copied."""

    campaign_year: Annotated[int, Field(ge=2000, le=2999)]
    jotform_signup_form_id: RequiredText
    jotform_setup_form_id: RequiredText
    jotform_training_form_id: RequiredText
    jotform_partner_form_id: RequiredText | None = None
    givebutter_campaign_code: RequiredText
    event_date: date
    fundraising_goal: Annotated[Decimal, Field(gt=0)] | None = None
    external_id_template: RequiredText | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """The given settings by key."""
        return self.model_dump(mode="json", exclude={"campaign_year"}, exclude_none=True)


@router.get("/years")
def list_years(conn: DbConn) -> list[YearEntry]:
    """The configured campaign years, oldest first."""
    return [YearEntry.model_validate(state) for state in service.list_years(conn)]


@router.get("/{year}/closing")
def closing_state(cache: YearCacheDep) -> ClosingState:
    """Whether the year is closed, and what is unfinished."""
    unfinished = [UnfinishedWork.model_validate(item) for item in cache.read(find_unfinished)]
    entry = YearEntry.model_validate(service.find_state(cache.conn, cache.year))
    return ClosingState(**entry.model_dump(), unfinished=unfinished)


@router.post("/{year}/close")
def close(year: Year, services: ServicesDep, person: CurrentUser, body: CloseRequest | None = None) -> ClosingState:
    """Close the year, which makes it read-only; 409 with unfinished work, unless forced."""
    service.close_year(services.change_context(person), year, force=body is not None and body.force)
    return _read_state(services, year)


@router.post("/{year}/reopen")
def reopen(year: Year, services: ServicesDep, person: CurrentUser) -> ClosingState:
    """Reopen a closed year."""
    service.reopen_year(services.change_context(person), year)
    return _read_state(services, year)


@router.post("/{year}/open-next", status_code=202)
def open_next(year: Year, services: ServicesDep, person: CurrentUser, response: Response, body: OpenRequest) -> Started:
    """Start a run that stores the configuration of a new year, with the settings of this one."""
    run_id = open_next_year(services, person, body.campaign_year, year, body.settings)
    return started(services, response, run_id, "configure", body.campaign_year)


def _read_state(services: ServicesDep, year: int) -> ClosingState:
    with services.reading() as conn:
        return closing_state(services.cache.of_year(conn, year))
