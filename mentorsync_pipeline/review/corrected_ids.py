"""Move conflicts, decisions and the archive ledger to the mentors' present MN ids (rulebook section 2)."""

from collections.abc import Mapping

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import archived_duplicates, sync_conflicts, sync_decisions

# Not the form of an MN id, so that two mentors can exchange their ids.
_MOVING_PREFIX = "moved from "
_CONFLICT_KEY = ("conflict_type", "subject", "submission_id")


def follow_corrected_ids(
    conn: sa.Connection, year: int, corrected: Mapping[str, str], *, present: Mapping[str, str]
) -> None:
    """Move records to the mentors' present MN ids.

    Conflicts and decisions follow their sign-up. The ledger, and those of an unknown sign-up, follow the corrected ids.
    A record keeps the old id if the new one already has an open conflict, or an answer in force, on the same subject.

    Args:
        corrected: new MN id by old MN id.
        present: MN id by submission id of the present mentors.

    """
    for table in (sync_conflicts, sync_decisions):
        _follow_signups(conn, table, year, present)
    if not corrected:
        return
    for table in (sync_conflicts, sync_decisions, archived_duplicates):
        c = table.c
        is_unowned = () if table is archived_duplicates else (c.submission_id.is_(None),)
        conn.execute(
            sa.update(table)
            .where(c.campaign_year == year, c.mn_id.in_(list(corrected)), *is_unowned)
            .values(mn_id=sa.literal(_MOVING_PREFIX) + c.mn_id)
        )
        for old, new in corrected.items():
            is_moving = sa.and_(c.campaign_year == year, c.mn_id == _MOVING_PREFIX + old)
            conn.execute(
                sa.update(table).where(is_moving, *_has_no_duplicate(table, sa.literal(new))).values(mn_id=new)
            )
            conn.execute(sa.update(table).where(is_moving).values(mn_id=old))


def _follow_signups(conn: sa.Connection, table: sa.Table, year: int, present: Mapping[str, str]) -> None:
    c = table.c
    owned = conn.execute(
        sa.select(c.id, c.mn_id, c.submission_id).where(c.campaign_year == year, c.submission_id.is_not(None))
    )
    moves = [
        {"row_id": row.id, "present_id": present[row.submission_id]}
        for row in owned
        if present.get(row.submission_id, row.mn_id) != row.mn_id
    ]
    if moves:
        present_id = sa.bindparam("present_id", type_=c.mn_id.type)
        conn.execute(
            sa.update(table)
            .where(c.id == sa.bindparam("row_id"), *_has_no_duplicate(table, present_id))
            .values(mn_id=present_id),
            moves,
        )


def _has_no_duplicate(table: sa.Table, mn_id: sa.ColumnElement[str]) -> list[sa.ColumnElement[bool]]:
    """Return the condition that the mentor has no other open conflict, or answer in force, on the same subject."""
    if table is archived_duplicates:
        return []
    other = table.alias()
    is_open = other.c.status != "obsolete" if table is sync_conflicts else other.c.undone_at.is_(None)
    same_key = (other.c[name].is_not_distinct_from(table.c[name]) for name in ("campaign_year", *_CONFLICT_KEY))
    return [~sa.exists().where(*same_key, other.c.mn_id == mn_id, is_open)]
