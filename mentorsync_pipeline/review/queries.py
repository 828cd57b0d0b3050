"""Read decisions."""

import sqlalchemy as sa

from mentorsync_pipeline.db.records import record, to_dicts
from mentorsync_pipeline.db.tables import (
    sync_decisions,
)
from mentorsync_pipeline.domain.records import (
    StandingDecision,
)


def standing_decisions(conn: sa.Connection, year: int) -> dict[tuple[str, str, str], StandingDecision]:
    """The decisions of the year that nobody has undone, by (mn_id, conflict type, subject)."""
    table = sync_decisions
    rows = to_dicts(conn.execute(sa.select(table).where(table.c.campaign_year == year, table.c.undone_at.is_(None))))
    return {(row["mn_id"], row["conflict_type"], row["subject"]): record(StandingDecision, row) for row in rows}
