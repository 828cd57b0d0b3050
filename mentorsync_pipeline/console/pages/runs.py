"""Runs: start a run and show its progress."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.console import labels, run_launcher, run_list
from mentorsync_pipeline.console.api.pagination import Pagination
from mentorsync_pipeline.console.api.runs import RunId
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep, data_version
from mentorsync_pipeline.console.check_text import find_other_checks, list_open_work
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.dependencies import Services, ServicesDep
from mentorsync_pipeline.console.listing import Choice, Column, ListingPage, Table, read_list
from mentorsync_pipeline.console.lists import Syncs
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.run_result_text import list_result_parts
from mentorsync_pipeline.console.run_text import describe_run
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.db import sync_history
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.loop.queries import read_loop

router = APIRouter()
TABLE = Table(
    columns=(
        Column("job", N_("Run")),
        Column("status", N_("State"), "word"),
        Column("started_at", N_("Started"), "moment"),
        Column("finished_at", N_("Took"), "moment"),
        Column("changes", N_("Result")),
        Column("new_mentors", N_("New mentors"), "number", only_file=True),
        Column("updated_mentors", N_("Mentors updated"), "number", only_file=True),
        Column("applied_answers", N_("Answers applied"), "number", only_file=True),
        Column("new_questions", N_("New questions"), "number", only_file=True),
        Column("new_errors", N_("New errors"), "number", only_file=True),
        Column("written_messages", N_("Messages written"), "number", only_file=True),
        Column("archived", N_("Contacts archived"), "number", only_file=True),
        Column("external_ids_removed", N_("External IDs removed"), "number", only_file=True),
        Column("restored", N_("Contacts restored"), "number", only_file=True),
        Column("external_ids_restored", N_("External IDs restored"), "number", only_file=True),
        Column("contacts_loaded", N_("Contacts loaded"), "number", only_file=True),
        Column("file_rows", N_("Rows of the import file"), "number", only_file=True),
        Column("rejected_rows", N_("Rejected rows"), "number", only_file=True),
        Column("steps", N_("Steps"), only_file=True),
        Column("failed_steps", N_("Failed steps"), only_file=True),
        Column("campaign_year", N_("Year"), "number", only_file=True),
        Column("run_id", N_("Run id"), only_file=True),
    ),
    sortable=("started_at", "status"),
    choices=(
        Choice("job", N_("Run"), labels.JOB, N_("anything")),
        Choice(
            "status",
            N_("State"),
            {state: labels.RUN_STATE[state][0] for state in get_args(sync_history.Status)},
            N_("any"),
        ),
    ),
)
_FILE_LABELS = {"finished_at": N_("Ended"), "changes": N_("Changes")}
_FILE_COLUMNS = tuple(replace(column, label=_FILE_LABELS.get(column.name, column.label)) for column in TABLE.columns)


@router.get("/{year}/runs")
def runs_page(
    request: Request,
    services: ServicesDep,
    cache: YearCacheDep,
    query: Annotated[Syncs, Query()],
    window: Pagination,
) -> Response:
    """Show jobs to start, and all runs. The newest include those that Dagster has queued."""
    page = cache.read(read_list, query, window)
    is_newest = query == Syncs() and not window.offset
    recent = run_list.read_recent_runs(services, cache.year) if is_newest else []
    rows = run_list.add_recent_runs(cache.conn, page.rows, recent or ())
    return render(
        request,
        "runs.html",
        listing_page=ListingPage(
            table=TABLE,
            query=query,
            page=replace(page, rows=rows),
            window=window,
            choices=TABLE.choices,
            added=len(rows) - len(page.rows),
        ),
        results=cache.read(run_list.read_results, *(row["run_id"] for row in rows)),
        is_away=recent is None,
        dagster_is_starting=services.dagster.is_starting,
        version=data_version(cache, services.now()),
    )


@router.get("/{year}/runs.csv")
def runs_file(year: Year, services: ServicesDep, query: Annotated[Syncs, Query()]) -> Response:
    """Download matching runs of the log."""
    return csv_file(
        services,
        query.listing(year),
        query.order,
        _FILE_COLUMNS,
        name=f"runs-{year}.csv",
        complete=run_list.add_results,
    )


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
    request: Request, run_id: RunId, services: ServicesDep, cache: YearCacheDep, already: str | None = None
) -> Response:
    """Show a run."""
    return render(request, "run.html", already=already is not None, **_run_context(services, cache, run_id))


@router.get("/{year}/runs/{run_id}/status")
def run_status(request: Request, run_id: RunId, services: ServicesDep, cache: YearCacheDep) -> Response:
    """Live part: progress of the run."""
    return render(request, "run_status.html", **_run_context(services, cache, run_id))


@router.post("/{year}/runs/{run_id}/stop")
def stop(year: Year, run_id: RunId, services: ServicesDep, person: CurrentUser) -> Response:
    """Stop a run that is queued or in progress, and show it."""
    run_launcher.stop(services, person, run_id)
    return RedirectResponse(f"/{year}/runs/{run_id}", status_code=303)


def _run_context(services: Services, cache: YearCache, run_id: str) -> dict[str, Any]:
    """Describe the run; with the next step of the loop when it has ended."""
    report = describe_run(services, cache.conn, run_id)
    return {
        "report": report,
        "parts": list_result_parts(report.result, run_id),
        "checks": find_other_checks(report.checks),
        "open_work": list_open_work(cache, report.checks),
        "state": read_loop(cache, now=services.now()) if report.run.is_over else None,
    }


def to_run(year: int, begin: Callable[[], str]) -> Response:
    """Start a run and redirect to it; if another run is in progress, redirect to that one with a notice."""
    try:
        address = f"/{year}/runs/{begin()}"
    except run_launcher.RunInFlightError as error:
        address = f"/{year}/runs/{error.run_id}?already=yes"
    return RedirectResponse(address, status_code=303)
