"""The queue of questions that wait for a person: filtered, in order, paged and counted in SQL (rulebook 5 and 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.tables import sync_conflicts

OPEN = ("pending",)
_TABLE = sync_conflicts
_SEVERITY_ORDER = sa.case({"high": 0, "medium": 1}, value=_TABLE.c.severity, else_=2)
# The severest first, then the oldest.
_PLACE = (_SEVERITY_ORDER, _TABLE.c.created_at, _TABLE.c.id)
# What a question consists of; the text that a search looks in is none of it.
COLUMNS = tuple(column for column in _TABLE.columns if column.name != "searched")


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
    query = sa.select(*COLUMNS).where(*_conditions(wanted, now)).order_by(*_PLACE).limit(limit).offset(offset)
    return [dict(row) for row in conn.execute(query).mappings()]


def count(conn: sa.Connection, wanted: ConflictFilter, *, now: datetime) -> int:
    """How many conflicts fit."""
    query = sa.select(sa.func.count()).select_from(_TABLE).where(*_conditions(wanted, now))
    return int(conn.execute(query).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallies:
    """How many conflicts fit, and how many each value of one filter would find while all others stay as they are."""

    total: int
    conflict_type: Mapping[str, int]
    severity: Mapping[str, int]
    status: Mapping[str, int]


def tallies(conn: sa.Connection, wanted: ConflictFilter, *, now: datetime) -> Tallies:
    """Count in one go what a page of filters shows."""
    c = _TABLE.c
    others = replace(wanted, conflict_type=None, severity=None, statuses=())
    kinds = (c.conflict_type, c.severity, c.status)
    found = conn.execute(sa.select(*kinds, sa.func.count()).where(*_conditions(others, now)).group_by(*kinds)).all()

    def add(at: int | None) -> dict[str, int]:
        chosen = ({wanted.conflict_type} - {None}, {wanted.severity} - {None}, set(wanted.statuses))
        counts: dict[str, int] = {}
        for *values, number in found:
            if all(not chosen[one] or values[one] in chosen[one] for one in range(3) if one != at):
                key = "" if at is None else values[at]
                counts[key] = counts.get(key, 0) + number
        return counts

    return Tallies(total=add(None).get("", 0), conflict_type=add(0), severity=add(1), status=add(2))


def neighbours(conn: sa.Connection, wanted: ConflictFilter, row: Mapping[str, Any], *, now: datetime) -> Neighbours:
    """Where a conflict (its `severity`, `created_at` and `id`) stands in the queue."""
    fits = _conditions(wanted, now)
    rank = {"high": 0, "medium": 1}.get(row["severity"], 2)
    here = sa.tuple_(rank, row["created_at"], row["id"])
    place = sa.tuple_(*_PLACE)
    backwards = [column.desc() for column in _PLACE]
    number, ids = sa.func.count(), pg.aggregate_order_by(_TABLE.c.id, *_PLACE)
    ids_before = sa.func.array_agg(pg.aggregate_order_by(_TABLE.c.id, *backwards)).filter(place < here)
    # In one go: a search reads every question of the year.
    before, total, previous, following = conn.execute(
        sa.select(number.filter(place < here), number, ids_before, sa.func.array_agg(ids).filter(place > here))
        .select_from(_TABLE)
        .where(*fits)
    ).one()
    return Neighbours(
        before=before,
        total=total,
        previous_id=previous[0] if previous else None,
        next_id=following[0] if following else None,
    )


def first(conn: sa.Connection, wanted: ConflictFilter, *, now: datetime) -> int | None:
    """The id of the conflict at the head of the queue."""
    query = sa.select(_TABLE.c.id).where(*_conditions(wanted, now)).order_by(*_PLACE).limit(1)
    return conn.execute(query).scalar()


def acceptable(conn: sa.Connection, wanted: ConflictFilter, *, now: datetime) -> tuple[list[dict[str, Any]], int]:
    """What *accept all recommendations* would answer: the open conflicts that fit and have a recommendation.

    Of each what an answer needs: the columns of its row without `context`, and of its options the `value` alone. Also
    how many it would leave because they have none.
    """
    c = _TABLE.c
    fits = _conditions(replace(wanted, statuses=OPEN), now)
    plain = [column for column in COLUMNS if column not in {c.option_a, c.option_b, c.context}]
    values = (c.option_a["value"].label("a"), c.option_b["value"].label("b"))
    with_one = sa.select(*plain, *values).where(*fits, c.recommended_option.is_not(None)).order_by(*_PLACE)
    rows = [
        {**row, "option_a": {"value": row["a"]}, "option_b": {"value": row["b"]}}
        for row in conn.execute(with_one).mappings()
    ]
    without = sa.select(sa.func.count()).where(*fits, c.recommended_option.is_(None))
    return rows, int(conn.execute(without).scalar_one())


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
        found.append(c.searched.contains(wanted.search.lower(), autoescape=True))
    if wanted.recommended is not None:
        found.append(c.recommended_option.is_not(None) if wanted.recommended else c.recommended_option.is_(None))
    return found
