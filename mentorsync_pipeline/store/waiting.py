"""What waits for a person, as counts.

The rows themselves do not belong here; see `store.review` and `store.archive_plan`.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from mentorsync_pipeline.tables import archive_plan, sync_conflicts


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many there are, and the id of the newest."""

    count: int
    newest: int


def blocking_conflicts(conn: sa.Connection, year: int) -> Waiting:
    """The open conflicts of a year that hold mentors, or the file, back."""
    table = sync_conflicts
    row = conn.execute(
        sa.select(sa.func.count(), sa.func.max(table.c.id)).where(
            table.c.campaign_year == year, table.c.blocking, table.c.status == "pending"
        )
    ).one()
    return Waiting(row[0], row[1] or 0)


def needs_approval(conn: sa.Connection, year: int) -> int:
    """How many contacts of a year's plan for duplicates wait for a yes."""
    table = archive_plan
    query = sa.select(sa.func.count()).where(
        table.c.campaign_year == year, table.c.purpose == "duplicates", table.c.plan_state == "needs_approval"
    )
    return int(conn.execute(query).scalar_one())
