"""Move conflicts, decisions and the archive ledger to a corrected MN id (rulebook section 2)."""

from collections.abc import Mapping

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import archived_duplicates, sync_conflicts, sync_decisions

# Not the form of an MN id, so that two mentors can exchange their ids.
_MOVING_PREFIX = "moved from "
_CONFLICT_KEY = ("conflict_type", "subject")


def follow_corrected_ids(conn: sa.Connection, year: int, corrected: Mapping[str, str]) -> None:
    """Move records from old to new MN ids.

    A record keeps the old id if the new one already has an open conflict, or an answer in force, on the same subject.

    Args:
        corrected: new MN id by old MN id.

    """
    if not corrected:
        return
    for table in (sync_conflicts, sync_decisions, archived_duplicates):
        c = table.c
        conn.execute(
            sa.update(table)
            .where(c.campaign_year == year, c.mn_id.in_(list(corrected)))
            .values(mn_id=sa.literal(_MOVING_PREFIX) + c.mn_id)
        )
        for old, new in corrected.items():
            is_moving = sa.and_(c.campaign_year == year, c.mn_id == _MOVING_PREFIX + old)
            conn.execute(sa.update(table).where(is_moving, *_has_no_duplicate(table, new)).values(mn_id=new))
            conn.execute(sa.update(table).where(is_moving).values(mn_id=old))


def _has_no_duplicate(table: sa.Table, mn_id: str) -> list[sa.ColumnElement[bool]]:
    """Return the condition that the mentor has no other open conflict, or answer in force, on the same subject."""
    if table is archived_duplicates:
        return []
    other = table.alias()
    is_open = other.c.status != "obsolete" if table is sync_conflicts else other.c.undone_at.is_(None)
    same_key = (other.c[name] == table.c[name] for name in ("campaign_year", *_CONFLICT_KEY))
    return [~sa.exists().where(*same_key, other.c.mn_id == mn_id, is_open)]
