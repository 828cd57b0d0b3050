"""The overview page of a year: state, open work, age of the data and progress."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console import run_list
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep, data_version
from mentorsync_pipeline.console.dagster_client import Run
from mentorsync_pipeline.console.dependencies import Services, ServicesDep
from mentorsync_pipeline.console.finding_text import ERROR_TITLES
from mentorsync_pipeline.console.pages.runs import TABLE as RUNS
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.run_launcher import find_runs_in_progress
from mentorsync_pipeline.db import sync_history
from mentorsync_pipeline.db.paging import Order, read_all, read_rows
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.import_file.freshness import measure_freshness, read_freshness_record
from mentorsync_pipeline.loop.queries import read_loop
from mentorsync_pipeline.mentors import trends
from mentorsync_pipeline.mentors.metrics import read_figures
from mentorsync_pipeline.reports.queries import ReportFilter, list_funds
from mentorsync_pipeline.review import pending_counts

router = APIRouter()
_RUNS_SHOWN = 6


@router.get("/{year}")
def dashboard(request: Request, services: ServicesDep, cache: YearCacheDep) -> Response:
    """Show the page. Its live part queries Dagster later, and the charts are loaded later, so that it does not wait."""
    context: dict[str, Any] = {
        "dagster_queried": False,
        "runs": None,
        **_last_runs(cache, None),
    }
    return render(request, "dashboard.html", **context, **_now(services, cache))


@router.get("/{year}/now")
def now(request: Request, year: Year, services: ServicesDep, cache: YearCacheDep) -> Response:
    """Live part: refreshed at each change of the year."""
    runs = run_list.read_recent_runs(services, year)
    context: dict[str, Any] = {
        "dagster_queried": True,
        "runs": runs,
        **_last_runs(cache, runs),
    }
    return render(request, "dashboard_now.html", **context, **_now(services, cache, runs or ()))


@router.get("/{year}/now/charts")
def charts(request: Request, services: ServicesDep, cache: YearCacheDep) -> Response:
    """Show the charts: live, too."""
    charts = cache.read(_read_charts)
    open_questions = charts["open_questions"]
    if open_questions:  # the line reaches until now
        open_questions = [*open_questions, trends.OpenConflicts(services.now(), open_questions[-1].open)]
    context = {**charts, "open_questions": open_questions}
    return render(request, "dashboard_charts.html", version=data_version(cache, services.now()), **context)


def _now(services: Services, cache: YearCache, runs: Sequence[Run] = ()) -> dict[str, Any]:
    moment = services.now()
    return {
        "now": moment,
        "version": data_version(cache, moment),
        "state": read_loop(cache, now=moment, runs=find_runs_in_progress(runs)),
        "figures": cache.read(read_figures),
        "errors": cache.read(pending_counts.count_open_errors),
        "fresh": measure_freshness(cache.read(read_freshness_record), now=moment),
        "failed": cache.read(sync_history.read_failed_run),
        "link": services.dagster.link,
        "dagster_is_starting": services.dagster.is_starting,
        "error_titles": ERROR_TITLES,
        "contacts_link": services.settings.givebutter_contacts_link,
    }


def _last_runs(cache: YearCache, recent: Sequence[Run] | None) -> dict[str, Any]:
    """Return the columns and the newest rows of the list of runs, and their results."""
    rows = run_list.add_recent_runs(cache.conn, cache.read(_read_logged_runs), recent or ())[:_RUNS_SHOWN]
    return {
        "run_columns": RUNS.on_page,
        "last_runs": rows,
        "results": cache.read(run_list.read_results, *(row["run_id"] for row in rows)),
    }


def _read_logged_runs(conn: sa.Connection, year: int) -> list[dict[str, Any]]:
    """Return the last runs of the log."""
    listed = sync_history.listing(sync_history.SyncFilter(year=year))
    return read_rows(conn, listed, order=Order(), limit=_RUNS_SHOWN, offset=0)


def _read_charts(conn: sa.Connection, year: int) -> dict[str, Any]:
    weeks = read_all(conn, list_funds(configuration.read_config(conn, year), ReportFilter()))
    return {
        "counted": trends.read_sync_counts(conn, year),
        "open_questions": list(trends.read_open_conflicts(conn, year)),
        "weekly_signups": [
            {"at": _start_of_day(signups.week), "mentors": signups.mentors}
            for signups in trends.read_weekly_signups(conn, year)
        ],
        "weekly_funds": [
            {"at": _start_of_day(row["week"]), "raised": row["raised_in_week"]} for row in reversed(weeks)
        ],
    }


def _start_of_day(day: date) -> datetime:
    return datetime.combine(day, time(), TEAM_ZONE)
