"""What a person can do about conflicts, errors and warnings (rulebook, sections 6 and 12).

Each function is one transaction with one audit entry. The command line, the pages and the API call these and format the
result. With a `year`, records of another year are refused as unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mentorsync_pipeline.db.audited_change import ChangeContext
from mentorsync_pipeline.review import conflict_detail, decisions, errors, warnings
from mentorsync_pipeline.review.decisions import Answer, Choice

_DECISIONS = "sync_decisions"
_ERRORS = "sync_errors"
_WARNINGS = "sync_warnings"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetriedErrors:
    """Errors whose next try was counted: their ids, the campaign years, and the run that was started, if one was."""

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
    seen: str | None = None,
    year: int | None = None,
) -> dict[str, Any]:
    """Record an answer to a conflict, for the next run of the year to apply.

    Args:
        value: the answer of `custom`.
        seen: what the person looked at (`decisions.as_seen`).

    Returns:
        The conflict with its decision (`conflict_detail.conflict`).

    Raises:
        ConflictNotFoundError: there is no such conflict.
        AlreadyDecidedError: somebody was first, or the question has changed; nothing is written.
        DecisionInvalidError: the answer does not fit; nothing is written.

    """
    answer = Answer(choice=choice, by=context.actor.name, value=value, reason=reason)
    with context.change(_DECISIONS) as change:
        if year is not None:
            conflict_detail.require_year(change.conn, year, [conflict_id])
        decisions.resolve(change.conn, conflict_id, answer, now=change.now, seen=seen)
        decided = conflict_detail.conflict(change.conn, conflict_id)
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
    """Withdraw the answer to a conflict, which is open again.

    Returns:
        The conflict (`conflict_detail.conflict`).

    Raises:
        ConflictNotFoundError: there is no such conflict.
        AlreadyDecidedError: `decision_id` is not the present answer; nothing is written.
        DecisionInvalidError: there is no answer; nothing is written.

    """
    with context.change(_DECISIONS) as change:
        if year is not None:
            conflict_detail.require_year(change.conn, year, [conflict_id])
        decisions.undo(change.conn, conflict_id, by=context.actor.name, now=change.now, decision_id=decision_id)
        conflict = conflict_detail.conflict(change.conn, conflict_id)
        change.record(
            "answer_undone",
            "answer withdrawn",
            subject=f"conflict {conflict_id}",
            years={conflict["campaign_year"]},
            conflict=conflict_id,
        )
    return conflict


def accept_recommendations(
    context: ChangeContext, seen: Mapping[int, str], *, reason: str | None = None, year: int | None = None
) -> list[int]:
    """Answer these conflicts as recommended, all or none; those without a recommendation are left open.

    Args:
        seen: for each conflict id what the person looked at (`decisions.as_seen`).

    Returns:
        The ids of the conflicts that were answered.

    Raises:
        ConflictNotFoundError: one of them does not exist; nothing is written.
        AlreadyDecidedError: one was answered or has changed; nothing is written.

    """
    with context.change(_DECISIONS) as change:
        if year is not None:
            conflict_detail.require_year(change.conn, year, seen)
        years = conflict_detail.years_of(change.conn, seen)
        ids = decisions.accept_recommendations(change.conn, seen, by=context.actor.name, reason=reason, now=change.now)
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
    """Count one more try of open errors; the sync of their years then tries them.

    Args:
        ids: the errors; None for all whose next try is due.
        start: starts the run and returns its id. When it fails, the try is not counted.

    Raises:
        ErrorNotFoundError: one of them is not open; nothing is counted.

    """
    with context.change(_ERRORS) as change:
        wanted = [row["id"] for row in errors.due(change.conn, now=change.now, year=year)] if ids is None else ids
        rows = errors.begin_retry(change.conn, _distinct(wanted), now=change.now, by=context.actor.name, year=year)
        run_id = start() if start is not None else None
        years = frozenset(row["campaign_year"] for row in rows)
        change.record("errors_retried", "retried", subject=_ERRORS, years=years, errors=len(rows))
    return RetriedErrors(ids=tuple(row["id"] for row in rows), years=years, run_id=run_id)


def ignore_errors(context: ChangeContext, ids: Sequence[int], *, year: int | None = None) -> list[int]:
    """Close open errors for good; the same record with another message is a new error.

    Returns:
        The ids that were closed.

    Raises:
        ErrorNotFoundError: one of them is not open; nothing is closed.

    """
    closed = _distinct(ids)
    with context.change(_ERRORS) as change:
        years = errors.ignore(change.conn, closed, by=context.actor.name, now=change.now, year=year)
        change.record("errors_ignored", "ignored", subject=_ERRORS, years=years, errors=len(closed))
    return closed


def accept_errors(context: ChangeContext, ids: Sequence[int], *, year: int | None = None) -> list[dict[str, Any]]:
    """Accept what open errors refused, such as a list that shrank; it holds once, for the content that was refused.

    Returns:
        The rows of `sync_errors` as they were.

    Raises:
        ErrorNotFoundError: one of them is not open; nothing is accepted.
        ErrorNotAcceptableError: one of them is to be corrected, not accepted; nothing is accepted.

    """
    with context.change(_ERRORS) as change:
        rows = errors.accept(change.conn, _distinct(ids), by=context.actor.name, now=change.now, year=year)
        change.record(
            "list_accepted",
            "accepted",
            subject=", ".join(row["subject"] for row in rows),
            years={row["campaign_year"] for row in rows},
            errors=len(rows),
        )
    return rows


def acknowledge_warnings(
    context: ChangeContext, wanted: Sequence[int] | warnings.WarningFilter, *, year: int | None = None
) -> list[int]:
    """Acknowledge warnings by id, or all that a filter finds; unchanged they are not shown as open again.

    Returns:
        The ids that were acknowledged.

    Raises:
        WarningNotFoundError: one of them is not open; nothing is acknowledged.

    """
    with context.change(_WARNINGS) as change:
        if isinstance(wanted, warnings.WarningFilter):
            ids = [row["id"] for row in warnings.warnings(change.conn, wanted)]
        else:
            ids = _distinct(wanted)
        years = warnings.acknowledge(change.conn, ids, by=context.actor.name, now=change.now, year=year)
        change.record("warnings_acknowledged", "acknowledged", subject=_WARNINGS, years=years, warnings=len(ids))
    return ids


def _distinct(ids: Sequence[int]) -> list[int]:
    return sorted(set(ids))
