"""One asset run in the database: its `sync_log` row, its lock and its single transaction."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.closed_years import keep_open, refuse_closed
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.step_inputs import record_inputs
from mentorsync_pipeline.db.tables import sync_log
from mentorsync_pipeline.domain.errors import MentorSyncError, strip_private_text

# First key of the two-key advisory locks; the second is the campaign year, or 0 for assets of all years.
LOCK_CLASS = 0x4D53
# `sync_log.error` of an asset that a person or a termination stopped.
STOPPED = "stopped before it finished"


@dataclass(slots=True)
class AssetRun:
    """A run of an asset: write through `conn`, mark rows with `log_id`, then call `report`."""

    conn: sa.Connection
    log_id: int
    started_at: datetime
    rows_in: int = 0
    diff: Diff = field(default_factory=Diff)
    details: dict[str, Any] = field(default_factory=dict)
    stopped_by: MentorSyncError | None = None

    def stop(self, error: MentorSyncError) -> None:
        """Fail the run with this error at its end; rows and counts written before are kept."""
        self.stopped_by = error

    def report(self, *, rows_in: int, diff: Diff, **details: Any) -> None:
        """Set the log entry: rows read, rows written, and further counts without personal data."""
        self.rows_in, self.diff = rows_in, diff
        self.details.update(details)


@contextmanager
def run_asset(
    engine: sa.Engine,
    *,
    asset: str,
    run_id: str,
    now: Callable[[], datetime],
    job: str | None = None,
    year: int | None = None,
    open_years: Collection[int] | None = None,
) -> Iterator[AssetRun]:
    """Run an asset for a campaign year (None: all years) in one transaction, and log the result in `sync_log`.

    Runs of the same year wait for each other. If a run fails or is killed, its tables are unchanged and its log row has
    the status `failed` (the next run sets it after a kill). A run that is stopped with `AssetRun.stop` fails, but its
    rows are kept. Errors are raised without private text (`errors.strip_private_text`).

    `job` is the name of the run's job. `open_years` are the years that must be open; by default the year of the run.

    Raises:
        YearClosedError: one of them is closed; nothing is logged.

    """
    started_at = now()
    years = open_years if open_years is not None else () if year is None else (year,)
    with engine.begin() as conn:
        refuse_closed(conn, years)
        # Not to wait for the disk: if the machine fails now, a row of a run that has written nothing may be lost.
        conn.execute(sa.text("SET LOCAL synchronous_commit TO off"))
        log_id = conn.execute(
            sa.insert(sync_log)
            .values(asset=asset, run_id=run_id, job=job, campaign_year=year, status="running", started_at=started_at)
            .returning(sync_log.c.id)
        ).scalar_one()
    try:
        with engine.begin() as conn:
            conn.execute(sa.select(_run_lock(year), *keep_open(years)))
            refuse_closed(conn, years)  # again, because only now nobody can close them
            _close_interrupted(conn, asset, year, log_id, started_at)
            run = AssetRun(conn, log_id, started_at, details=record_inputs(conn, year, asset))
            yield run
            stopped_by = run.stopped_by
            conn.execute(
                sa.update(sync_log)
                .where(sync_log.c.id == log_id)
                .values(
                    status="failed" if stopped_by else "success",
                    error=str(stopped_by) if stopped_by else None,
                    rows_in=run.rows_in,
                    rows_out=run.diff.rows,
                    rows_added=run.diff.added,
                    rows_changed=run.diff.changed,
                    rows_removed=run.diff.removed,
                    details=run.details,
                    finished_at=now(),
                )
            )
    except BaseException as error:  # noqa: BLE001  # logged and raised again
        public_error = strip_private_text(error)
        with engine.begin() as conn:
            conn.execute(
                sa.update(sync_log)
                .where(sync_log.c.id == log_id)
                .values(status="failed", error=_error_text(public_error), finished_at=now())
            )
        raise public_error from None
    if stopped_by is not None:
        raise stopped_by


def lock_asset_runs(conn: sa.Connection, year: int | None) -> None:
    """Wait for the asset runs of a year (None: assets of all years), and block new runs until the transaction ends."""
    conn.execute(sa.select(_run_lock(year)))


def _run_lock(year: int | None) -> sa.Function[None]:
    return sa.func.pg_advisory_xact_lock(LOCK_CLASS, year or 0)


def _error_text(error: BaseException) -> str:
    if not isinstance(error, Exception):  # Ctrl-C, a termination
        return STOPPED
    return str(error) or type(error).__name__


def _close_interrupted(conn: sa.Connection, asset: str, year: int | None, log_id: int, moment: datetime) -> None:
    """Mark killed runs as failed. The lock is held, so an older run with the status `running` was killed."""
    conn.execute(
        sa.update(sync_log)
        .where(
            sync_log.c.asset == asset,
            sync_log.c.campaign_year.is_not_distinct_from(year),
            sync_log.c.status == "running",
            sync_log.c.id < log_id,
        )
        .values(status="failed", error="interrupted before it finished", finished_at=moment)
    )
