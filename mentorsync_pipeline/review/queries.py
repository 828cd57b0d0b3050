"""Queries of decisions."""

import sqlalchemy as sa

from mentorsync_pipeline.db.row_records import read_dicts, record
from mentorsync_pipeline.db.tables import sync_decisions
from mentorsync_pipeline.domain.records import DecisionInForce


def read_decisions_in_force(conn: sa.Connection, year: int) -> list[DecisionInForce]:
    """Read the year's decisions in force. `domain.decision_owners` finds their mentors."""
    table = sync_decisions
    rows = read_dicts(conn, sa.select(table).where(table.c.campaign_year == year, table.c.undone_at.is_(None)))
    return [record(DecisionInForce, row) for row in rows]
