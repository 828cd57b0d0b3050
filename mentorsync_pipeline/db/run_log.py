"""Read asset runs from `sync_log`, and lock the start of runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import sync_log

# First key of the advisory locks for run starts; the second is the campaign year, or 0 for all years.
_START_CLASS = 0x4D54


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRunRecord:
    """An asset of a run. `error` is a code and the next step, without personal data."""

    asset: str
    status: str
    rows_out: int | None
    rows_added: int | None
    rows_changed: int | None
    rows_removed: int | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None


def read_asset_runs(conn: sa.Connection, run_id: str) -> Sequence[AssetRunRecord]:
    """Return the assets that the run has started, in order; only the latest attempt of each."""
    log = sync_log
    columns = [log.c[name] for name in AssetRunRecord.__dataclass_fields__]
    rows = conn.execute(sa.select(*columns).where(log.c.run_id == run_id).order_by(log.c.id)).mappings()
    newest = {row["asset"]: AssetRunRecord(**row) for row in rows}
    return list(newest.values())


def read_last_log_id(conn: sa.Connection, year: int, assets: Sequence[str]) -> int:
    """Return the id of the newest successful `sync_log` row of these assets of a year; 0 when there is none."""
    log = sync_log
    query = sa.select(sa.func.max(log.c.id)).where(
        log.c.campaign_year == year, log.c.asset.in_(assets), log.c.status == "success"
    )
    return conn.execute(query).scalar_one() or 0


def lock_run_start(conn: sa.Connection, year: int | None) -> None:
    """Lock the start of runs of a year until the transaction ends."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_START_CLASS, year or 0)))
