"""Runs: start one, and see how one goes, live."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.run_text import describe_run
from mentorsync_pipeline.console.services import DbConn, ServicesDep
from mentorsync_pipeline.console.years import Year, known_year

router = APIRouter()
_SHOWN = 15


@router.get("/{year}/runs")
def runs_page(request: Request, year: Year, services: ServicesDep) -> Response:
    """What may be started, and the year's last runs."""
    runs = services.dagster.runs(year=year, limit=_SHOWN)
    contacts = services.dagster.runs(job=run_launcher.REFRESH, limit=1)
    return render(request, "runs.html", runs=runs, contacts=contacts, link=services.dagster.link)


@router.post("/{year}/runs")
def start(
    year: Year, services: ServicesDep, person: CurrentUser, job: Annotated[run_launcher.YearJob, Form(max_length=20)]
) -> Response:
    """Start one of the year's jobs."""
    return to_run(year, lambda: run_launcher.start(services, person, job, year))


@router.post("/{year}/runs/contacts")
def refresh_contacts(
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    mode: Annotated[run_launcher.ContactMode, Form(max_length=20)],
) -> Response:
    """Fetch contacts over Givebutter's API."""
    return to_run(year, lambda: run_launcher.refresh_contacts(services, person, mode))


@router.get("/{year}/runs/{run_id}", dependencies=[Depends(known_year)])
def run_page(
    request: Request, run_id: str, services: ServicesDep, conn: DbConn, already: str | None = None
) -> Response:
    """How one run goes."""
    return render(request, "run.html", already=already is not None, **_told(services, conn, run_id))


@router.get("/{year}/runs/{run_id}/status", dependencies=[Depends(known_year)])
def run_status(request: Request, run_id: str, services: ServicesDep, conn: DbConn) -> Response:
    """The part of that page that changes while the run goes."""
    return render(request, "run_status.html", **_told(services, conn, run_id))


def _told(services: ServicesDep, conn: DbConn, run_id: str) -> dict[str, Any]:
    return {"told": describe_run(services, conn, run_id)}


def to_run(year: int, begin: Callable[[], str]) -> Response:
    """Start something and go to its run; when one is under way already, go to that one, which then says so."""
    try:
        address = f"/{year}/runs/{begin()}"
    except run_launcher.RunInFlightError as error:
        address = f"/{year}/runs/{error.run_id}?already=yes"
    return RedirectResponse(address, status_code=303)
