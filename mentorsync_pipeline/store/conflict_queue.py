"""The queue of questions that wait for a person: filtered, in order, paged and counted in SQL (rulebook 5 and 6).

One question with all that belongs to it does not belong here (`store.review`), nor answering it (`store.decisions`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.tables import sync_conflicts

OPEN = ("pending",)
_TABLE = sync_conflicts
_SEVERITY_ORDER = sa.case({"high": 0, "medium": 1}, value=_TABLE.c.severity, else_=2)
# The severest first, then the oldest.
_PLACE = (_SEVERITY_ORDER, _TABLE.c.created_at, _TABLE.c.id)
_SEARCHED = (
    _TABLE.c.mn_id,
    _TABLE.c.subject,
    _TABLE.c.recommendation_reason,
    _TABLE.c.option_a,
    _TABLE.c.option_b,
    _TABLE.c.context,
)
Facet = Literal["conflict_type", "severity", "statuses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFilter:
    """Which conflicts to find; what is not given does not restrict.

    `statuses` empty means any. `older_than` is an age since the question was first asked. `search` is a text that
    occurs in the MN id, the subject, the reason or anything that an option or the context tells, whatever its case.
    """

    year: int | None = None
    conflict_type: str | None = None
    severity: str | None = None
    statuses: Sequence[str] = OPEN
    mn_id: str | None = None
    older_than: timedelta | None = None
    search: str | None = None
    recommended: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Where a conflict stands in a queue: how many come before it, of how many, and the ids beside it.

    A conflict that is not, or no longer, in the queue has a place all the same: between those that are.
    """

    before: int
    total: int
    previous_id: int | None
    next_id: int | None


def conflicts(
    conn: sa.Connection, wanted: ConflictFilter, *, now: datetime, limit: int | None = None, offset: int = 0
) -> list[dict[str, Any]]:
    """The rows of `sync_conflicts` that fit, the severest and then the oldest first; `limit` None means all."""
    query = sa.select(_TABLE).where(*_conditions(wanted, now)).order_by(*_PLACE).limit(limit).offset(offset)
    return [dict(row) for row in conn.execute(query).mappings()]


def count(conn: sa.Connection, wanted: ConflictFilter, *, now: datetime) -> int:
    """How many conflicts fit."""
    query = sa.select(sa.func.count()).select_from(_TABLE).where(*_conditions(wanted, now))
    return int(conn.execute(query).scalar_one())


def tally(conn: sa.Connection, wanted: ConflictFilter, facet: Facet, *, now: datetime) -> dict[str, int]:
    """How many conflicts each value of one filter would find while all others stay as they are, most first."""
    column = _TABLE.c["status" if facet == "statuses" else facet]
    changes: dict[str, Any] = {facet: () if facet == "statuses" else None}
    others = replace(wanted, **changes)
    number = sa.func.count()
    query = sa.select(column, number).where(*_conditions(others, now)).group_by(column).order_by(number.desc(), column)
    return {row[0]: row[1] for row in conn.execute(query)}


def neighbours(conn: sa.Connection, wanted: ConflictFilter, row: Mapping[str, Any], *, now: datetime) -> Neighbours:
    """Where a conflict (its `severity`, `created_at` and `id`) stands in the queue."""
    fits = _conditions(wanted, now)
    rank = {"high": 0, "medium": 1}.get(row["severity"], 2)
    here = sa.tuple_(rank, row["created_at"], row["id"])
    place = sa.tuple_(*_PLACE)
    before, total = conn.execute(
        sa.select(sa.func.count().filter(place < here), sa.func.count()).select_from(_TABLE).where(*fits)
    ).one()
    backwards = [column.desc() for column in _PLACE]
    previous = sa.select(_TABLE.c.id).where(*fits, place < here).order_by(*backwards).limit(1)
    following = sa.select(_TABLE.c.id).where(*fits, place > here).order_by(*_PLACE).limit(1)
    return Neighbours(
        before=before,
        total=total,
        previous_id=conn.execute(previous).scalar(),
        next_id=conn.execute(following).scalar(),
    )


def first(conn: sa.Connection, wanted: ConflictFilter, *, now: datetime) -> int | None:
    """The id of the conflict at the head of the queue."""
    query = sa.select(_TABLE.c.id).where(*_conditions(wanted, now)).order_by(*_PLACE).limit(1)
    return conn.execute(query).scalar()


def acceptable(conn: sa.Connection, wanted: ConflictFilter, *, now: datetime) -> tuple[list[dict[str, Any]], int]:
    """What *accept all recommendations* would answer: the open conflicts that fit and have a recommendation.

    Also how many it would leave because they have none.
    """
    found = conflicts(conn, replace(wanted, statuses=OPEN), now=now)
    with_one = [one for one in found if one["recommended_option"] is not None]
    return with_one, len(found) - len(with_one)


def _conditions(wanted: ConflictFilter, now: datetime) -> list[sa.ColumnElement[bool]]:
    c = _TABLE.c
    equal = {
        c.campaign_year: wanted.year,
        c.conflict_type: wanted.conflict_type,
        c.severity: wanted.severity,
        c.mn_id: wanted.mn_id,
    }
    found: list[sa.ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if wanted.statuses:
        found.append(c.status.in_(wanted.statuses))
    if wanted.older_than is not None:
        found.append(c.created_at < now - wanted.older_than)
    if wanted.search:
        texts = (sa.cast(column, sa.Text).icontains(wanted.search, autoescape=True) for column in _SEARCHED)
        found.append(sa.or_(*texts))
    if wanted.recommended is not None:
        found.append(c.recommended_option.is_not(None) if wanted.recommended else c.recommended_option.is_(None))
    return found
