"""Read the status of an uploaded file by its SHA-256: loaded, quarantined, or followed by runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.campaigns.configuration import read_active_years
from mentorsync_pipeline.db.step_inputs import has_load
from mentorsync_pipeline.db.tables import gb_contact_loads, sync_errors, sync_log
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.uploads.queries import CONTACTS, DROPPED

# The last step after an upload; its rows are made from those of the others.
_LAST_STEP = "gb_import_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFile:
    """A loaded file. `load_id` is None for rejected rows."""

    run_id: str
    rows: int
    finished_at: datetime
    load_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedFile:
    """Why a file was moved to the folder quarantine."""

    code: str
    message: str
    what_to_do: str


def read_last_log_id(conn: sa.Connection) -> int:
    """Return the id of the last entry of `sync_log`; 0 without one."""
    return conn.execute(sa.select(sa.func.max(sync_log.c.id))).scalar_one() or 0


def find_loaded_file(conn: sa.Connection, sha256: str, *, after_log_id: int) -> LoadedFile | None:
    """Find the last load of a file with this content, as contacts or as rejected rows.

    Args:
        after_log_id: `sync_log` id of the last entry before the file was uploaded. No times are compared, because the
            clocks of the console and of a run may differ.

    """
    load, log = gb_contact_loads, sync_log
    contacts = (
        sa.select(load.c.run_id, load.c.row_count.label("rows"), log.c.finished_at, load.c.id.label("load_id"))
        .join(log, sa.and_(log.c.run_id == load.c.run_id, log.c.asset == CONTACTS, log.c.status == "success"))
        .where(load.c.sha256 == sha256, log.c.id > after_log_id)
    )
    rejected = sa.select(
        log.c.run_id, log.c.rows_in.label("rows"), log.c.finished_at, sa.literal(None, sa.BigInteger).label("load_id")
    ).where(
        log.c.asset == REJECTED_ROWS,
        log.c.status == "success",
        log.c.details["sha256"].astext == sha256,
        log.c.id > after_log_id,
    )
    newest = sa.union_all(contacts, rejected).order_by(sa.desc("finished_at")).limit(1)
    row = conn.execute(newest).mappings().first()
    return LoadedFile(**row) if row else None


def find_quarantined_file(conn: sa.Connection, sha256: str) -> QuarantinedFile | None:
    """Find the open quarantine error of a file with this content."""
    c = sync_errors.c
    row = conn.execute(
        sa.select(c.error_code, c.message, c.what_to_do)
        .where(c.source_table == DROPPED, c.subject == f"file {sha256[:12]}", ~c.resolved)
        .limit(1)
    ).first()
    return QuarantinedFile(code=row.error_code, message=row.message, what_to_do=row.what_to_do) if row else None


def find_outdated_years(conn: sa.Connection, load_id: int) -> Sequence[int]:
    """Return the active years whose import file was made without a load of contacts."""
    return [year for year in read_active_years(conn)[0] if not has_load(conn, year, (_LAST_STEP,), load_id)]


def read_last_loads(conn: sa.Connection, limit: int) -> Sequence[sa.RowMapping]:
    """Read the last loads of contacts from files and the API, newest first."""
    load = gb_contact_loads
    return conn.execute(sa.select(load).order_by(load.c.id.desc()).limit(limit)).mappings().all()
