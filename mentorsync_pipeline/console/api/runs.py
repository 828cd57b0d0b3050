"""Runs over the API: start a run and read its state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict

from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.api.request_body import RequestBody
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dependencies import DbConn, Services, ServicesDep
from mentorsync_pipeline.console.run_text import describe_run
from mentorsync_pipeline.db.run_log import AssetRunRecord
from mentorsync_pipeline.loop.run_results import RunResult

router = APIRouter(tags=["runs"])
RunId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The id from the response that started the run.")]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class RefreshOrder(RequestBody):
    """Which contacts are fetched."""

    mode: run_launcher.ContactMode = "api_changes"


class Started(_Out):
    """A started run; `status_url` returns its state."""

    run_id: str
    job: str
    campaign_year: int | None
    status_url: str
    dagster_url: str


class RunFailure(_Out):
    """A failed step: a stable code, and the message with the next step."""

    step: str
    code: str
    message: str


class RunCheck(_Out):
    """A failed check. ERROR stops the run; WARN reports unusual data."""

    asset: str
    check: str
    severity: str
    description: str


class RunState(_Out):
    """State of a run. `status` is Dagster's: QUEUED, STARTED, SUCCESS, FAILURE, CANCELED and so on."""

    run_id: str
    job: str
    campaign_year: int | None
    status: str
    is_over: bool
    started_at: datetime | None
    ended_at: datetime | None
    started_by: str | None
    steps_done: int
    steps_total: int | None
    steps_failed: int
    result: RunResult | None
    assets: Sequence[AssetRunRecord]
    failures: list[RunFailure]
    checks: list[RunCheck]
    dagster_url: str


@router.post("/{year}/sync", status_code=202)
def start_sync(year: Year, services: ServicesDep, person: CurrentUser, response: Response) -> Started:
    """Sync the year: fetch Jotform and Givebutter, match mentors, create the import file and the archive plan."""
    return started(services, response, run_launcher.start(services, person, "sync", year), "sync", year)


@router.post("/{year}/jotform", status_code=202)
def start_jotform(year: Year, services: ServicesDep, person: CurrentUser, response: Response) -> Started:
    """Fetch the year's forms."""
    return started(services, response, run_launcher.start(services, person, "jotform", year), "jotform", year)


@router.post("/{year}/givebutter", status_code=202)
def start_givebutter(year: Year, services: ServicesDep, person: CurrentUser, response: Response) -> Started:
    """Fetch the year's campaign members and the contacts."""
    return started(services, response, run_launcher.start(services, person, "givebutter", year), "givebutter", year)


@router.post("/{year}/etl", status_code=202)
def start_etl(year: Year, services: ServicesDep, person: CurrentUser, response: Response) -> Started:
    """Recalculate the year from stored data. No service is called."""
    return started(services, response, run_launcher.start(services, person, "etl", year), "etl", year)


@router.post("/contacts/refresh", status_code=202)
def start_refresh(
    services: ServicesDep,
    person: CurrentUser,
    response: Response,
    body: RefreshOrder | None = None,
) -> Started:
    """Fetch contacts over Givebutter's API, changes or all."""
    run_id = run_launcher.refresh_contacts(services, person, (body or RefreshOrder()).mode)
    return started(services, response, run_id, run_launcher.REFRESH, None)


@router.get("/runs/{run_id}")
def get_run(run_id: RunId, services: ServicesDep, conn: DbConn) -> RunState:
    """Return the state of a run."""
    report = describe_run(services, conn, run_id)
    run = report.run
    return RunState(
        run_id=run.run_id,
        job=run.job,
        campaign_year=run.year,
        status=run.status,
        is_over=run.is_over,
        started_at=run.started_at,
        ended_at=run.ended_at,
        started_by=report.started_by,
        steps_done=run.steps_done,
        steps_total=run.steps_total,
        result=report.result,
        steps_failed=run.steps_failed,
        assets=report.assets,
        failures=[RunFailure.model_validate(entry) for entry in report.failures],
        checks=[RunCheck.model_validate(entry) for entry in report.checks],
        dagster_url=report.link,
    )


@router.post("/runs/{run_id}/stop")
def stop_run(run_id: RunId, services: ServicesDep, conn: DbConn, person: CurrentUser) -> RunState:
    """Stop a run that is queued or in progress; 409 if it has ended. Finished steps keep what they have written."""
    run_launcher.stop(services, person, run_id)
    return get_run(run_id, services, conn)


def started(services: Services, response: Response, run_id: str, job: str, year: int | None) -> Started:
    """Build the response for a started run, with its URL in `Location`."""
    url = f"/api/runs/{run_id}"
    response.headers["Location"] = url
    return Started(
        run_id=run_id, job=job, campaign_year=year, status_url=url, dagster_url=services.dagster.link(run_id)
    )
