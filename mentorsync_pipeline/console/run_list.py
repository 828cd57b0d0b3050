"""The list of a year's runs: those of the log, and those that Dagster has queued or ended before their first step."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError, Run
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.console.run_result_text import ResultPart, list_brief_parts
from mentorsync_pipeline.db import sync_history
from mentorsync_pipeline.loop.run_results import RunResult, read_run_results

_RECENT = 25
_LAST = datetime.max.replace(tzinfo=UTC)


def read_recent_runs(services: Services, year: int) -> list[Run] | None:
    """Return the last runs of the year and of all years from Dagster, newest first; None if it is unavailable."""
    try:
        runs = services.dagster.runs(limit=_RECENT)
    except DagsterUnavailableError:
        return None
    return [run for run in runs if run.year in (year, None) and run.job in labels.JOB]


def add_recent_runs(
    conn: sa.Connection, logged: Sequence[Mapping[str, Any]], recent: Sequence[Run]
) -> list[dict[str, Any]]:
    """Add recent runs to the newest rows of the log (`db.sync_history.listing`), and Dagster's states and jobs."""
    if not recent:
        return [dict(row) for row in logged]
    unfinished = {run.run_id: run.state for run in recent if not run.is_over}
    jobs = {run.run_id: run.job for run in recent}
    rows = [
        {
            **row,
            "job": row["job"] or jobs.get(row["run_id"]),
            "status": unfinished.get(row["run_id"], row["status"]),
        }
        for row in logged
    ]
    in_log = sync_history.find_logged_runs(conn, [run.run_id for run in recent])
    oldest = rows[-1]["started_at"] if rows else None
    for run in recent:
        at = _order(run)
        if run.run_id not in in_log and (oldest is None or at >= oldest):
            rows.append(_to_row(run))
    return sorted(rows, key=_row_order, reverse=True)


def read_results(conn: sa.Connection, _: int, *run_ids: str) -> dict[str, list[ResultPart]]:
    """Return the results of runs by their ids."""
    results = read_run_results(conn, run_ids)
    return {run_id: list_brief_parts(results.get(run_id), run_id) for run_id in run_ids}


def add_results(conn: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add the fields of `RunResult` to rows of the log; None for a run of which no step has ended."""
    results = read_run_results(conn, [row["run_id"] for row in rows])
    names = [field.name for field in fields(RunResult)]
    return [{**row, **{name: getattr(results.get(row["run_id"]), name, None) for name in names}} for row in rows]


def _order(run: Run) -> datetime:
    return run.started_at or run.ended_at or _LAST


def _row_order(row: Mapping[str, Any]) -> datetime:
    at: datetime = row["started_at"] or row["finished_at"] or _LAST
    return at


def _to_row(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "job": run.job,
        "campaign_year": run.year,
        "status": run.state,
        "started_at": run.started_at,
        "finished_at": run.ended_at,
        "steps": [],
        "failed_steps": [],
        "changes": 0,
        "since": None,
        "upto": None,
    }
