"""Queries of the ledger: past actions, restorable entries, failed restores, confirmation by contact data."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.archiving.ledger import LedgerEntry
from mentorsync_pipeline.archiving.rules.plan_records import PastAction
from mentorsync_pipeline.db.load_order import read_last_load
from mentorsync_pipeline.db.row_records import record
from mentorsync_pipeline.db.tables import archived_duplicates, mn_changes, raw_gb_full_contacts, sync_errors
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.findings import ErrorFinding

_TABLE = archived_duplicates
IS_ARCHIVED = sa.and_(_TABLE.c.action == "archive", _TABLE.c.archived_at.is_not(None))
"""Contacts that were archived, also if they were restored later."""
IS_RELEASED = sa.and_(_TABLE.c.action == "release", _TABLE.c.cleared_at.is_not(None))
"""Contacts from which only the External ID was removed, also if it was put back later."""
_ACTION_BY_STATUS: dict[str, Literal["archiving", "archived", "restored", "cleared"]] = {
    "archiving": "archiving",
    "archived": "archived",
    "cleared": "cleared",
    "restored": "restored",
    "restoring": "restored",
}


def read_past_actions(conn: sa.Connection) -> dict[int, PastAction]:
    """Read, by contact id, the last archive, release or restore of each contact in any year.

    An open or failed entry with `last_run_id` is that of a begun archive, of which the answer is not known.
    """
    c, load = _TABLE.c, read_last_load(conn)
    moment = sa.func.coalesce(c.restored_at, c.archived_at, c.cleared_at, c.planned_at)
    is_loaded = sa.false() if load is None else load.is_after(moment, c.last_run_id)
    rows = conn.execute(
        sa.select(c.contact_id, c.status, moment.label("at"), is_loaded.label("is_loaded"), c.last_approval_id)
        .where(sa.or_(c.status.in_(_ACTION_BY_STATUS), c.last_run_id.is_not(None)))
        .order_by(c.id)
    )
    return {
        row.contact_id: PastAction(
            status=_ACTION_BY_STATUS.get(row.status, "archiving"),
            at=row.at,
            is_loaded=row.is_loaded,
            last_approval_id=row.last_approval_id or 0,
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunArchiving:
    """Numbers of contacts that a run archived and restored, and of the External IDs that it removed and put back."""

    archived: int = 0
    external_ids_removed: int = 0
    restored: int = 0
    external_ids_restored: int = 0


NO_ARCHIVING = RunArchiving()


def count_by_run(conn: sa.Connection, run_ids: Collection[str]) -> dict[str, RunArchiving]:
    """Count what each of these runs archived and restored. Runs that did neither are left out."""
    c, number = _TABLE.c, sa.func.count()
    done = sa.select(c.run_id, number.filter(IS_ARCHIVED), number.filter(IS_RELEASED)).where(
        c.run_id.in_(run_ids), sa.or_(IS_ARCHIVED, IS_RELEASED)
    )
    is_archive = c.action == "archive"
    undone = sa.select(c.restore_run_id, number.filter(is_archive), number.filter(~is_archive)).where(
        c.restore_run_id.in_(run_ids), c.restored_at.is_not(None)
    )
    counts = {
        run_id: RunArchiving(archived=archived, external_ids_removed=removed)
        for run_id, archived, removed in conn.execute(done.group_by(c.run_id))
    }
    for run_id, restored, ids_restored in conn.execute(undone.group_by(c.restore_run_id)):
        counts[run_id] = replace(
            counts.get(run_id, NO_ARCHIVING), restored=restored, external_ids_restored=ids_restored
        )
    return counts


def find_restorable_entries(
    conn: sa.Connection,
    year: int,
    *,
    contact_id: int | None = None,
    mn_id: str | None = None,
    run_id: str | None = None,
) -> list[LedgerEntry]:
    """Find the entries of a contact, a mentor or a run that can be undone, newest first.

    Includes interrupted restores, and contacts whose External ID was cleared and whose archive then failed. For a
    mentor or a run, contacts that others had archived before are left out.
    """
    is_half_done = sa.and_(_TABLE.c.status == "failed", _TABLE.c.cleared_external_id.is_not(None))
    undoable = sa.or_(_TABLE.c.status.in_(["archived", "cleared", "restoring"]), is_half_done)
    where = [_TABLE.c.campaign_year == year, undoable]
    if contact_id is not None:
        where.append(_TABLE.c.contact_id == contact_id)
    else:
        where.append(sa.or_(_TABLE.c.outcome == "done", is_half_done))
        where.append(_TABLE.c.mn_id == mn_id if mn_id is not None else _TABLE.c.run_id == run_id)
    rows = conn.execute(sa.select(_TABLE).where(*where).order_by(_TABLE.c.id.desc())).mappings()
    return [record(LedgerEntry, row) for row in rows]


def find_restore_errors(conn: sa.Connection, year: int, *, source_table: str) -> list[ErrorFinding]:
    """Return an error for each contact of the year whose restore failed."""
    rows = conn.execute(
        sa.select(_TABLE).where(
            _TABLE.c.campaign_year == year, _TABLE.c.status == "restoring", _TABLE.c.error.is_not(None)
        )
    )
    return [
        build_error(
            "RESTORE_FAILED",
            subject=str(row.contact_id),
            message=row.error,
            source_table=source_table,
            mn_id=row.mn_id,
        )
        for row in rows
    ]


def find_interrupted_contacts(conn: sa.Connection, year: int, *, source_table: str) -> frozenset[int]:
    """Find the contacts at which an apply was interrupted, if an error of the apply is being retried.

    Returns an empty set unless a person or a sensor has requested a retry (`review.error_list.count_retry`).
    """
    errors = sync_errors
    is_retried = sa.exists().where(
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
            is_retried,
        )
    )
    return frozenset(rows.scalars())


def confirm_archives(conn: sa.Connection, year: int, as_of: datetime) -> int:
    """Mark the archives and restores in `mn_changes` that contact data of `as_of` confirms; return their number."""
    changes, contacts = mn_changes, raw_gb_full_contacts
    archived = changes.c.change_type == "duplicates_archived"
    restored = changes.c.change_type == "duplicates_restored"
    value = sa.case((archived, changes.c.new_value), else_=changes.c.old_value)
    is_active = sa.exists().where(
        contacts.c.contact_id == value.op("->>")("contact_id").cast(sa.BigInteger), contacts.c.archived_at.is_(None)
    )
    confirmed = conn.execute(
        sa.update(changes)
        .where(
            changes.c.campaign_year == year,
            changes.c.synced_to_gb.is_(None),
            changes.c.detected_at < as_of,
            sa.or_(sa.and_(archived, ~is_active), sa.and_(restored, is_active)),
        )
        .values(synced_to_gb=as_of)
    )
    return confirmed.rowcount
