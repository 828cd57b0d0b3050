"""Runs over the API: start one, and ask how it goes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict

from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.run_text import describe_run
from mentorsync_pipeline.console.services import DbConn, Services, ServicesDep
from mentorsync_pipeline.console.years import Year
from mentorsync_pipeline.db.runs import AssetRunRecord

router = APIRouter(tags=["runs"])
RunId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The id that starting a run gave.")]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Started(_Out):
    """A run that was started; ask `status_url` how it goes."""

    run_id: str
    job: str
    campaign_year: int | None
    status_url: str
    dagster_url: str


class RunFailure(_Out):
    """A step that failed: a stable code, and what to do."""

    step: str
    code: str
    message: str


class RunCheck(_Out):
    """A check that did not pass; ERROR stops the run, WARN is worth a look."""

    asset: str
    check: str
    severity: str
    description: str


class RunState(_Out):
    """How a run goes. `status` is Dagster's: QUEUED, STARTED, SUCCESS, FAILURE, CANCELED and so on."""

    run_id: str
    job: str
    campaign_year: int | None
    status: str
    is_over: bool
    started_at: datetime | None
    ended_at: datetime | None
    started_by: str | None
    steps_done: int
    steps_failed: int
    assets: Sequence[AssetRunRecord]
    failures: list[RunFailure]
    checks: list[RunCheck]
    dagster_url: str


@router.post("/{year}/sync", status_code=202)
def start_sync(year: Year, services: ServicesDep, person: CurrentUser, response: Response) -> Started:
    """Sync the whole year: Jotform, Givebutter, who is who, the import file, the archive plan."""
    return started(services, response, run_launcher.start(services, person, "sync", year), "sync", year)


@router.post("/{year}/jotform", status_code=202)
def start_jotform(year: Year, services: ServicesDep, person: CurrentUser, response: Response) -> Started:
    """Fetch the year's three forms."""
    return started(services, response, run_launcher.start(services, person, "jotform", year), "jotform", year)


@router.post("/{year}/givebutter", status_code=202)
def start_givebutter(year: Year, services: ServicesDep, person: CurrentUser, response: Response) -> Started:
    """Fetch the year's campaign members, and the contacts."""
    return started(services, response, run_launcher.start(services, person, "givebutter", year), "givebutter", year)


@router.post("/{year}/etl", status_code=202)
def start_etl(year: Year, services: ServicesDep, person: CurrentUser, response: Response) -> Started:
    """Work the year out again from what has been fetched; no service is called."""
    return started(services, response, run_launcher.start(services, person, "etl", year), "etl", year)


@router.post("/contacts/refresh", status_code=202)
def start_refresh(
    services: ServicesDep,
    person: CurrentUser,
    response: Response,
    mode: Annotated[run_launcher.ContactMode, Body(embed=True)] = "api_changes",
) -> Started:
    """Fetch the contacts of all years over Givebutter's API: what changed, or all of them."""
    return started(
        services, response, run_launcher.refresh_contacts(services, person, mode), run_launcher.REFRESH, None
    )


@router.get("/runs/{run_id}")
def get_run(run_id: RunId, services: ServicesDep, conn: DbConn) -> RunState:
    """How a run goes."""
    told = describe_run(services, conn, run_id)
    run = told.run
    return RunState(
        run_id=run.run_id,
        job=run.job,
        campaign_year=run.year,
        status=run.status,
        is_over=run.is_over,
        started_at=run.started_at,
        ended_at=run.ended_at,
        started_by=told.started_by,
        steps_done=run.steps_done,
        steps_failed=run.steps_failed,
        assets=told.assets,
        failures=[RunFailure.model_validate(one) for one in told.failures],
        checks=[RunCheck.model_validate(one) for one in told.checks],
        dagster_url=told.link,
    )


def started(services: Services, response: Response, run_id: str, job: str, year: int | None) -> Started:
    """The answer that says which run was started, with the address to ask in `Location`."""
    url = f"/api/runs/{run_id}"
    response.headers["Location"] = url
    return Started(
        run_id=run_id, job=job, campaign_year=year, status_url=url, dagster_url=services.dagster.link(run_id)
    )
