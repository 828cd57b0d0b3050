"""Runs: start a run and show its progress."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.check_text import describe_check
from mentorsync_pipeline.console.dependencies import Services, ServicesDep
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.run_text import describe_run
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.loop.queries import read_loop

router = APIRouter()
_SHOWN = 15


@router.get("/{year}/runs")
def runs_page(request: Request, year: Year, services: ServicesDep) -> Response:
    """Show jobs to start and the year's last runs."""
    runs = services.dagster.runs(year=year, limit=_SHOWN)
    contacts = services.dagster.runs(job=run_launcher.REFRESH, limit=1)
    return render(request, "runs.html", runs=runs, contacts=contacts, link=services.dagster.link)


@router.post("/{year}/runs")
def start(
    year: Year, services: ServicesDep, person: CurrentUser, job: Annotated[run_launcher.YearJob, Form(max_length=20)]
) -> Response:
    """Start a job of the year."""
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


@router.get("/{year}/runs/{run_id}")
def run_page(
    request: Request, run_id: str, services: ServicesDep, cache: YearCacheDep, already: str | None = None
) -> Response:
    """Show a run."""
    return render(request, "run.html", already=already is not None, **_run_context(services, cache, run_id))


@router.get("/{year}/runs/{run_id}/status")
def run_status(request: Request, run_id: str, services: ServicesDep, cache: YearCacheDep) -> Response:
    """Live part: progress of the run."""
    return render(request, "run_status.html", **_run_context(services, cache, run_id))


@router.post("/{year}/runs/{run_id}/stop")
def stop(year: Year, run_id: str, services: ServicesDep, person: CurrentUser) -> Response:
    """Stop a run that is queued or in progress, and show it."""
    run_launcher.stop(services, person, run_id)
    return RedirectResponse(f"/{year}/runs/{run_id}", status_code=303)


def _run_context(services: Services, cache: YearCache, run_id: str) -> dict[str, Any]:
    """Describe the run; with the next step of the loop when it has ended."""
    report = describe_run(services, cache.conn, run_id)
    return {
        "report": report,
        "checks": [describe_check(check) for check in report.checks],
        "state": read_loop(cache, now=services.now()) if report.run.is_over else None,
    }


def to_run(year: int, begin: Callable[[], str]) -> Response:
    """Start a run and redirect to it; if another run is in progress, redirect to that one with a notice."""
    try:
        address = f"/{year}/runs/{begin()}"
    except run_launcher.RunInFlightError as error:
        address = f"/{year}/runs/{error.run_id}?already=yes"
    return RedirectResponse(address, status_code=303)
