"""One asset run in the database: its `sync_log` row, its lock and its single transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.tables import sync_log
from mentorsync_pipeline.domain.errors import MentorSyncError, without_private_text

# The first key of our two-key advisory locks; the second is the campaign year, or 0 for what serves all years.
LOCK_CLASS = 0x4D53


@dataclass(slots=True)
class Stage:
    """An asset run under way: write through `conn`, mark rows with `log_id`, then say what was read and written."""

    conn: sa.Connection
    log_id: int
    started_at: datetime
    rows_in: int = 0
    diff: Diff = field(default_factory=Diff)
    details: dict[str, Any] = field(default_factory=dict)
    stopped_by: MentorSyncError | None = None

    def stop(self, error: MentorSyncError) -> None:
        """Let the run fail with this error at its end, and keep what was written and counted until then."""
        self.stopped_by = error

    def report(self, *, rows_in: int, diff: Diff, **details: Any) -> None:
        """Say what the log shall hold: rows read, what was written, and further counts (never personal data)."""
        self.rows_in, self.diff = rows_in, diff
        self.details.update(details)


@contextmanager
def stage(
    engine: sa.Engine, *, asset: str, run_id: str, now: Callable[[], datetime], year: int | None = None
) -> Iterator[Stage]:
    """Run one asset for one campaign year (None: for all) in one transaction, and log how it ended.

    Runs of the same year wait for each other, whoever started them. A run that fails, or is killed, leaves its tables
    as they were; its `sync_log` row says `failed` (a killed one's is marked so by the next run). One that stops early
    (`Stage.stop`) fails as well, and keeps what it wrote. An error leaves it without private text
    (`errors.without_private_text`).
    """
    started_at = now()
    with engine.begin() as conn:
        log_id = conn.execute(
            sa.insert(sync_log)
            .values(asset=asset, run_id=run_id, campaign_year=year, status="running", started_at=started_at)
            .returning(sync_log.c.id)
        ).scalar_one()
    try:
        with engine.begin() as conn:
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_CLASS, year or 0)))
            _close_interrupted(conn, asset, year, log_id, started_at)
            current = Stage(conn, log_id, started_at)
            yield current
            stopped_by = current.stopped_by
            conn.execute(
                sa.update(sync_log)
                .where(sync_log.c.id == log_id)
                .values(
                    status="failed" if stopped_by else "success",
                    error=str(stopped_by) if stopped_by else None,
                    rows_in=current.rows_in,
                    rows_out=current.diff.rows,
                    rows_added=current.diff.added,
                    rows_changed=current.diff.changed,
                    rows_removed=current.diff.removed,
                    details=current.details,
                    finished_at=now(),
                )
            )
    except BaseException as error:  # noqa: BLE001  # logged and raised again, whatever it is
        told = without_private_text(error)
        with engine.begin() as conn:
            conn.execute(
                sa.update(sync_log)
                .where(sync_log.c.id == log_id)
                .values(status="failed", error=_in_words(told), finished_at=now())
            )
        raise told from None
    if stopped_by is not None:
        raise stopped_by


def _in_words(error: BaseException) -> str:
    if not isinstance(error, Exception):  # Ctrl-C, a termination
        return "stopped before it finished"
    return str(error) or type(error).__name__


def _close_interrupted(conn: sa.Connection, asset: str, year: int | None, log_id: int, moment: datetime) -> None:
    """Mark runs that were killed: we hold the lock, so an older run of this asset that says `running` is dead."""
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
