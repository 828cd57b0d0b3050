"""History of archived contacts: their last state, what can be restored, what contact data confirms."""

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.archiving.ledger import Entry
from mentorsync_pipeline.archiving.rules.records import Past
from mentorsync_pipeline.db.records import record
from mentorsync_pipeline.db.tables import archived_duplicates, mn_changes, raw_gb_full_contacts, sync_errors
from mentorsync_pipeline.domain.error_codes import finding
from mentorsync_pipeline.domain.findings import ErrorFinding

_TABLE = archived_duplicates
_PAST: dict[str, Literal["archived", "restored", "cleared"]] = {
    "archived": "archived",
    "cleared": "cleared",
    "restored": "restored",
    "restoring": "restored",
}


def archive_history(conn: sa.Connection) -> dict[int, Past]:
    """What the ledger says last about each contact that was archived, released or restored, in whichever year."""
    moment = sa.func.coalesce(_TABLE.c.restored_at, _TABLE.c.archived_at, _TABLE.c.cleared_at)
    rows = conn.execute(
        sa.select(_TABLE.c.contact_id, _TABLE.c.status, moment.label("at"))
        .where(_TABLE.c.status.in_(_PAST))
        .order_by(_TABLE.c.id)
    )
    return {row.contact_id: Past(status=_PAST[row.status], at=row.at) for row in rows}


def to_restore(
    conn: sa.Connection,
    year: int,
    *,
    contact_id: int | None = None,
    mn_id: str | None = None,
    run_id: str | None = None,
) -> list[Entry]:
    """The entries of a contact, of a mentor or of a run that can be undone, the latest first.

    A mentor's or a run's are those that we archived or released; what others had archived before stays as it is. A
    restore that was interrupted is among them, and a contact that lost its External ID and could not be archived then.
    """
    half_done = sa.and_(_TABLE.c.status == "failed", _TABLE.c.cleared_external_id.is_not(None))
    undoable = sa.or_(_TABLE.c.status.in_(["archived", "cleared", "restoring"]), half_done)
    where = [_TABLE.c.campaign_year == year, undoable]
    if contact_id is not None:
        where.append(_TABLE.c.contact_id == contact_id)
    else:
        where.append(sa.or_(_TABLE.c.outcome == "done", half_done))
        where.append(_TABLE.c.mn_id == mn_id if mn_id is not None else _TABLE.c.run_id == run_id)
    rows = conn.execute(sa.select(_TABLE).where(*where).order_by(_TABLE.c.id.desc())).mappings()
    return [record(Entry, row) for row in rows]


def not_restored(conn: sa.Connection, year: int, *, source_table: str) -> list[ErrorFinding]:
    """One error for each contact of the year that a person wanted back and that did not come."""
    rows = conn.execute(
        sa.select(_TABLE).where(
            _TABLE.c.campaign_year == year, _TABLE.c.status == "restoring", _TABLE.c.error.is_not(None)
        )
    )
    return [
        finding(
            "RESTORE_FAILED",
            subject=str(row.contact_id),
            message=row.error,
            source_table=source_table,
            mn_id=row.mn_id,
        )
        for row in rows
    ]


def begun_and_retried(conn: sa.Connection, year: int, *, source_table: str) -> frozenset[int]:
    """The contacts that an apply had begun with and not finished, once one of its errors is being tried again.

    Empty as long as nobody, and no sensor, has asked for another try (`review.errors.begin_retry`).
    """
    errors = sync_errors
    asked = sa.exists().where(
        errors.c.campaign_year == year,
        errors.c.source_table == source_table,
        errors.c.retry_count > 0,
        errors.c.can_retry,
        ~errors.c.resolved,
    )
    rows = conn.execute(
        sa.select(_TABLE.c.contact_id).where(
            _TABLE.c.campaign_year == year,
            _TABLE.c.purpose == "duplicates",
            _TABLE.c.status.in_(["failed", "clearing", "archiving"]),
            asked,
        )
    )
    return frozenset(rows.scalars())


def confirm_archives(conn: sa.Connection, year: int, as_of: datetime) -> int:
    """Mark the archives and restores in the mentors' history that contact data of `as_of` shows; returns how many."""
    changes, contacts = mn_changes, raw_gb_full_contacts
    archived = changes.c.change_type == "duplicates_archived"
    restored = changes.c.change_type == "duplicates_restored"
    value = sa.case((archived, changes.c.new_value), else_=changes.c.old_value)
    alive = sa.exists().where(
        contacts.c.contact_id == value.op("->>")("contact_id").cast(sa.BigInteger), contacts.c.archived_at.is_(None)
    )
    confirmed = conn.execute(
        sa.update(changes)
        .where(
            changes.c.campaign_year == year,
            changes.c.synced_to_gb.is_(None),
            changes.c.detected_at < as_of,
            sa.or_(sa.and_(archived, ~alive), sa.and_(restored, alive)),
        )
        .values(synced_to_gb=as_of)
    )
    return confirmed.rowcount
