"""Questions, answers and the archive ledger follow a corrected MN id (rulebook section 2)."""

from collections.abc import Mapping

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import archived_duplicates, sync_conflicts, sync_decisions

# Not in the form of any MN id, so that two mentors may exchange theirs.
_UNDER_WAY = "moved from "
_QUESTION = ("conflict_type", "subject")


def follow_corrected_ids(conn: sa.Connection, year: int, corrected: Mapping[str, str]) -> None:
    """Move what is kept under the old MN ids to the new ones; `corrected` maps old to new.

    Where the new id has an open question or a standing answer on the same subject already, the old one stays as it is.
    """
    if not corrected:
        return
    for table in (sync_conflicts, sync_decisions, archived_duplicates):
        c = table.c
        conn.execute(
            sa.update(table)
            .where(c.campaign_year == year, c.mn_id.in_(list(corrected)))
            .values(mn_id=sa.literal(_UNDER_WAY) + c.mn_id)
        )
        for old, new in corrected.items():
            moving = sa.and_(c.campaign_year == year, c.mn_id == _UNDER_WAY + old)
            conn.execute(sa.update(table).where(moving, *_free(table, new)).values(mn_id=new))
            conn.execute(sa.update(table).where(moving).values(mn_id=old))


def _free(table: sa.Table, mn_id: str) -> list[sa.ColumnElement[bool]]:
    """That no other open question, or standing answer, of the mentor has the same type and subject."""
    if table is archived_duplicates:
        return []
    other = table.alias()
    counts = other.c.status != "obsolete" if table is sync_conflicts else other.c.undone_at.is_(None)
    same = (other.c[name] == table.c[name] for name in ("campaign_year", *_QUESTION))
    return [~sa.exists().where(*same, other.c.mn_id == mn_id, counts)]
