"""The list of a year's runs: those of the log, and those that Dagster has queued or ended before their first step."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.ledger_queries import NO_ARCHIVING, RunArchiving, count_by_run
from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError, Run
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.db import sync_history
from mentorsync_pipeline.db.tables import gb_contact_loads, gb_import_files, sync_log

_RECENT = 25
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome(RunArchiving):
    """Outcome of a run beside its changes; what it did not load or write is None, as `file_rows` without a file."""

    contacts_loaded: int | None
    file_rows: int | None
    rejected_rows: int | None


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


def read_outcomes(conn: sa.Connection, _: int, *run_ids: str) -> dict[str, RunOutcome]:
    """Return what each run has archived, restored, loaded and written."""
    archived = count_by_run(conn, run_ids)
    loads, files = (_count_rows(conn, table, run_ids) for table in (gb_contact_loads, gb_import_files))
    log = sync_log.c
    rejections = sa.select(log.run_id, log.rows_in).where(
        log.run_id.in_(run_ids), log.asset == "gb_failed_rows", log.status == "success"
    )
    rejected = {row.run_id: row.rows_in for row in conn.execute(rejections)}
    return {
        run_id: RunOutcome(
            **asdict(archived.get(run_id, NO_ARCHIVING)),
            contacts_loaded=loads.get(run_id),
            file_rows=files.get(run_id),
            rejected_rows=rejected.get(run_id),
        )
        for run_id in run_ids
    }


def add_outcomes(conn: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add the fields of `RunOutcome` to rows of the log."""
    outcomes = read_outcomes(conn, 0, *(row["run_id"] for row in rows))
    return [{**row, **asdict(outcomes[row["run_id"]])} for row in rows]


def _count_rows(conn: sa.Connection, table: sa.Table, run_ids: Sequence[str]) -> dict[str, int]:
    query = sa.select(table.c.run_id, table.c.row_count).where(table.c.run_id.in_(run_ids))
    return {row.run_id: row.row_count for row in conn.execute(query)}


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
