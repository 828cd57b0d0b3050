"""Results of runs: mentors, questions, answers, errors, contacts, forms, messages, rows, and the archive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.ledger_queries import NO_ARCHIVING, count_by_run
from mentorsync_pipeline.archiving.plan_inputs import PLAN_ASSETS
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.db.step_inputs import count_applied_decisions
from mentorsync_pipeline.db.tables import (
    archived_duplicates,
    campaign_messages,
    gb_contact_loads,
    gb_import_files,
    mn_changes,
    raw_gb_campaign_members,
    raw_mn_signups,
    sync_configs,
    sync_conflicts,
    sync_errors,
    sync_log,
)
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.domain.forms import ENTRY_FORMS
from mentorsync_pipeline.review.conflict_queue import ABOUT_MENTORS
from mentorsync_pipeline.review.finding_store import ASKED_AGAIN

_PLANS: Mapping[str, Purpose] = {asset: purpose for purpose, asset in PLAN_ASSETS.items()}
_PLANNED, _RELEASE, _APPROVAL, _FAILED = "planned", "release planned", "needs_approval", "failed"
# What the steps record about themselves and results consist of; the rest of their details is large.
_DETAILS = (ASKED_AGAIN, _PLANNED, _RELEASE, _APPROVAL, _FAILED)
_ARCHIVING = (archived_duplicates.name, "archived_mass_email")
_FORM_TABLES = tuple(form.table for form in ENTRY_FORMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """Numbers of an archive plan when the run has made it."""

    purpose: Purpose
    duplicates_to_archive: int
    external_ids_to_remove: int
    duplicates_to_approve: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Result of a run.

    Attributes:
        changes_after, changes_upto: numbers of the syncs between which its changes of mentors are (`mentors.history`);
            None without changes, the first also before any other sync.
        applied_answers: answers to questions that the run applied.
        asked_again: questions that were answered or skipped, and that the run opened again because their data changed.
        settled_questions: questions that the run closed because their cause is gone.
        contacts_loaded, file_rows, rejected_rows, plan: None when the run loaded no contacts, wrote no file, recorded
            no rejected rows, or made no plan.
        contacts_origin: origin of the loaded contacts; an export and `api_full` are all contacts.
        new_signups, new_entries: of the sign-up form, and of the other forms; `changed_entries` of all forms.
        new_pages, changed_pages: fundraising pages.
        written_messages: messages that are new, have another text, or were cleared.
        not_archived: contacts that could not be archived, or whose External ID could not be removed.
        archived, restored: contacts; External IDs that were removed or restored alone are counted apart.

    """

    new_mentors: int
    updated_mentors: int
    changes_after: int | None
    changes_upto: int | None
    applied_answers: int
    new_questions: int
    asked_again: int
    settled_questions: int
    new_errors: int
    contacts_loaded: int | None
    contacts_origin: str | None
    new_signups: int
    new_entries: int
    changed_entries: int
    new_pages: int
    changed_pages: int
    written_messages: int
    changed_settings: int
    file_rows: int | None
    rejected_rows: int | None
    plan: RunPlan | None
    not_archived: int
    archived: int
    external_ids_removed: int
    restored: int
    external_ids_restored: int


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps of a run in `sync_log`."""

    rows: Sequence[sa.Row[Any]]

    @property
    def year(self) -> int | None:
        return max((row.campaign_year for row in self.rows if row.campaign_year is not None), default=None)

    @property
    def has_ended(self) -> bool:
        """Whether a step has ended."""
        return any(row.finished_at for row in self.rows)

    def sum(self, column: str, *assets: str) -> int:
        """Sum a column of the successful steps of these assets."""
        return sum(getattr(row, column) or 0 for row in self._successes(*assets))

    def count_asked_again(self) -> int:
        return sum(row.details.get(ASKED_AGAIN, 0) for row in self.rows if row.status == "success")

    def count_not_archived(self) -> int:
        return sum((row.details or {}).get(_FAILED, 0) for row in self.rows if row.asset in _ARCHIVING)

    def read_plan(self) -> RunPlan | None:
        """Return the numbers of the last plan, as its step recorded them."""
        made = list(self._successes(*_PLANS))
        if not made:
            return None
        return RunPlan(
            purpose=_PLANS[made[-1].asset],
            duplicates_to_archive=made[-1].details.get(_PLANNED, 0),
            external_ids_to_remove=made[-1].details.get(_RELEASE, 0),
            duplicates_to_approve=made[-1].details.get(_APPROVAL, 0),
        )

    def count_rejected_rows(self) -> int | None:
        made = list(self._successes(REJECTED_ROWS))
        return made[-1].rows_in if made else None

    def _successes(self, *assets: str) -> Iterable[sa.Row[Any]]:
        return (row for row in self.rows if row.status == "success" and row.asset in assets)


def read_run_result(conn: sa.Connection, run_id: str) -> RunResult | None:
    """Read the result of a run; None before its first step has ended."""
    return read_run_results(conn, [run_id]).get(run_id)


def read_run_results(conn: sa.Connection, run_ids: Sequence[str]) -> dict[str, RunResult]:
    """Read the results of runs of one year by their ids, without those of which no step has ended."""
    steps = {run_id: steps for run_id, steps in _read_steps(conn, run_ids).items() if steps.has_ended}
    if not steps:
        return {}
    year = max((run.year for run in steps.values() if run.year is not None), default=None)
    changes = _count_changes(conn, steps)
    answers = {} if year is None else count_applied_decisions(conn, year, list(steps))
    questions, errors = _count_questions(conn, steps), _count_errors(conn, steps)
    loads, files = _read_loads(conn, steps), _read_files(conn, steps)
    archiving = count_by_run(conn, steps)
    results = {}
    for run_id, run in steps.items():
        change, question, load = changes.get(run_id), questions.get(run_id), loads.get(run_id)
        results[run_id] = RunResult(
            new_mentors=change.new if change else 0,
            updated_mentors=change.updated if change else 0,
            changes_after=change.after if change else None,
            changes_upto=change.upto if change else None,
            applied_answers=answers.get(run_id, 0),
            new_questions=question.new if question else 0,
            asked_again=run.count_asked_again(),
            settled_questions=question.settled if question else 0,
            new_errors=errors.get(run_id, 0),
            contacts_loaded=load.row_count if load else None,
            contacts_origin=load.origin if load else None,
            new_signups=run.sum("rows_added", raw_mn_signups.name),
            new_entries=run.sum("rows_added", *_FORM_TABLES),
            changed_entries=run.sum("rows_changed", raw_mn_signups.name, *_FORM_TABLES),
            new_pages=run.sum("rows_added", raw_gb_campaign_members.name),
            changed_pages=run.sum("rows_changed", raw_gb_campaign_members.name),
            written_messages=run.sum("rows_added", campaign_messages.name)
            + run.sum("rows_changed", campaign_messages.name),
            changed_settings=run.sum("rows_added", sync_configs.name) + run.sum("rows_changed", sync_configs.name),
            file_rows=files.get(run_id),
            rejected_rows=run.count_rejected_rows(),
            plan=run.read_plan(),
            not_archived=run.count_not_archived(),
            **asdict(archiving.get(run_id, NO_ARCHIVING)),
        )
    return results


def _read_steps(conn: sa.Connection, run_ids: Iterable[str]) -> dict[str, _Steps]:
    log = sync_log.c
    details = sa.func.jsonb_strip_nulls(
        sa.func.jsonb_build_object(*(part for name in _DETAILS for part in (name, log.details[name])))
    )
    query = sa.select(
        *(log.run_id, log.id, log.asset, log.campaign_year, log.status, log.finished_at),
        *(log.rows_in, log.rows_added, log.rows_changed, details.label("details")),
    )
    rows = conn.execute(query.where(log.run_id.in_(list(run_ids))).order_by(log.id)).all()
    by_run: dict[str, list[Any]] = {}
    for row in rows:
        by_run.setdefault(row.run_id, []).append(row)
    return {run_id: _Steps(steps) for run_id, steps in by_run.items()}


def _count_changes(conn: sa.Connection, run_ids: Iterable[str]) -> dict[str, sa.Row[Any]]:
    """Count the new and the updated mentors of runs that have changed mentors."""
    change, log, before = mn_changes.c, sync_log.c, sync_log.alias()
    is_new = change.change_type == "new_mentor"
    counts = (
        sa.select(
            log.run_id,
            sa.func.count(change.mn_id.distinct()).filter(is_new).label("new"),
            sa.func.count(change.mn_id.distinct()).filter(~is_new).label("updated"),
            sa.func.min(log.id).label("first"),
            sa.func.max(log.id).label("upto"),
        )
        .join_from(sync_log, mn_changes, change.sync_log_id == log.id)
        .where(log.run_id.in_(list(run_ids)), change.change_type.not_in(("duplicates_archived", "duplicates_restored")))
        .group_by(log.run_id)
        .subquery()
    )
    after = sa.select(sa.func.max(before.c.id)).where(before.c.id < counts.c.first).scalar_subquery()
    return {row.run_id: row for row in conn.execute(sa.select(counts, after.label("after")))}


def _count_questions(conn: sa.Connection, run_ids: Iterable[str]) -> dict[str, sa.Row[Any]]:
    """Count the questions that were asked, and those that were closed, while a run was in progress."""
    run, conflict = _spans(run_ids), sync_conflicts.c
    is_new = conflict.created_at.between(run.c.start, run.c.end)
    is_settled = conflict.closed_at.between(run.c.start, run.c.end)
    query = (
        sa.select(
            run.c.run_id,
            sa.func.count().filter(is_new).label("new"),
            sa.func.count().filter(is_settled).label("settled"),
        )
        .join_from(run, sync_conflicts, sa.and_(conflict.campaign_year == run.c.year, sa.or_(is_new, is_settled)))
        .where(ABOUT_MENTORS)
        .group_by(run.c.run_id)
    )
    return {row.run_id: row for row in conn.execute(query)}


def _count_errors(conn: sa.Connection, run_ids: Iterable[str]) -> dict[str, int]:
    """Count the errors that appeared while a run was in progress."""
    run, error = _spans(run_ids), sync_errors.c
    is_new = error.created_at.between(run.c.start, run.c.end)
    query = (
        sa.select(run.c.run_id, sa.func.count().label("number"))
        .join_from(run, sync_errors, sa.and_(error.campaign_year.is_not_distinct_from(run.c.year), is_new))
        .group_by(run.c.run_id)
    )
    return {row.run_id: row.number for row in conn.execute(query)}


def _spans(run_ids: Iterable[str]) -> sa.Subquery:
    """Select the years of runs, and the times from their first step to the last that has ended."""
    log = sync_log.c
    return (
        sa.select(
            log.run_id,
            sa.func.min(log.started_at).label("start"),
            sa.func.max(log.finished_at).label("end"),
            sa.func.max(log.campaign_year).label("year"),
        )
        .where(log.run_id.in_(list(run_ids)))
        .group_by(log.run_id)
        .subquery()
    )


def _read_loads(conn: sa.Connection, run_ids: Iterable[str]) -> dict[str, Any]:
    load = gb_contact_loads.c
    query = sa.select(load.run_id, load.row_count, load.origin).where(load.run_id.in_(list(run_ids)))
    return {row.run_id: row for row in conn.execute(query.order_by(load.id))}


def _read_files(conn: sa.Connection, run_ids: Iterable[str]) -> dict[str, int]:
    file = gb_import_files.c
    query = sa.select(file.run_id, file.row_count).where(file.run_id.in_(list(run_ids)))
    return {row.run_id: row.row_count for row in conn.execute(query.order_by(file.id))}
