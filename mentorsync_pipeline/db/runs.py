"""The asset runs of one Dagster run, out of `sync_log`; and that two people do not start the same at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import sync_log

# The first key of the locks of those who start runs; the second is the campaign year, or 0 for what serves all years.
_START_CLASS = 0x4D54


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRun:
    """One asset of a run. `error` is a code and what to do, without personal data."""

    asset: str
    status: str
    rows_out: int | None
    rows_added: int | None
    rows_changed: int | None
    rows_removed: int | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None


def assets_of(conn: sa.Connection, run_id: str) -> Sequence[AssetRun]:
    """What the run has done so far, in order; an asset that was tried again is there once, as it stands."""
    log = sync_log
    columns = [log.c[name] for name in AssetRun.__dataclass_fields__]
    rows = conn.execute(sa.select(*columns).where(log.c.run_id == run_id).order_by(log.c.id)).mappings()
    newest = {row["asset"]: AssetRun(**row) for row in rows}
    return list(newest.values())


def hold_start(conn: sa.Connection, year: int | None) -> None:
    """Let nobody else start something for the year until this transaction ends."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_START_CLASS, year or 0)))
