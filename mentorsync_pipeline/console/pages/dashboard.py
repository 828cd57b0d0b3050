"""The overview page of a year: state, open work, age of the data and progress."""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError, Run
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.services import DbConn, Services, ServicesDep
from mentorsync_pipeline.console.years import Year
from mentorsync_pipeline.db import sync_history
from mentorsync_pipeline.db.paging import Order, read_page
from mentorsync_pipeline.import_file.freshness import read_freshness
from mentorsync_pipeline.mentors import trends
from mentorsync_pipeline.mentors.metrics import figures
from mentorsync_pipeline.review import pending_counts

router = APIRouter()
_RUNS_SHOWN = 6
_OFTEN, _SELDOM = 5, 30


@router.get("/{year}")
def dashboard(request: Request, year: Year, services: ServicesDep, conn: DbConn) -> Response:
    """The page. Dagster is asked afterwards, by the part that is live: the page does not wait for it."""
    shown: dict[str, Any] = {"asked": False, "runs": None, "logged": _logged(conn, year), "seconds": _SELDOM}
    shown |= _now(services, conn, year) | _charts(conn, year)
    return render(request, "dashboard.html", **shown)


@router.get("/{year}/now")
def now(request: Request, year: Year, services: ServicesDep, conn: DbConn) -> Response:
    """The live part: every few seconds while a run goes, and now and then otherwise."""
    runs = _runs(services, year)
    goes = runs is not None and any(not run.is_over for run in runs)
    logged = _logged(conn, year) if runs is None else []
    shown: dict[str, Any] = {"asked": True, "runs": runs, "logged": logged, "seconds": _OFTEN if goes else _SELDOM}
    return render(request, "dashboard_now.html", **shown, **_now(services, conn, year))


@router.get("/{year}/now/charts")
def charts(request: Request, year: Year, conn: DbConn) -> Response:
    """The charts as they are now."""
    return render(request, "dashboard_charts.html", **_charts(conn, year))


def _now(services: Services, conn: sa.Connection, year: int) -> dict[str, Any]:
    config = configuration.read_config(conn, year)
    moment = services.now()
    return {
        "now": moment,
        "figures": figures(conn, config),
        "questions": pending_counts.count_conflicts_by_severity(conn, year, now=moment),
        "approvals": pending_counts.count_contacts_to_approve(conn, year),
        "errors": pending_counts.count_open_errors(conn, year),
        "warnings": pending_counts.count_open_warnings(conn, year),
        "fresh": read_freshness(conn, config, now=moment),
        "link": services.dagster.link,
        "long_days": pending_counts.LONG_AGE.days,
    }


def _logged(conn: sa.Connection, year: int) -> list[dict[str, Any]]:
    """The last runs as our own log tells them."""
    listed = sync_history.listing(sync_history.SyncFilter(year=year))
    return read_page(conn, listed, order=Order(), limit=_RUNS_SHOWN, offset=0).rows


def _charts(conn: sa.Connection, year: int) -> dict[str, Any]:
    return {"counted": trends.counted(conn, year), "open_questions": trends.open_questions(conn, year)}


def _runs(services: Services, year: int) -> list[Run] | None:
    """The last runs as Dagster tells them; None when it does not answer."""
    try:
        return services.dagster.runs(year=year, limit=_RUNS_SHOWN)
    except DagsterUnavailableError:
        return None
