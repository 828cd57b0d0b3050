"""Filter, sort, page and count conflicts (rulebook sections 5 and 6)."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.closed_years import read_closed_years
from mentorsync_pipeline.db.tables import sync_conflicts
from mentorsync_pipeline.db.tables.base import Json

OPEN = ("pending",)
_TYPED_NUMBER = re.compile(r"#([0-9]{1,18})")
_TABLE = sync_conflicts
ABOUT_MENTORS = _TABLE.c.conflict_type != "data_staleness"
"""Questions about mentors. The age of the contact data has a place of its own in the loop."""
_SEVERITY_ORDER = sa.case({"high": 0, "medium": 1}, value=_TABLE.c.severity, else_=2)
# Highest severity first, then the oldest.
_QUEUE_ORDER = (_SEVERITY_ORDER, _TABLE.c.created_at, _TABLE.c.id)
# All columns except the text for searches.
COLUMNS = tuple(column for column in _TABLE.columns if column.name != "searched")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFilter:
    """Filter of conflicts. A field that is None, or an empty `statuses`, does not restrict.

    Attributes:
        asked_before: the conflict was first raised before this time.
        search: text in the MN id, the subject, the reason, an option or the context, without regard to case.
        recommended: whether there is a recommendation.
        about_mentors: only questions about mentors, not the one about the age of the contact data.

    """

    year: int | None = None
    conflict_type: str | None = None
    severity: str | None = None
    statuses: Sequence[str] = OPEN
    mn_id: str | None = None
    asked_before: datetime | None = None
    search: str | None = None
    recommended: bool | None = None
    about_mentors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Position of a conflict in the queue: number of conflicts before it, their total, previous and next id.

    A conflict that is not in the queue (`is_listed`) has the position that it would have.
    """

    before: int
    total: int
    previous_id: int | None
    next_id: int | None
    is_listed: bool


def list_conflicts(
    conn: sa.Connection, filters: ConflictFilter, *, limit: int | None = None, offset: int = 0
) -> list[dict[str, Any]]:
    """Read the conflicts that match, highest severity first, then oldest; `limit` None reads all."""
    query = sa.select(*COLUMNS).where(*_conditions(filters)).order_by(*_QUEUE_ORDER).limit(limit).offset(offset)
    return [dict(row) for row in conn.execute(query).mappings()]


def count_conflicts(conn: sa.Connection, filters: ConflictFilter) -> int:
    """Count the conflicts that match."""
    query = sa.select(sa.func.count()).select_from(_TABLE).where(*_conditions(filters))
    return int(conn.execute(query).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictCounts:
    """Number of matches, and for each filter the number of matches by value with the other filters unchanged."""

    total: int
    conflict_type: Mapping[str, int]
    severity: Mapping[str, int]
    status: Mapping[str, int]


def count_by_filter(conn: sa.Connection, filters: ConflictFilter) -> ConflictCounts:
    """Count the conflicts for a page of filters, with one query."""
    c = _TABLE.c
    other_filters = replace(filters, conflict_type=None, severity=None, statuses=())
    columns = (c.conflict_type, c.severity, c.status)
    counted = conn.execute(
        sa.select(*columns, sa.func.count()).where(*_conditions(other_filters)).group_by(*columns)
    ).all()

    def count_by(position: int | None) -> dict[str, int]:
        chosen = ({filters.conflict_type} - {None}, {filters.severity} - {None}, set(filters.statuses))
        counts: dict[str, int] = {}
        for *values, number in counted:
            if all(
                not chosen[position_of_filter] or values[position_of_filter] in chosen[position_of_filter]
                for position_of_filter in range(3)
                if position_of_filter != position
            ):
                key = "" if position is None else values[position]
                counts[key] = counts.get(key, 0) + number
        return counts

    return ConflictCounts(
        total=count_by(None).get("", 0), conflict_type=count_by(0), severity=count_by(1), status=count_by(2)
    )


def find_neighbours(conn: sa.Connection, filters: ConflictFilter, row: Mapping[str, Any]) -> Neighbours:
    """Find the position of a conflict (`severity`, `created_at`, `id`) in the queue."""
    conditions = _conditions(filters)
    rank = {"high": 0, "medium": 1}.get(row["severity"], 2)
    row_position = sa.tuple_(rank, row["created_at"], row["id"])
    position = sa.tuple_(*_QUEUE_ORDER)
    reverse_order = [column.desc() for column in _QUEUE_ORDER]
    number, ids = sa.func.count(), pg.aggregate_order_by(_TABLE.c.id, *_QUEUE_ORDER)
    ids_before = sa.func.array_agg(pg.aggregate_order_by(_TABLE.c.id, *reverse_order)).filter(position < row_position)
    # One query, because a search reads all conflicts of the year.
    before, total, previous_ids, next_ids, listed = conn.execute(
        sa.select(
            number.filter(position < row_position),
            number,
            ids_before,
            sa.func.array_agg(ids).filter(position > row_position),
            number.filter(_TABLE.c.id == row["id"]),
        )
        .select_from(_TABLE)
        .where(*conditions)
    ).one()
    return Neighbours(
        before=before,
        total=total,
        previous_id=previous_ids[0] if previous_ids else None,
        next_id=next_ids[0] if next_ids else None,
        is_listed=bool(listed),
    )


def find_first_conflict(conn: sa.Connection, filters: ConflictFilter) -> int | None:
    """Return the id of the first conflict in the queue."""
    query = sa.select(_TABLE.c.id).where(*_conditions(filters)).order_by(*_QUEUE_ORDER).limit(1)
    return conn.execute(query).scalar()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptable:
    """Open conflicts that *accept all recommendations* would answer.

    Attributes:
        rows: `id`, `campaign_year`, `mn_id`, `conflict_type`, `recommended_option`, `recommendation_reason`,
            `input_fingerprint`, and the options with only their `value`.
        total: number of all of them; `rows` may be a page.
        without_recommendation: number of matching open conflicts that stay open.

    """

    rows: Sequence[Mapping[str, Any]]
    total: int
    without_recommendation: int


def find_acceptable(
    conn: sa.Connection, filters: ConflictFilter, *, limit: int | None = None, offset: int = 0
) -> Acceptable:
    """Find the open conflicts that match and have a recommendation; `limit` None reads all.

    Conflicts of closed years are left out, unless the filter names the year.
    """
    c = _TABLE.c
    conditions = _conditions(replace(filters, statuses=OPEN))
    if filters.year is None:
        conditions.append(c.campaign_year.not_in(read_closed_years(conn)))
    columns = (c.id, c.campaign_year, c.mn_id, c.conflict_type, c.recommended_option, c.recommendation_reason)
    # One JSON value for each row, because each is decoded by itself.
    values = sa.func.jsonb_build_array(c.option_a["value"], c.option_b["value"], type_=Json).label("values")
    recommended = (
        sa.select(*columns, c.input_fingerprint, values)
        .where(*conditions, c.recommended_option.is_not(None))
        .order_by(*_QUEUE_ORDER)
        .limit(limit)
        .offset(offset)
    )
    rows = [
        {**row, "option_a": {"value": row["values"][0]}, "option_b": {"value": row["values"][1]}}
        for row in conn.execute(recommended).mappings()
    ]
    number = sa.func.count()
    total, without_recommendation = conn.execute(
        sa.select(
            number.filter(c.recommended_option.is_not(None)), number.filter(c.recommended_option.is_(None))
        ).where(*conditions)
    ).one()
    return Acceptable(rows=rows, total=total, without_recommendation=without_recommendation)


def _conditions(filters: ConflictFilter) -> list[sa.ColumnElement[bool]]:
    c = _TABLE.c
    equal = {
        c.campaign_year: filters.year,
        c.conflict_type: filters.conflict_type,
        c.severity: filters.severity,
        c.mn_id: filters.mn_id,
    }
    conditions: list[sa.ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if filters.statuses:
        conditions.append(c.status.in_(filters.statuses))
    if filters.asked_before is not None:
        conditions.append(c.created_at < filters.asked_before)
    if filters.search:
        conditions.append(c.searched.contains(filters.search.lower(), autoescape=True))
    if filters.about_mentors:
        conditions.append(ABOUT_MENTORS)
    if filters.recommended is not None:
        conditions.append(c.recommended_option.is_not(None) if filters.recommended else c.recommended_option.is_(None))
    return conditions


def find_open_questions(conn: sa.Connection, year: int, mn_ids: Collection[str], text: str) -> list[dict[str, Any]]:
    """Return the open and skipped conflicts of these mentors, and the one whose number is typed as `#12`."""
    c = sync_conflicts.c
    number = _TYPED_NUMBER.fullmatch(text.strip())
    about = [c.mn_id.in_(mn_ids), *([c.id == int(number[1])] if number else [])]
    query = (
        sa.select(c.id, c.mn_id, c.conflict_type, c.status, c.blocking)
        .where(c.campaign_year == year, c.status.in_(["pending", "skipped"]), sa.or_(*about))
        .order_by(c.blocking.desc(), c.id)
    )
    return [dict(row) for row in conn.execute(query).mappings()]
