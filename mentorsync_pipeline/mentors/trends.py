"""Read time series for the dashboard: counts of each sync and open conflicts.

Only values recorded at the time are used. `mentors.metrics` has the present figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.tables import sync_conflicts, sync_decisions, sync_log

# Length of the charted time and its step: at most one point per step, one a week for longer times.
_STEPS = ((timedelta(hours=6), "minute"), (timedelta(days=4), "hour"), (timedelta(days=150), "day"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncCounts:
    """Counts of one sync; `raised` in dollars, None for syncs that did not record it."""

    at: datetime
    mentors: int
    complete: int
    blocked: int
    dropped: int
    raised: Decimal | None


@dataclass(frozen=True, slots=True)
class OpenConflicts:
    """Number of open conflicts at the end of a step."""

    at: datetime
    open: int


def read_sync_counts(conn: sa.Connection, year: int) -> Sequence[SyncCounts]:
    """Read the counts of the year's syncs, oldest first: the last sync of each step."""
    c = sync_log.c
    is_successful = (c.campaign_year == year, c.asset == "mentors", c.status == "success")
    span = conn.execute(sa.select(sa.func.min(c.finished_at), sa.func.max(c.finished_at)).where(*is_successful)).one()
    step = sa.func.date_trunc(_choose_step(*span), c.finished_at)
    rows = conn.execute(
        sa.select(c.finished_at, c.rows_out, c.details)
        .ext(pg.distinct_on(step))
        .where(*is_successful)
        .order_by(step, c.id.desc())
    )
    return [
        SyncCounts(
            at=row.finished_at,
            mentors=row.rows_out,
            complete=row.details.get("status complete", 0),
            blocked=row.details.get("blocked", 0),
            dropped=row.details.get("dropped", 0),
            raised=Decimal(row.details["raised"]) if "raised" in row.details else None,
        )
        for row in rows
    ]


def read_open_conflicts(conn: sa.Connection, year: int) -> Sequence[OpenConflicts]:
    """Read the number of open conflicts of a year, oldest first: one point per step with a change.

    A conflict is open from its creation until it was decided or closed. For a decision that replaced an undone one,
    the time of the present decision is used.
    """
    c, decision = sync_conflicts.c, sync_decisions.c
    ended_at = sa.func.least(c.closed_at, decision.decided_at)
    conflicts_with_decisions = sa.outerjoin(sync_conflicts, sync_decisions, decision.id == c.decision_id)
    of_year = c.campaign_year == year
    events = sa.union_all(
        sa.select(c.created_at.label("at"), sa.literal(1).label("by")).where(of_year),
        sa.select(ended_at, sa.literal(-1)).select_from(conflicts_with_decisions).where(of_year, ended_at.is_not(None)),
    ).subquery()
    span = conn.execute(sa.select(sa.func.min(events.c.at), sa.func.max(events.c.at))).one()
    step = sa.func.date_trunc(_choose_step(*span), events.c.at)
    spans = (
        sa.select(sa.func.max(events.c.at).label("at"), sa.func.sum(events.c.by).label("by")).group_by(step).subquery()
    )
    open_count = sa.cast(sa.func.sum(spans.c.by).over(order_by=spans.c.at), sa.Integer)
    return [OpenConflicts(*row) for row in conn.execute(sa.select(spans.c.at, open_count).order_by(spans.c.at))]


def _choose_step(first: datetime | None, last: datetime | None) -> str:
    span = timedelta() if first is None or last is None else last - first
    return next((step for limit, step in _STEPS if span <= limit), "week")
