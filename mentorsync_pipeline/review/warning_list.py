"""List and acknowledge warnings (rulebook section 12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.db.filters import is_any_of
from mentorsync_pipeline.db.paging import Listing, contains_text, read_all
from mentorsync_pipeline.db.tables import sync_warnings
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.review.rules.warning_kinds import KINDS, OTHER

Column = Literal["warning_type", "kind", "mn_id", "source_table", "created_at", "acknowledged_at"]
"""Columns by which warnings can be sorted."""


def _select_kind() -> sa.ColumnElement[str]:
    """Return the name of a warning's kind; the first kind that fits counts."""
    c = sync_warnings.c
    cases = []
    for kind in KINDS:
        conditions = [*_fits(c.source_table, kind.table), *_fits(c.subject, kind.subject)]
        if kind.warning_type is not None:
            conditions.append(c.warning_type == kind.warning_type)
        cases.append((sa.and_(*conditions), sa.literal(kind.name)))
    return sa.case(*cases, else_=OTHER.name)


def _fits(column: sa.Column[str], pattern: str) -> list[sa.ColumnElement[bool]]:
    """Return the condition of a pattern; none for any text."""
    if pattern == "%":
        return []
    return [column.like(pattern) if "%" in pattern else column == pattern]


_KIND = _select_kind()
_QUIET_KINDS = [kind.name for kind in KINDS if not kind.needs_person]


class WarningNotFoundError(MentorSyncError):
    """There is no open warning with this id."""

    code = "WARNING_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningFilter:
    """Filter of warnings whose cause still exists. A field that is None does not restrict.

    Attributes:
        kind: name of a kind (`rules.warning_kinds`).
        needs_person: only kinds that need a person, or only the others.
        search: text in the MN id, the record or the message.

    """

    year: int | None = None
    kind: str | None = None
    needs_person: bool | None = None
    warning_type: str | None = None
    mn_id: str | None = None
    acknowledged: bool | None = False
    search: str | None = None


def list_warnings(filters: WarningFilter) -> Listing:
    """List the warnings that match, with `kind` and `needs_person`: those that need a person first, by kind."""
    c = sync_warnings.c
    equal = {
        c.campaign_year: filters.year,
        c.warning_type: filters.warning_type,
        c.mn_id: filters.mn_id,
        c.acknowledged: filters.acknowledged,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if filters.search:
        conditions.append(contains_text(filters.search, c.mn_id, c.subject, c.message))
    warnings = sa.select(sync_warnings, _KIND.label("kind")).where(c.cleared_at.is_(None), *conditions)
    row = warnings.subquery("warnings").c
    needs_person = row.kind.not_in(_QUIET_KINDS)
    query = sa.select(*row, needs_person.label("needs_person"))
    if filters.kind is not None:
        query = query.where(row.kind == filters.kind)
    if filters.needs_person is not None:
        query = query.where(needs_person if filters.needs_person else ~needs_person)
    return Listing(query, (needs_person.desc(), row.kind, row.created_at), (row.id,))


def read_warnings(conn: sa.Connection, filters: WarningFilter) -> list[dict[str, Any]]:
    """Read all warnings that match."""
    return read_all(conn, list_warnings(filters))


def acknowledge_warnings(
    conn: sa.Connection, warning_ids: Sequence[int], *, by: str, now: datetime, year: int | None = None
) -> set[int | None]:
    """Mark warnings as acknowledged; return their campaign years. Unchanged warnings are not shown as open again.

    Raises WarningNotFoundError when one of them does not exist (in `year`, if given); nothing is written then.
    """
    table = sync_warnings
    query = sa.select(table.c.id, table.c.campaign_year).where(
        is_any_of(table.c.id, warning_ids), table.c.cleared_at.is_(None)
    )
    if year is not None:
        query = query.where(table.c.campaign_year == year)
    rows = conn.execute(query.with_for_update()).all()
    missing = sorted(set(warning_ids) - {row.id for row in rows})
    if missing:
        raise WarningNotFoundError(
            f"There is no open warning {', '.join(map(str, missing))}.", "List them with: mentorsync warnings list."
        )
    conn.execute(
        sa.update(table)
        .where(is_any_of(table.c.id, warning_ids), ~table.c.acknowledged)
        .values(acknowledged=True, acknowledged_by=by, acknowledged_at=now)
    )
    return {row.campaign_year for row in rows}


def find_acknowledged_warnings(conn: sa.Connection, year: int, *, by: str, at: datetime) -> list[int]:
    """Return the ids of warnings of a year that a person acknowledged at this moment."""
    c = sync_warnings.c
    query = sa.select(c.id).where(
        c.campaign_year == year, c.acknowledged_by == by, c.acknowledged_at == at, c.cleared_at.is_(None)
    )
    return sorted(conn.execute(query).scalars())


def reopen_warnings(conn: sa.Connection, warning_ids: Sequence[int], *, year: int | None = None) -> set[int | None]:
    """Take back the acknowledgement of warnings; return their campaign years.

    Raises WarningNotFoundError when one of them is not acknowledged; nothing is written then.
    """
    c = sync_warnings.c
    conditions = [is_any_of(c.id, warning_ids), c.acknowledged, c.cleared_at.is_(None)]
    if year is not None:
        conditions.append(c.campaign_year == year)
    rows = conn.execute(
        sa.update(sync_warnings)
        .where(*conditions)
        .values(acknowledged=False, acknowledged_by=None, acknowledged_at=None)
        .returning(c.id, c.campaign_year)
    ).all()
    missing = sorted(set(warning_ids) - {row.id for row in rows})
    if missing or not rows:
        raise WarningNotFoundError(
            f"There is no acknowledged warning {', '.join(map(str, missing))}.",
            "List them with: mentorsync warnings list.",
        )
    return {row.campaign_year for row in rows}
