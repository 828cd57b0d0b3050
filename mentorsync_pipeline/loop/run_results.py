"""What a run has done, in people: mentors, questions, errors, contacts, rows and archived contacts."""

from dataclasses import astuple, dataclass

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import (
    archived_duplicates,
    gb_contact_loads,
    gb_import_files,
    mn_changes,
    sync_conflicts,
    sync_errors,
    sync_log,
)
from mentorsync_pipeline.review.conflict_queue import ABOUT_MENTORS


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Result of a run.

    Attributes:
        contacts_loaded, file_rows: None when the run loaded no contacts, or wrote no file.
        settled_questions: questions that the run closed because their cause is gone.

    """

    new_mentors: int
    updated_mentors: int
    new_questions: int
    settled_questions: int
    new_errors: int
    contacts_loaded: int | None
    file_rows: int | None
    archived: int
    restored: int

    @property
    def is_empty(self) -> bool:
        """Whether the run changed nothing that a person would look for."""
        return not any(value for value in astuple(self)) and self.contacts_loaded is None and self.file_rows is None


def read_run_result(conn: sa.Connection, run_id: str) -> RunResult | None:
    """Read the result of a run; None before its first step has ended."""
    log = sync_log.c
    span = conn.execute(
        sa.select(
            sa.func.min(log.started_at).label("start"),
            sa.func.max(log.finished_at).label("end"),
            sa.func.max(log.campaign_year).label("year"),
        ).where(log.run_id == run_id)
    ).one()
    if span.end is None:
        return None
    change, conflict, error = mn_changes.c, sync_conflicts.c, sync_errors.c
    ids = sa.select(log.id).where(log.run_id == run_id)
    is_new = change.change_type == "new_mentor"
    mentors = conn.execute(
        sa.select(
            sa.func.count(change.mn_id.distinct()).filter(is_new).label("new"),
            sa.func.count(change.mn_id.distinct()).filter(~is_new).label("updated"),
        ).where(change.sync_log_id.in_(ids))
    ).one()
    questions = conn.execute(
        sa.select(
            sa.func.count().filter(conflict.created_at.between(span.start, span.end)).label("new"),
            sa.func.count().filter(conflict.closed_at.between(span.start, span.end)).label("settled"),
        ).where(conflict.campaign_year == span.year, ABOUT_MENTORS)
    ).one()
    ledger = archived_duplicates.c
    return RunResult(
        new_mentors=mentors.new,
        updated_mentors=mentors.updated,
        new_questions=questions.new,
        settled_questions=questions.settled,
        new_errors=_count(conn, error.created_at.between(span.start, span.end), error.campaign_year == span.year),
        contacts_loaded=_read(conn, gb_contact_loads.c.row_count, gb_contact_loads.c.run_id == run_id),
        file_rows=_read(conn, gb_import_files.c.row_count, gb_import_files.c.run_id == run_id),
        archived=_count(conn, ledger.run_id == run_id, ledger.status.in_(("archived", "restored", "restoring"))),
        restored=_count(conn, ledger.restore_run_id == run_id, ledger.status == "restored"),
    )


def _count(conn: sa.Connection, *conditions: sa.ColumnElement[bool]) -> int:
    return int(conn.execute(sa.select(sa.func.count()).where(*conditions)).scalar_one())


def _read(conn: sa.Connection, column: sa.ColumnElement[int], condition: sa.ColumnElement[bool]) -> int | None:
    value: int | None = conn.execute(sa.select(column).where(condition).limit(1)).scalar()
    return value
