"""Results of a run: mentors, questions, answers, errors, contacts, rows, and the archive."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.ledger_queries import NO_ARCHIVING, RunArchiving, count_by_run
from mentorsync_pipeline.db.step_inputs import find_applied_decisions
from mentorsync_pipeline.db.tables import (
    archive_plan,
    gb_contact_loads,
    gb_import_files,
    mn_changes,
    sync_conflicts,
    sync_errors,
    sync_log,
)
from mentorsync_pipeline.review.conflict_queue import ABOUT_MENTORS
from mentorsync_pipeline.review.finding_store import ASKED_AGAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome(RunArchiving):
    """What a run archived, restored, loaded and wrote; None for what it did not load or write."""

    contacts_loaded: int | None
    file_rows: int | None
    rejected_rows: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """Numbers of an archive plan when the run has made it."""

    duplicates_to_archive: int
    external_ids_to_remove: int
    duplicates_to_approve: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult(RunOutcome):
    """Result of a run.

    Attributes:
        plan: None when the run made no plan.
        applied_answers: answers to questions that the run applied.
        asked_again: questions that were answered or skipped, and that the run opened again because their data changed.
        settled_questions: questions that the run closed because their cause is gone.

    """

    new_mentors: int
    updated_mentors: int
    applied_answers: int
    new_questions: int
    asked_again: int
    settled_questions: int
    new_errors: int
    plan: RunPlan | None

    @property
    def is_empty(self) -> bool:
        """Whether the run changed nothing that a person would look for. A plan changes nothing yet."""
        counts = {name: value for name, value in asdict(self).items() if name != "plan"}
        written = (self.contacts_loaded, self.file_rows, self.rejected_rows)
        return not any(counts.values()) and written == (None, None, None)


def read_outcomes(conn: sa.Connection, run_ids: Sequence[str]) -> dict[str, RunOutcome]:
    """Read what each run has archived, restored, loaded and written."""
    archived = count_by_run(conn, run_ids)
    loads, files = (_read_row_counts(conn, table, run_ids) for table in (gb_contact_loads, gb_import_files))
    log = sync_log.c
    rejections = sa.select(log.run_id, log.rows_in).where(
        log.run_id.in_(run_ids), log.asset == "gb_failed_rows", log.status == "success"
    )
    rejected = {row.run_id: row.rows_in for row in conn.execute(rejections)}
    return {
        run_id: RunOutcome(
            **asdict(archived.get(run_id, NO_ARCHIVING)),
            contacts_loaded=loads.get(run_id),
            file_rows=files.get(run_id),
            rejected_rows=rejected.get(run_id),
        )
        for run_id in run_ids
    }


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
    is_update = change.change_type.not_in(("new_mentor", "duplicates_archived", "duplicates_restored"))
    mentors = conn.execute(
        sa.select(
            sa.func.count(change.mn_id.distinct()).filter(is_new).label("new"),
            sa.func.count(change.mn_id.distinct()).filter(is_update).label("updated"),
        ).where(change.sync_log_id.in_(ids))
    ).one()
    questions = conn.execute(
        sa.select(
            sa.func.count().filter(conflict.created_at.between(span.start, span.end)).label("new"),
            sa.func.count().filter(conflict.closed_at.between(span.start, span.end)).label("settled"),
        ).where(conflict.campaign_year == span.year, ABOUT_MENTORS)
    ).one()
    return RunResult(
        new_mentors=mentors.new,
        updated_mentors=mentors.updated,
        applied_answers=0 if span.year is None else len(find_applied_decisions(conn, span.year, run_id=run_id)),
        new_questions=questions.new,
        asked_again=_count_asked_again(conn, run_id),
        settled_questions=questions.settled,
        new_errors=_count(conn, error.created_at.between(span.start, span.end), error.campaign_year == span.year),
        plan=_read_plan(conn, run_id),
        **asdict(read_outcomes(conn, [run_id])[run_id]),
    )


def _count_asked_again(conn: sa.Connection, run_id: str) -> int:
    """Sum the numbers of questions asked again that the steps of a run recorded."""
    log = sync_log.c  # a step that is running has no details
    query = sa.select(log.details).where(log.run_id == run_id, log.status == "success")
    return sum(details.get(ASKED_AGAIN, 0) for details in conn.execute(query).scalars())


def _read_plan(conn: sa.Connection, run_id: str) -> RunPlan | None:
    """Read the numbers of the plan that a run has made, as its step recorded them."""
    log = sync_log.c
    query = (
        sa.select(log.details)
        .where(log.run_id == run_id, log.asset == archive_plan.name, log.status == "success")
        .order_by(log.id.desc())
        .limit(1)
    )
    details: Mapping[str, Any] | None = conn.execute(query).scalar()
    if details is None:
        return None
    return RunPlan(
        duplicates_to_archive=details.get("planned", 0),
        external_ids_to_remove=details.get("release planned", 0),
        duplicates_to_approve=details.get("needs_approval", 0),
    )


def _count(conn: sa.Connection, *conditions: sa.ColumnElement[bool]) -> int:
    return int(conn.execute(sa.select(sa.func.count()).where(*conditions)).scalar_one())


def _read_row_counts(conn: sa.Connection, table: sa.Table, run_ids: Sequence[str]) -> dict[str, int]:
    query = sa.select(table.c.run_id, table.c.row_count).where(table.c.run_id.in_(run_ids))
    return {row.run_id: row.row_count for row in conn.execute(query)}
