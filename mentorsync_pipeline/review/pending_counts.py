"""What waits for a person, as counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import archive_plan, sync_conflicts
from mentorsync_pipeline.review.errors import ErrorFilter
from mentorsync_pipeline.review.errors import listing as errors_listed
from mentorsync_pipeline.review.warnings import WarningFilter
from mentorsync_pipeline.review.warnings import listing as warnings_listed

LONG = timedelta(days=7)
"""From this age on a question has waited for long."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The open conflicts of one severity: how many, how many of them block and are older than LONG, the oldest."""

    severity: str
    count: int
    blocking: int
    long: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Open errors or unseen warnings of one kind (its code, or its type), and since when the oldest is there."""

    kind: str
    count: int
    oldest: datetime


def questions(conn: sa.Connection, year: int, *, now: datetime) -> list[Questions]:
    """The open conflicts of a year by severity, the severest first."""
    c = sync_conflicts.c
    number = sa.func.count()
    rows = conn.execute(
        sa.select(
            c.severity,
            number.label("count"),
            number.filter(c.blocking).label("blocking"),
            number.filter(c.created_at < now - LONG).label("long"),
            sa.func.min(c.created_at).label("oldest"),
        )
        .where(c.campaign_year == year, c.status == "pending")
        .group_by(c.severity)
        .order_by(sa.case({"high": 0, "medium": 1}, value=c.severity, else_=2))
    )
    return [Questions(**row) for row in rows.mappings()]


def open_errors(conn: sa.Connection, year: int) -> list[Findings]:
    """The open errors of a year, and those of no one year, by code."""
    return _by_kind(conn, errors_listed(ErrorFilter(year=year, or_no_year=True)).query, "error_code")


def unseen_warnings(conn: sa.Connection, year: int) -> list[Findings]:
    """The warnings of a year that nobody has seen, by type."""
    return _by_kind(conn, warnings_listed(WarningFilter(year=year)).query, "warning_type")


def _by_kind(conn: sa.Connection, query: sa.Select[Any], kind: str) -> list[Findings]:
    found = query.subquery().c
    number, oldest = sa.func.count().label("count"), sa.func.min(found.created_at).label("oldest")
    rows = conn.execute(
        sa.select(found[kind].label("kind"), number, oldest).group_by(found[kind]).order_by(number.desc(), found[kind])
    )
    return [Findings(**row) for row in rows.mappings()]


def needs_approval(conn: sa.Connection, year: int) -> int:
    """How many contacts of a year's plan for duplicates wait for a yes."""
    table = archive_plan
    query = sa.select(sa.func.count()).where(
        table.c.campaign_year == year, table.c.purpose == "duplicates", table.c.plan_state == "needs_approval"
    )
    return int(conn.execute(query).scalar_one())
