"""Determine which answers of people (decisions, approvals, check-ins) are in a year's calculated rows.

The steps of a calculation read answers one after the other, and people answer meanwhile. So rows have an answer only if
it was given before the first step of the calculation that they were made from.
"""

from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.db.filters import calculations
from mentorsync_pipeline.db.tables import (
    contact_candidates,
    deduplicated_signups,
    duplicate_contacts,
    mentors,
    sync_log,
    winner_contacts,
)

# From the first step that reads answers to the mentors. Each step reads the rows of the step before it.
CALCULATION = tuple(
    table.name for table in (deduplicated_signups, contact_candidates, winner_contacts, duplicate_contacts, mentors)
)


def answers_seen_until(year: int, *, before: sa.ColumnElement[int] | None = None) -> sa.Select[datetime]:
    """Select the time from which answers may be missing in the last calculation of a year's mentors.

    It is the start of the calculation's first step, also if its steps are from several runs. No row without a
    calculation.

    Args:
        before: an id of `sync_log`; the last calculation whose `mentors` started before this entry counts.

    """
    log, following = sync_log.c, before
    for asset in reversed(CALCULATION):
        # By id, because the clocks of the machines that run two steps may differ.
        is_success = (log.campaign_year == year, log.asset == asset, log.status == "success")
        query = sa.select(sa.func.max(log.id)).where(*is_success)
        following = (query if following is None else query.where(log.id < following)).correlate(None).scalar_subquery()
    return sa.select(log.started_at).where(log.id == following)


def read_answers_seen_until(conn: sa.Connection, year: int, *readers: str) -> datetime | None:
    """Return the time from which answers may be missing in the last rows of all these steps that read the mentors.

    Without readers: in the mentors themselves. None if one of the steps never ran successfully.
    """
    log = sync_log.c
    last_runs = (
        sa.select(sa.func.max(log.id).label("id"))
        .where(log.campaign_year == year, log.asset.in_(readers), log.status == "success")
        .group_by(log.asset)
        .subquery()
    )
    oldest = sa.select(sa.case((sa.func.count() == len(readers), sa.func.min(last_runs.c.id)))).scalar_subquery()
    moment: datetime | None = conn.execute(answers_seen_until(year, before=oldest if readers else None)).scalar()
    return moment


def read_answers_seen_by_run(conn: sa.Connection, year: int, run_id: str) -> tuple[datetime | None, datetime | None]:
    """Return `read_answers_seen_until` of the mentors of a run, and of those before it; None without mentors."""
    log = sync_log.c
    query = sa.select(sa.func.max(log.id)).where(calculations(year), log.run_id == run_id)
    log_id: int | None = conn.execute(query).scalar_one()
    if log_id is None:
        return None, None
    seen, seen_before = (
        conn.execute(answers_seen_until(year, before=sa.literal(entry))).scalar() for entry in (log_id + 1, log_id)
    )
    return seen, seen_before
