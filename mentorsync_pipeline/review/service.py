"""Answer conflicts, retry, ignore and accept errors, acknowledge warnings (rulebook, sections 6 and 12).

Each function is one transaction with one audit entry. With a `year`, records of another year are refused as unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mentorsync_pipeline.db.audited_change import ChangeContext
from mentorsync_pipeline.db.closed_years import read_closed_years
from mentorsync_pipeline.review import conflict_detail, decision_store, error_list, warning_list
from mentorsync_pipeline.review.decision_store import Answer, Choice
from mentorsync_pipeline.review.validation import DecisionInvalidError

_DECISIONS = "sync_decisions"
_ERRORS = "sync_errors"
_WARNINGS = "sync_warnings"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetriedErrors:
    """Retried errors: their ids, their campaign years, and the id of the run if one was started."""

    ids: tuple[int, ...]
    years: frozenset[int | None]
    run_id: str | None = None


def answer_conflict(
    context: ChangeContext,
    conflict_id: int,
    choice: Choice,
    *,
    value: Any = None,
    reason: str | None = None,
    skipped_until: date | None = None,
    seen: str | None = None,
    year: int | None = None,
) -> dict[str, Any]:
    """Record an answer to a conflict, for the next run of the year to apply.

    Args:
        value: the answer of `custom`.
        skipped_until: day on which a skipped conflict is open again.
        seen: fingerprint of the conflict that the person looked at (`decision_store.conflict_fingerprint`).

    Returns:
        The conflict with its decision (`conflict_detail.read_conflict`).

    Raises:
        ConflictNotFoundError: there is no such conflict.
        AlreadyDecidedError: it was answered or has changed meanwhile; nothing is written.
        DecisionInvalidError: the answer does not fit; nothing is written.

    """
    answer = Answer(choice=choice, by=context.actor.name, value=value, reason=reason, skipped_until=skipped_until)
    with context.change(_DECISIONS) as change:
        if year is not None:
            conflict_detail.require_conflicts_of_year(change.conn, year, [conflict_id])
        decision_store.record_answer(change.conn, conflict_id, answer, now=change.now, seen=seen)
        decided = conflict_detail.read_conflict(change.conn, conflict_id)
        change.record(
            "conflict_answered",
            "answered",
            subject=f"conflict {conflict_id}",
            years={decided["campaign_year"]},
            conflict=conflict_id,
            choice=choice,
        )
    return decided


def undo_answer(
    context: ChangeContext, conflict_id: int, *, decision_id: int | None = None, year: int | None = None
) -> dict[str, Any]:
    """Undo the answer to a conflict, which is open again.

    Returns:
        The conflict (`conflict_detail.read_conflict`).

    Raises:
        ConflictNotFoundError: there is no such conflict.
        AlreadyDecidedError: `decision_id` is not the present answer; nothing is written.
        DecisionInvalidError: there is no answer; nothing is written.

    """
    with context.change(_DECISIONS) as change:
        if year is not None:
            conflict_detail.require_conflicts_of_year(change.conn, year, [conflict_id])
        decision_store.undo_answer(
            change.conn, conflict_id, by=context.actor.name, now=change.now, decision_id=decision_id
        )
        conflict = conflict_detail.read_conflict(change.conn, conflict_id)
        change.record(
            "answer_undone",
            "answer withdrawn",
            subject=f"conflict {conflict_id}",
            years={conflict["campaign_year"]},
            conflict=conflict_id,
        )
    return conflict


def undo_answers(context: ChangeContext, year: int, *, at: datetime) -> list[int]:
    """Undo all answers that the actor gave at this moment, such as accepted recommendations: all or none.

    Returns:
        The ids of the conflicts, which are open again.

    Raises:
        DecisionInvalidError: there are none; nothing is written.

    """
    with context.change(_DECISIONS) as change:
        answered = decision_store.find_answered_conflicts(change.conn, year, by=context.actor.name, at=at)
        if not answered:
            raise DecisionInvalidError("These answers were undone or replaced.", "There is nothing to undo.")
        for conflict_id, decision_id in answered.items():
            decision_store.undo_answer(
                change.conn, conflict_id, by=context.actor.name, now=change.now, decision_id=decision_id
            )
        change.record("answers_undone", "answers withdrawn", subject="conflicts", years={year}, conflicts=len(answered))
    return list(answered)


def accept_recommendations(
    context: ChangeContext, seen: Mapping[int, str], *, reason: str | None = None, year: int | None = None
) -> list[int]:
    """Answer these conflicts as recommended, all or none; those without a recommendation stay open.

    Args:
        seen: fingerprints by conflict id (`decision_store.conflict_fingerprint`).

    Returns:
        The ids of the conflicts that were answered.

    Raises:
        ConflictNotFoundError: one of them does not exist; nothing is written.
        AlreadyDecidedError: one was answered or has changed; nothing is written.

    """
    with context.change(_DECISIONS) as change:
        if year is not None:
            conflict_detail.require_conflicts_of_year(change.conn, year, seen)
        years = conflict_detail.find_conflict_years(change.conn, seen)
        ids = decision_store.accept_recommendations(
            change.conn, seen, by=context.actor.name, reason=reason, now=change.now
        )
        change.record(
            "recommendations_accepted",
            "recommendations accepted",
            subject="conflicts",
            years=years,
            conflicts=len(ids),
        )
    return ids


def retry_errors(
    context: ChangeContext,
    ids: Sequence[int] | None,
    *,
    year: int | None = None,
    start: Callable[[], str] | None = None,
) -> RetriedErrors:
    """Count a retry of open errors. The next sync of their years retries them.

    Args:
        ids: the errors; None for all whose next retry is due.
        start: starts the run and returns its id. If it fails, the retry is not counted.

    Raises:
        ErrorNotFoundError: one of them is not open; nothing is counted.

    """
    with context.change(_ERRORS) as change:
        error_ids = (
            [row["id"] for row in error_list.read_due_errors(change.conn, now=change.now, year=year)]
            if ids is None
            else ids
        )
        rows = error_list.count_retry(
            change.conn, _distinct(error_ids), now=change.now, by=context.actor.name, year=year
        )
        run_id = start() if start is not None else None
        years = frozenset(row["campaign_year"] for row in rows)
        change.record("errors_retried", "retried", subject=_ERRORS, years=years, errors=len(rows))
    return RetriedErrors(ids=tuple(row["id"] for row in rows), years=years, run_id=run_id)


def ignore_errors(context: ChangeContext, ids: Sequence[int], *, year: int | None = None) -> list[int]:
    """Close open errors. The same record with another message is a new error.

    Returns:
        The ids that were closed.

    Raises:
        ErrorNotFoundError: one of them is not open; nothing is closed.

    """
    closed = _distinct(ids)
    with context.change(_ERRORS) as change:
        years = error_list.ignore_errors(change.conn, closed, by=context.actor.name, now=change.now, year=year)
        change.record("errors_ignored", "ignored", subject=_ERRORS, years=years, errors=len(closed))
    return closed


def reopen_errors(
    context: ChangeContext, year: int, *, ids: Sequence[int] | None = None, at: datetime | None = None
) -> list[int]:
    """Open closed errors again: those with these ids, or those that the actor closed at this moment.

    Returns:
        The ids.

    Raises:
        ErrorNotFoundError: one of them is not closed; nothing is written.

    """
    with context.change(_ERRORS) as change:
        reopened = (
            _distinct(ids)
            if ids is not None or at is None
            else error_list.find_closed_errors(change.conn, year, by=context.actor.name, at=at)
        )
        years = error_list.reopen_errors(change.conn, reopened, now=change.now, year=year)
        change.record("errors_reopened", "opened again", subject=_ERRORS, years=years, errors=len(reopened))
    return reopened


def accept_errors(context: ChangeContext, ids: Sequence[int], *, year: int | None = None) -> list[dict[str, Any]]:
    """Accept the content that open errors refused, such as a list that shrank. Other content is refused again.

    Returns:
        The previous rows of `sync_errors`.

    Raises:
        ErrorNotFoundError: one of them is not open; nothing is accepted.
        ErrorNotAcceptableError: one of them must be corrected; nothing is accepted.

    """
    with context.change(_ERRORS) as change:
        rows = error_list.accept_errors(change.conn, _distinct(ids), by=context.actor.name, now=change.now, year=year)
        change.record(
            "list_accepted",
            "accepted",
            subject=", ".join(row["subject"] for row in rows),
            years={row["campaign_year"] for row in rows},
            errors=len(rows),
        )
    return rows


def acknowledge_warnings(
    context: ChangeContext, selection: Sequence[int] | warning_list.WarningFilter, *, year: int | None = None
) -> list[int]:
    """Acknowledge warnings by id, or all that match a filter. Unchanged warnings are not shown as open again.

    A filter without a year excludes closed years.

    Returns:
        The ids that were acknowledged.

    Raises:
        WarningNotFoundError: one of them is not open; nothing is acknowledged.

    """
    with context.change(_WARNINGS) as change:
        if isinstance(selection, warning_list.WarningFilter):
            closed = read_closed_years(change.conn) if selection.year is None else ()
            rows = warning_list.read_warnings(change.conn, selection)
            ids = [row["id"] for row in rows if row["campaign_year"] not in closed]
        else:
            ids = _distinct(selection)
        years = warning_list.acknowledge_warnings(change.conn, ids, by=context.actor.name, now=change.now, year=year)
        change.record("warnings_acknowledged", "acknowledged", subject=_WARNINGS, years=years, warnings=len(ids))
    return ids


def reopen_warnings(
    context: ChangeContext, year: int, *, ids: Sequence[int] | None = None, at: datetime | None = None
) -> list[int]:
    """Take back acknowledgements: of these ids, or those that the actor gave at this moment.

    Returns:
        The ids.

    Raises:
        WarningNotFoundError: one of them is not acknowledged; nothing is written.

    """
    with context.change(_WARNINGS) as change:
        reopened = (
            _distinct(ids)
            if ids is not None or at is None
            else warning_list.find_acknowledged_warnings(change.conn, year, by=context.actor.name, at=at)
        )
        years = warning_list.reopen_warnings(change.conn, reopened, year=year)
        change.record("warnings_reopened", "opened again", subject=_WARNINGS, years=years, warnings=len(reopened))
    return reopened


def _distinct(ids: Sequence[int] | None) -> list[int]:
    return sorted(set(ids or ()))
