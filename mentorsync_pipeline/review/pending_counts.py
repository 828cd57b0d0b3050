"""Count open conflicts, errors, warnings and approvals of a year."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.paging import count_rows
from mentorsync_pipeline.db.plan_status import count_plan_statuses
from mentorsync_pipeline.db.step_inputs import find_missing_decisions
from mentorsync_pipeline.db.tables import sync_conflicts, sync_decisions
from mentorsync_pipeline.review.conflict_queue import ABOUT_MENTORS
from mentorsync_pipeline.review.error_list import ErrorFilter, list_errors
from mentorsync_pipeline.review.warning_list import WarningFilter, list_warnings


@dataclass(frozen=True, slots=True)
class PendingCount:
    """Number of open conflicts, and the id of the newest."""

    count: int
    newest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCounts:
    """Numbers of open items of a year, for the navigation, the overview and the lists.

    Attributes:
        open_questions: conflicts without an answer.
        blocking_questions: open questions that keep a mentor out of the import file.
        skipped_questions: skipped conflicts.
        blocking_skipped: skipped questions that keep a mentor out of the import file.
        unapplied_answers: questions with an answer, or an answer taken back, that no run has applied yet.
        errors: open errors of the year and of all years.
        warnings: unacknowledged warnings that need a person.
        approvals: contacts of the duplicates plan that need approval (`db.plan_status`).
        oldest_question: when the oldest open question was asked.

    """

    open_questions: int
    blocking_questions: int
    skipped_questions: int
    blocking_skipped: int
    unapplied_answers: int
    errors: int
    warnings: int
    approvals: int
    oldest_question: datetime | None


def read_pending_counts(conn: sa.Connection, year: int) -> PendingCounts:
    """Count the open items of a year."""
    c = sync_conflicts.c
    number, is_open, is_skipped = sa.func.count(), c.status == "pending", c.status == "skipped"
    questions = conn.execute(
        sa.select(
            number.filter(is_open).label("open_questions"),
            number.filter(is_open, c.blocking).label("blocking_questions"),
            number.filter(is_skipped).label("skipped_questions"),
            number.filter(is_skipped, c.blocking).label("blocking_skipped"),
            sa.func.min(c.created_at).filter(is_open).label("oldest_question"),
        ).where(c.campaign_year == year, ABOUT_MENTORS)
    ).one()
    return PendingCounts(
        **questions._mapping,
        unapplied_answers=_count_unapplied_answers(conn, year),
        errors=count_rows(conn, list_errors(ErrorFilter(year=year, or_no_year=True))),
        warnings=count_rows(conn, list_warnings(WarningFilter(year=year, needs_person=True))),
        approvals=count_plan_statuses(conn, year)["needs_approval"],
    )


def _count_unapplied_answers(conn: sa.Connection, year: int) -> int:
    """Count the questions with an answer, or an answer taken back, that is not in the last calculation of `mentors`."""
    missing = find_missing_decisions(conn, year)
    if not missing:
        return 0
    c = sync_decisions.c
    questions = sa.select(c.mn_id, c.conflict_type, c.subject).where(c.id.in_(missing)).distinct()
    return int(conn.execute(sa.select(sa.func.count()).select_from(questions.subquery())).scalar_one())


def count_blocking_conflicts(conn: sa.Connection, year: int) -> PendingCount:
    """Count the open conflicts of a year that block mentors or the import file."""
    table = sync_conflicts
    row = conn.execute(
        sa.select(sa.func.count(), sa.func.max(table.c.id)).where(
            table.c.campaign_year == year, table.c.blocking, table.c.status == "pending"
        )
    ).one()
    return PendingCount(row[0], row[1] or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Open errors or warnings of one kind (error code or warning type): number, and time of the oldest."""

    kind: str
    count: int
    oldest: datetime


def count_open_errors(conn: sa.Connection, year: int) -> list[Findings]:
    """Count the open errors of a year, and those of no year, by code."""
    return count_by_kind(conn, list_errors(ErrorFilter(year=year, or_no_year=True)).query, "error_code")


def count_by_kind(conn: sa.Connection, query: sa.Select[Any], kind: str) -> list[Findings]:
    """Count the rows of a list of errors or warnings by a column (`error_code`, `warning_type`, `kind`)."""
    columns = query.subquery().c
    number, oldest = sa.func.count().label("count"), sa.func.min(columns.created_at).label("oldest")
    rows = conn.execute(
        sa.select(columns[kind].label("kind"), number, oldest)
        .group_by(columns[kind])
        .order_by(number.desc(), columns[kind])
    )
    return [Findings(**row) for row in rows.mappings()]
