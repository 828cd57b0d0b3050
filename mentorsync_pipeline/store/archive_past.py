"""What the ledger of archives tells afterwards: a contact's past, what can be undone, what contact data has confirmed.

Writing the ledger does not belong here; see `store.archive_ledger`.
"""

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.rules.archive_plan import Past
from mentorsync_pipeline.store import reading
from mentorsync_pipeline.store.archive_ledger import Entry
from mentorsync_pipeline.tables import archived_duplicates, mn_changes, raw_gb_full_contacts

_TABLE = archived_duplicates
_PAST: dict[str, Literal["archived", "restored", "cleared"]] = {
    "archived": "archived",
    "cleared": "cleared",
    "restored": "restored",
    "restoring": "restored",
}


def past(conn: sa.Connection) -> dict[int, Past]:
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
    restore that was interrupted is among them.
    """
    where = [_TABLE.c.campaign_year == year, _TABLE.c.status.in_(["archived", "cleared", "restoring"])]
    if contact_id is not None:
        where.append(_TABLE.c.contact_id == contact_id)
    else:
        where.append(_TABLE.c.outcome == "done")
        where.append(_TABLE.c.mn_id == mn_id if mn_id is not None else _TABLE.c.run_id == run_id)
    rows = conn.execute(sa.select(_TABLE).where(*where).order_by(_TABLE.c.id.desc())).mappings()
    return [reading.record(Entry, row) for row in rows]


def confirm_archives(conn: sa.Connection, year: int, as_of: datetime) -> int:
    """Mark the archives and restores in the mentors' history that contact data of `as_of` shows; returns how many."""
    changes, contacts = mn_changes, raw_gb_full_contacts
    value = sa.func.coalesce(changes.c.new_value, changes.c.old_value)
    alive = sa.exists().where(
        contacts.c.contact_id == value["contact_id"].as_integer(), contacts.c.archived_at.is_(None)
    )
    archived = changes.c.change_type == "duplicates_archived"
    restored = changes.c.change_type == "duplicates_restored"
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
