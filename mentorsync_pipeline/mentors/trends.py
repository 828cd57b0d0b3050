"""How a year came along: what each sync counted, and how many questions were open, over time.

Only what was recorded at the time is told; nothing is worked out backwards. Figures of now are in `mentors.metrics`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.tables import sync_conflicts, sync_decisions, sync_log

# Points lie no closer than this for a span of time: a chart of a season has one a day, one of years one a week.
_STEPS = ((timedelta(hours=6), "minute"), (timedelta(days=4), "hour"), (timedelta(days=150), "day"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one sync counted; `raised` in dollars, None for a sync from before that was recorded."""

    at: datetime
    mentors: int
    complete: int
    blocked: int
    dropped: int
    raised: Decimal | None


@dataclass(frozen=True, slots=True)
class OpenQuestions:
    """How many conflicts were open at the end of a span of time."""

    at: datetime
    open: int


def counted(conn: sa.Connection, year: int) -> Sequence[Counted]:
    """What the year's syncs counted, oldest first; of those that lie close together the last."""
    c = sync_log.c
    done = (c.campaign_year == year, c.asset == "mentors", c.status == "success")
    span = conn.execute(sa.select(sa.func.min(c.finished_at), sa.func.max(c.finished_at)).where(*done)).one()
    step = sa.func.date_trunc(_step(*span), c.finished_at)
    rows = conn.execute(
        sa.select(c.finished_at, c.rows_out, c.details)
        .ext(pg.distinct_on(step))
        .where(*done)
        .order_by(step, c.id.desc())
    )
    return [
        Counted(
            at=row.finished_at,
            mentors=row.rows_out,
            complete=row.details.get("status complete", 0),
            blocked=row.details.get("blocked", 0),
            dropped=row.details.get("dropped", 0),
            raised=Decimal(row.details["raised"]) if "raised" in row.details else None,
        )
        for row in rows
    ]


def open_questions(conn: sa.Connection, year: int) -> Sequence[OpenQuestions]:
    """How many conflicts of a year were open, oldest first: one point for each span of time in which that changed.

    A conflict is open from when it was first asked until it was answered, or its cause was gone. An answer that was
    taken back counts from when the present one was given.
    """
    c, decision = sync_conflicts.c, sync_decisions.c
    ended = sa.func.least(c.closed_at, decision.decided_at)
    joined = sa.outerjoin(sync_conflicts, sync_decisions, decision.id == c.decision_id)
    of_year = c.campaign_year == year
    events = sa.union_all(
        sa.select(c.created_at.label("at"), sa.literal(1).label("by")).where(of_year),
        sa.select(ended, sa.literal(-1)).select_from(joined).where(of_year, ended.is_not(None)),
    ).subquery()
    span = conn.execute(sa.select(sa.func.min(events.c.at), sa.func.max(events.c.at))).one()
    step = sa.func.date_trunc(_step(*span), events.c.at)
    spans = (
        sa.select(sa.func.max(events.c.at).label("at"), sa.func.sum(events.c.by).label("by")).group_by(step).subquery()
    )
    open_then = sa.cast(sa.func.sum(spans.c.by).over(order_by=spans.c.at), sa.Integer)
    return [OpenQuestions(*row) for row in conn.execute(sa.select(spans.c.at, open_then).order_by(spans.c.at))]


def _step(first: datetime | None, last: datetime | None) -> str:
    span = timedelta() if first is None or last is None else last - first
    return next((step for limit, step in _STEPS if span <= limit), "week")
