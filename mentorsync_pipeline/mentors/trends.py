"""Read time series for the dashboard: counts of each sync and open conflicts.

Only values recorded at the time are used. `mentors.metrics` has the present figures.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.filters import calculations
from mentorsync_pipeline.db.tables import mentors, sync_conflicts, sync_decisions, sync_log
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.mentors.rules.open_questions import QuestionRecord, count_open, find_open_times
from mentorsync_pipeline.review.conflict_queue import ABOUT_MENTORS

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


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySignups:
    """Number of mentors who signed up in a week, which begins on Monday, the day `week`."""

    week: date
    mentors: int


def read_sync_counts(conn: sa.Connection, year: int) -> Sequence[SyncCounts]:
    """Read the counts of the year's syncs, oldest first: the last sync of each step."""
    c, synced = sync_log.c, calculations(year)
    span = conn.execute(sa.select(sa.func.min(c.finished_at), sa.func.max(c.finished_at)).where(synced)).one()
    step = sa.func.date_trunc(_choose_step(*span), c.finished_at)
    rows = conn.execute(
        sa.select(c.finished_at, c.rows_out, c.details)
        .ext(pg.distinct_on(step))
        .where(synced)
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
    """Read the number of a year's open conflicts about mentors, oldest first: the last number of each step.

    All answers count, also those that were taken back (`rules.open_questions`).
    """
    c, decision = sync_conflicts.c, sync_decisions.c
    answers: dict[tuple[str, str, str], list[tuple[datetime, datetime | None]]] = defaultdict(list)
    decisions = sa.select(
        decision.mn_id, decision.conflict_type, decision.subject, decision.decided_at, decision.undone_at
    ).where(decision.campaign_year == year)
    for mn_id, kind, subject, decided_at, undone_at in conn.execute(decisions):
        answers[mn_id, kind, subject].append((decided_at, undone_at))
    is_open = (c.status == "pending").label("is_open")
    # An open question is updated when it is asked again; of others, the step that asked them last is known.
    asked_again_at = sa.case((c.status == "pending", c.updated_at), else_=sync_log.c.started_at).label("asked_again_at")
    conflicts = (
        sa.select(*(c.mn_id, c.conflict_type, c.subject, c.created_at, c.closed_at, is_open, asked_again_at))
        .select_from(sync_conflicts.outerjoin(sync_log, sync_log.c.id == c.sync_log_id))
        .where(c.campaign_year == year, ABOUT_MENTORS)
    )
    times = [
        interval
        for row in conn.execute(conflicts)
        for interval in find_open_times(
            QuestionRecord(
                asked_at=row.created_at,
                is_open=row.is_open,
                asked_again_at=row.asked_again_at,
                closed_at=row.closed_at,
                answers=answers[row.mn_id, row.conflict_type, row.subject],
            )
        )
    ]
    counts = count_open(times)
    if not counts:
        return []
    step = _choose_step(counts[0][0], counts[-1][0])
    last_of_step = {_truncate(moment, step): OpenConflicts(moment, number) for moment, number in counts}
    return list(last_of_step.values())


def read_weekly_signups(conn: sa.Connection, year: int) -> Sequence[WeeklySignups]:
    """Read the number of present mentors by the week of their sign-up, oldest first."""
    c = mentors.c
    week = sa.cast(sa.func.date_trunc("week", sa.func.timezone(str(TEAM_ZONE), c.signed_up_at)), sa.Date).label("week")
    query = (
        sa.select(week, sa.func.count().label("mentors"))
        .where(c.campaign_year == year, c.signed_up_at.is_not(None))
        .group_by(week)
        .order_by(week)
    )
    return [WeeklySignups(week=row.week, mentors=row.mentors) for row in conn.execute(query)]


def _truncate(moment: datetime, step: str) -> datetime:
    """Return the start of a moment's step in UTC."""
    start = moment.astimezone(UTC).replace(second=0, microsecond=0)
    if step == "minute":
        return start
    start = start.replace(minute=0)
    if step == "hour":
        return start
    start = start.replace(hour=0)
    return start if step == "day" else start - timedelta(days=start.weekday())


def _choose_step(first: datetime | None, last: datetime | None) -> str:
    span = timedelta() if first is None or last is None else last - first
    return next((step for limit, step in _STEPS if span <= limit), "week")
