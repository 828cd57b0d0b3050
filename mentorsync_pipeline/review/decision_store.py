"""Record and undo decisions on conflicts in the caller's transaction (rulebook, section 6).

A decision does not change mentors; the next run of the year's assets applies it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.db.filters import is_any_of
from mentorsync_pipeline.db.tables import mn_changes, sync_conflicts, sync_decisions, sync_log
from mentorsync_pipeline.domain.clean_text import clean_typed
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.review.validation import DecisionInvalidError, validate_value

Choice = Literal["a", "b", "custom", "skipped"]
CONFLICT_KEY = ("campaign_year", "mn_id", "conflict_type", "subject", "submission_id")


class ConflictNotFoundError(MentorSyncError):
    """There is no conflict with this id."""

    code = "CONFLICT_NOT_FOUND"


class AlreadyDecidedError(MentorSyncError):
    """Another person decided first, or the conflict has changed since (the console answers 409)."""

    code = "ALREADY_DECIDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A person's answer to one conflict; `value` only with `custom`.

    With `skipped`, the conflict is open again from the day `skipped_until`.
    """

    choice: Choice
    by: str
    value: Any = None
    reason: str | None = None
    skipped_until: date | None = None


def conflict_fingerprint(conflict: Mapping[Any, Any]) -> str:
    """Return a hash of a conflict as a person sees it: its inputs, and the option of each letter.

    The `input_fingerprint` alone is not enough: two contacts may swap their letters while it is unchanged.
    """
    values = (conflict["option_a"]["value"], conflict["option_b"]["value"])
    return fingerprint(conflict["input_fingerprint"], *values, conflict["recommended_option"])


def record_answer(
    conn: sa.Connection, conflict_id: int, answer: Answer, *, now: datetime, seen: str | None = None
) -> int:
    """Record an answer to an open conflict in the caller's transaction; return the decision's id.

    Args:
        seen: `conflict_fingerprint` of the conflict that the person looked at; None skips the check.

    Raises:
        AlreadyDecidedError: the conflict was answered or has changed since.
        DecisionInvalidError: the answer does not fit the conflict.
        ConflictNotFoundError: there is no such conflict.

    """
    conflict = _lock_conflict(conn, conflict_id)
    if conflict["status"] == "decided":
        raise AlreadyDecidedError(
            f"Conflict {conflict_id} has been decided already: {_describe_answer(conn, conflict)}.",
            f"See: mentorsync conflicts show {conflict_id}. Undo the decision first if it is wrong.",
        )
    if conflict["status"] == "obsolete":
        raise AlreadyDecidedError(
            f"Conflict {conflict_id} is closed, because its cause no longer exists.", "No answer is needed."
        )
    if seen is not None and seen != conflict_fingerprint(conflict):
        raise AlreadyDecidedError(
            f"The data behind conflict {conflict_id} has changed.",
            f"Look at it again (mentorsync conflicts show {conflict_id}), then decide.",
        )
    _validate_skipped_until(answer, now)
    value = _choose_value(conn, conflict, answer)
    _withdraw_answer(conn, conflict, by=answer.by, now=now)  # a skipped conflict can be answered later
    decision_id: int = conn.execute(
        sa.insert(sync_decisions)
        .values(
            **{key: conflict[key] for key in CONFLICT_KEY},
            input_fingerprint=conflict["input_fingerprint"],
            choice=answer.choice,
            value=value,
            decided_by=answer.by,
            reason=clean_typed(answer.reason),
            skipped_until=answer.skipped_until,
            decided_at=now,
        )
        .returning(sync_decisions.c.id)
    ).scalar_one()
    _set_status(conn, conflict, "skipped" if answer.choice == "skipped" else "decided", decision_id, now)
    _log_change(conn, conflict, old=None, new={"choice": answer.choice, "value": value}, by=answer.by, now=now)
    return decision_id


def undo_answer(
    conn: sa.Connection, conflict_id: int, *, by: str, now: datetime, decision_id: int | None = None
) -> None:
    """Undo the answer to a conflict, which is open again.

    Args:
        decision_id: the answer to undo; None for the one in force.

    Raises:
        AlreadyDecidedError: another answer is in force.
        DecisionInvalidError: there is no answer.
        ConflictNotFoundError: there is no such conflict.

    """
    conflict = _lock_conflict(conn, conflict_id)
    if decision_id is not None and conflict["decision_id"] not in (decision_id, None):
        raise AlreadyDecidedError(
            f"Conflict {conflict_id} has another answer now: {_describe_answer(conn, conflict)}.",
            "Undo that answer if it is wrong.",
        )
    old = _withdraw_answer(conn, conflict, by=by, now=now)
    if old is None:
        raise DecisionInvalidError(f"Conflict {conflict_id} has no decision.", "There is nothing to undo.")
    _set_status(conn, conflict, "pending", None, now)
    _log_change(conn, conflict, old={"choice": old["choice"], "value": old["value"]}, new=None, by=by, now=now)


def is_answer_to(conflict: Mapping[Any, Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a row of `sync_decisions` is, or was, the mentor's answer to a conflict.

    After a second sign-up of the person, the conflict has the newer submission and refers to the older one's answer.
    """
    c = sync_decisions.c
    ids = {conflict["decision_id"], conflict["previous_decision"].get("id")} - {None}
    same_key = sa.and_(*(c[name].is_not_distinct_from(conflict[name]) for name in CONFLICT_KEY))
    return sa.or_(c.id.in_(ids), same_key)


def end_skips(conn: sa.Connection, year: int, source_table: str, *, now: datetime) -> None:
    """Open the skipped conflicts of a stage again whose day has come. The next answer replaces the skip."""
    c, decision = sync_conflicts.c, sync_decisions.c
    of_stage = (c.campaign_year == year, c.source_table == source_table, c.status == "skipped")
    skipped = conn.execute(sa.select(c.id).where(*of_stage)).scalars().all()
    if skipped:  # otherwise no decision is read
        conn.execute(
            sa.update(sync_conflicts)
            .where(
                is_any_of(c.id, skipped),
                c.decision_id == decision.id,
                decision.skipped_until <= now.astimezone(TEAM_ZONE).date(),
            )
            .values(status="pending", decision_id=None, updated_at=now)
        )


def find_answered_conflicts(conn: sa.Connection, year: int, *, by: str, at: datetime) -> dict[int, int]:
    """Return the conflicts of a year that a person answered at this moment: decision id by conflict id."""
    c, decision = sync_conflicts.c, sync_decisions.c
    rows = conn.execute(
        sa.select(c.id, decision.id.label("decision_id"))
        .join_from(sync_conflicts, sync_decisions, decision.id == c.decision_id)
        .where(c.campaign_year == year, decision.decided_by == by, decision.decided_at == at)
        .order_by(c.id)
    )
    return {row.id: row.decision_id for row in rows}


def accept_recommendations(
    conn: sa.Connection, seen: Mapping[int, str], *, by: str, reason: str | None, now: datetime
) -> list[int]:
    """Answer conflicts as recommended, all or none; return their ids. Those without a recommendation are skipped.

    Args:
        seen: `conflict_fingerprint` by conflict id.

    Raises:
        AlreadyDecidedError: one of them was answered or has changed.

    """
    accepted = []
    for conflict_id, fingerprint_seen in sorted(seen.items()):
        recommended = _lock_conflict(conn, conflict_id)["recommended_option"]
        if recommended is not None:
            record_answer(
                conn, conflict_id, Answer(choice=recommended, by=by, reason=reason), now=now, seen=fingerprint_seen
            )
            accepted.append(conflict_id)
    return accepted


def _lock_conflict(conn: sa.Connection, conflict_id: int) -> sa.RowMapping:
    """Read and lock a conflict. A second person who answers at the same time then sees the first answer."""
    row = (
        conn.execute(sa.select(sync_conflicts).where(sync_conflicts.c.id == conflict_id).with_for_update())
        .mappings()
        .first()
    )
    if row is None:
        raise ConflictNotFoundError(
            f"There is no conflict {conflict_id}.", "List them with: mentorsync conflicts list --year YEAR."
        )
    return row


def _describe_answer(conn: sa.Connection, conflict: sa.RowMapping) -> str:
    decision = conn.execute(
        sa.select(sync_decisions.c.choice, sync_decisions.c.decided_by, sync_decisions.c.decided_at).where(
            sync_decisions.c.id == conflict["decision_id"]
        )
    ).one()
    return f"{decision.choice}, by {decision.decided_by}, {decision.decided_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _validate_skipped_until(answer: Answer, now: datetime) -> None:
    if answer.skipped_until is None:
        return
    if answer.choice != "skipped":
        raise DecisionInvalidError("Only a skipped question has a date.", "Leave the date out, or skip the question.")
    if answer.skipped_until <= now.astimezone(TEAM_ZONE).date():
        raise DecisionInvalidError(
            f"{answer.skipped_until} is not in the future.", "Choose a later day, or skip the question without a date."
        )


def _choose_value(conn: sa.Connection, conflict: sa.RowMapping, answer: Answer) -> Any:
    """Return the validated value of the answer."""
    if answer.choice == "skipped":
        return None
    if answer.choice == "custom":
        return validate_value(conn, conflict, answer.value)
    return conflict[f"option_{answer.choice}"]["value"]


def _withdraw_answer(
    conn: sa.Connection, conflict: sa.RowMapping, *, by: str, now: datetime
) -> Mapping[Any, Any] | None:
    """Withdraw the answers of the mentor to a conflict; return the last one."""
    table = sync_decisions
    withdrawn = conn.execute(
        sa.update(table)
        .where(is_answer_to(conflict), table.c.undone_at.is_(None))
        .values(undone_at=now, undone_by=by)
        .returning(table.c.id, table.c.choice, table.c.value)
    ).mappings()
    return max(withdrawn, key=lambda row: row["id"], default=None)


def _set_status(
    conn: sa.Connection, conflict: sa.RowMapping, status: str, decision_id: int | None, now: datetime
) -> None:
    conn.execute(
        sa.update(sync_conflicts)
        .where(sync_conflicts.c.id == conflict["id"])
        .values(status=status, decision_id=decision_id, updated_at=now)
    )


def _log_change(
    conn: sa.Connection,
    conflict: sa.RowMapping,
    *,
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    by: str,
    now: datetime,
) -> None:
    year = conflict["campaign_year"]
    log_id = conn.execute(
        sa.insert(sync_log)
        .values(
            asset="sync_decisions",
            run_id=f"conflict {conflict['id']}",
            campaign_year=year,
            status="success",
            details={"by": by},
            started_at=now,
            finished_at=now,
        )
        .returning(sync_log.c.id)
    ).scalar_one()
    conn.execute(
        sa.insert(mn_changes).values(
            campaign_year=year,
            mn_id=conflict["mn_id"],
            change_type="conflict_resolved",
            field=conflict["conflict_type"],
            old_value=old,
            new_value=new,
            source_table="sync_decisions",
            source=by,
            sync_log_id=log_id,
            detected_at=now,
            resolved=True,
        )
    )
