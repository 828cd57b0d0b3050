"""Store the conflicts, errors and warnings of a stage: one open row per subject, closed when its cause is gone.

Each function takes all findings of one `source_table` for one year, and closes the open rows that are not among them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.filters import is_any_of
from mentorsync_pipeline.db.tables import sync_conflicts, sync_decisions, sync_errors, sync_warnings
from mentorsync_pipeline.db.tables.review import DEFAULT_MAX_RETRIES
from mentorsync_pipeline.domain.changed_inputs import find_changed_inputs
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.decisions import list_seen_contacts
from mentorsync_pipeline.domain.findings import Conflict, ErrorFinding, Option, WarningFinding, next_retry_at
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.review.decision_store import end_skips
from mentorsync_pipeline.review.error_list import resolved_values

# These facts keep their first dates, because our own import changes the dates of all contacts.
_NOT_UPDATED = frozenset({"phone_mismatch", "email_mismatch", "field_mismatch"})

ASKED_AGAIN = "conflicts asked again"
"""Name in the log of a step's number of `FindingCounts.asked_again`."""


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """Numbers of findings that a run opened and closed, and of those that are open after it.

    `asked_again` are the answered or skipped conflicts among the opened ones.
    """

    opened: int = 0
    closed: int = 0
    open: int = 0
    asked_again: int = 0


def record_conflicts(
    conn: sa.Connection,
    year: int,
    conflicts: Sequence[Conflict],
    *,
    decisions: Decisions = MappingProxyType({}),
    source_table: str,
    log_id: int | None,
    now: datetime,
) -> FindingCounts:
    """Store the conflicts of a stage (rulebook section 5).

    - Same inputs: not raised again. A pending conflict gets the present numbers.
    - Changed inputs: pending again, with the old answer and the changes in `previous_decision`.
    - Skipped until a day that has come: pending again.
    - No longer raised: a pending conflict becomes `obsolete`, or `decided` again if an older answer is in force; a
      decided conflict stays, because its decision still holds.
    - Decided for another person, who had the MN id before: stays, and the new one is a conflict of its own.

    Args:
        decisions: decisions in force by the keys of conflicts, as the rules used them (`domain.decision_owners`).

    """
    table = sync_conflicts
    end_skips(conn, year, source_table, now=now)
    rows = conn.execute(
        sa.select(table).where(
            table.c.campaign_year == year, table.c.source_table == source_table, table.c.status != "obsolete"
        )
    ).mappings()
    rows_by_key: dict[tuple[str, str, str], list[Mapping[Any, Any]]] = defaultdict(list)
    for stored_row in rows:
        rows_by_key[stored_row["mn_id"], stored_row["conflict_type"], stored_row["subject"]].append(stored_row)
    keys = [(conflict.mn_id, conflict.conflict_type, conflict.subject) for conflict in conflicts]
    answers = _read_answers(conn, {decisions[key].id for key in keys if key in decisions})
    new, asked_again, updated = [], [], []
    reopened = 0
    raised_ids = set()
    for key, conflict in zip(keys, conflicts, strict=True):
        answer = answers.get(decisions[key].id) if key in decisions else None
        row = _find_row(rows_by_key[key], conflict, answer)
        values = _conflict_values(conflict)
        if row is None:
            previous = _previous_decision(answer, None, conflict) or {}
            new.append({"campaign_year": year, "created_at": now, "previous_decision": previous, **values})
            continue
        raised_ids.add(row["id"])
        if row["input_fingerprint"] != conflict.input_fingerprint:
            kept = row["previous_decision"] if row["submission_id"] in (None, conflict.submission_id) else {}
            previous = _previous_decision(answer, row, conflict) or kept
            asked_again.append({"row_id": row["id"], "status": "pending", "previous_decision": previous, **values})
            reopened += row["status"] != "pending"
        elif row["status"] == "pending" and (
            row["submission_id"] != conflict.submission_id or _has_other_values(row, conflict, values)
        ):
            updated.append({"row_id": row["id"], **values})
    if new:
        conn.execute(sa.insert(table).values(updated_at=now, sync_log_id=log_id), new)
    if asked_again:
        conn.execute(_update_by_id(table).values(decision_id=None, updated_at=now, sync_log_id=log_id), asked_again)
    if updated:
        conn.execute(_update_by_id(table).values(updated_at=now, sync_log_id=log_id), updated)
    closed = [
        stored_row
        for stored_rows in rows_by_key.values()
        for stored_row in stored_rows
        if stored_row["id"] not in raised_ids and stored_row["status"] in ("pending", "skipped")
    ]
    _close_conflicts(conn, closed, now=now)
    return FindingCounts(opened=len(new) + reopened, asked_again=reopened, closed=len(closed), open=len({*keys}))


def _find_row(
    rows: Sequence[Mapping[Any, Any]], conflict: Conflict, answer: Mapping[Any, Any] | None
) -> Mapping[Any, Any] | None:
    """Find the stored row of a conflict among those with its key.

    A row of another sign-up is the conflict's if it has the person's answer, or is pending without any.
    """
    for is_same in (
        lambda row: row["submission_id"] == conflict.submission_id,
        lambda row: answer is not None and answer["id"] in (row["decision_id"], row["previous_decision"].get("id")),
        lambda row: row["submission_id"] is None,
        lambda row: row["status"] == "pending" and not row["previous_decision"],
    ):
        row = next(filter(is_same, rows), None)
        if row is not None:
            return row
    return None


def _has_other_values(row: Mapping[Any, Any], conflict: Conflict, values: Mapping[str, Any]) -> bool:
    """Return whether values outside the fingerprint, such as scores, differ from the stored ones."""
    return conflict.conflict_type not in _NOT_UPDATED and any(row[name] != value for name, value in values.items())


def _insert_if_absent(table: sa.Table) -> sa.Executable:
    """Return the statement that inserts rows and skips present ones; with RETURNING, it takes many rows at once."""
    return pg.insert(table).on_conflict_do_nothing().returning(table.c.id)


def _update_by_id(table: sa.Table) -> sa.Update:
    """Update many rows in one call, each identified by its parameter `row_id`."""
    return sa.update(table).where(table.c.id == sa.bindparam("row_id"))


def _conflict_values(conflict: Conflict) -> dict[str, Any]:
    values = {name: getattr(conflict, name) for name in Conflict.__dataclass_fields__}
    return values | {
        "option_a": _option_values(conflict.option_a),
        "option_b": _option_values(conflict.option_b),
        "context": plain(dict(conflict.context)),
    }


def _option_values(option: Option) -> Any:
    return plain({"value": option.value, "source": option.source, "metadata": dict(option.metadata)})


def _read_answers(conn: sa.Connection, ids: Collection[int]) -> dict[int, Mapping[Any, Any]]:
    """Read the answers in force among these, by id."""
    if not ids:
        return {}
    table = sync_decisions
    rows = conn.execute(sa.select(table).where(is_any_of(table.c.id, ids), table.c.undone_at.is_(None))).mappings()
    return {row["id"]: row for row in rows}


def _close_conflicts(conn: sa.Connection, rows: Sequence[Mapping[Any, Any]], *, now: datetime) -> None:
    """Close conflicts whose cause is gone. A reopened conflict returns to the answer in force."""
    answers = _read_answers(conn, {row["previous_decision"].get("id", 0) for row in rows if row["status"] == "pending"})
    decided, obsolete = [], []
    for row in rows:
        answer = answers.get(row["previous_decision"].get("id", 0))
        if row["status"] == "pending" and answer is not None and answer["choice"] != "skipped":
            decided.append({"row_id": row["id"], "decision_id": answer["id"]})
        else:
            obsolete.append(row["id"])
    if decided:
        conn.execute(_update_by_id(sync_conflicts).values(status="decided", updated_at=now), decided)
    if obsolete:
        conn.execute(
            sa.update(sync_conflicts)
            .where(is_any_of(sync_conflicts.c.id, obsolete))
            .values(status="obsolete", closed_at=now, updated_at=now)
        )


def _previous_decision(
    answer: Mapping[Any, Any] | None, row: Mapping[Any, Any] | None, conflict: Conflict
) -> dict[str, Any] | None:
    """Return a person's answer before the inputs changed, with the changes, to be shown with the new question.

    The contacts that the person saw are kept with it: the answer does not hold for the contacts of the new question.
    """
    if answer is None:
        return None
    columns = ("id", "choice", "value", "decided_by", "decided_at", "reason")
    previous: dict[str, Any] = plain({name: answer[name] for name in columns})
    if row is None:
        return previous
    earlier = row["previous_decision"].get("changed", []) if row["status"] == "pending" else []
    changes = find_changed_inputs(
        [row["option_a"], row["option_b"]], [_option_values(conflict.option_a), _option_values(conflict.option_b)]
    )
    seen = list_seen_contacts(
        row["context"],
        asked=row["input_fingerprint"],
        answered=answer["input_fingerprint"],
        seen_before=row["previous_decision"].get("seen_contacts", ()),
    )
    return previous | {"changed": [*earlier, *changes], "seen_contacts": seen}


def record_errors(
    conn: sa.Connection,
    year: int | None,
    errors: Iterable[ErrorFinding],
    *,
    source_table: str,
    log_id: int,
    now: datetime,
    subjects: Collection[str] | None = None,
) -> FindingCounts:
    """Store the errors of a stage (rulebook section 12), one open row per code and subject.

    An error that is no longer found is resolved. An ignored error stays ignored while its message is the same.

    Args:
        year: None for errors of no campaign year.
        subjects: the subjects that were checked; errors of others are not resolved. None means all.

    """
    table = sync_errors
    rows = conn.execute(
        sa.select(table).where(
            table.c.campaign_year.is_not_distinct_from(year),
            table.c.source_table == source_table,
            sa.or_(~table.c.resolved, table.c.resolution_method == "ignored"),
        )
    ).mappings()
    open_rows: dict[tuple[str, str], Mapping[Any, Any]] = {}
    ignored = set()
    for row in rows:
        if row["resolved"]:
            ignored.add((row["error_code"], row["subject"], row["message"]))
        else:
            open_rows[row["error_code"], row["subject"]] = row
    new, changed = [], []
    keys = set()
    for error in errors:
        key = (error.error_code, error.subject)
        if key in keys or (*key, error.message) in ignored:
            continue
        keys.add(key)
        open_row = open_rows.get(key)
        if open_row is None:
            new.append(
                {
                    "campaign_year": year,
                    "created_at": now,
                    "sync_log_id": log_id,
                    "next_retry_at": next_retry_at(
                        now, can_retry=error.can_retry, retry_count=0, max_retries=DEFAULT_MAX_RETRIES
                    ),
                    **asdict(error),
                }
            )
        elif open_row["message"] != error.message or open_row["fingerprint"] != error.fingerprint:
            changed.append({"row_id": open_row["id"], **asdict(error)})
    if new:
        # Another stage may have the same error open; this one is stored when that one is resolved.
        conn.execute(_insert_if_absent(table), new)
    if changed:
        conn.execute(_update_by_id(table).values(sync_log_id=log_id), changed)
    checked_subjects = None if subjects is None else frozenset(subjects)
    closed_ids = [
        row["id"]
        for key, row in open_rows.items()
        if key not in keys and (checked_subjects is None or row["subject"] in checked_subjects)
    ]
    if closed_ids:
        conn.execute(sa.update(table).where(is_any_of(table.c.id, closed_ids)).values(**resolved_values(now)))
    return FindingCounts(opened=len(new), closed=len(closed_ids), open=len(keys))


def record_warnings(
    conn: sa.Connection,
    year: int,
    warnings: Iterable[WarningFinding],
    *,
    source_table: str,
    log_id: int | None,
    now: datetime,
) -> FindingCounts:
    """Store the warnings of a stage or a check (rulebook section 12). An unchanged warning is not repeated."""
    table = sync_warnings
    rows = conn.execute(
        sa.select(table.c.id, table.c.warning_type, table.c.subject, table.c.fingerprint).where(
            table.c.campaign_year == year, table.c.source_table == source_table, table.c.cleared_at.is_(None)
        )
    ).all()
    open_ids = {(row.warning_type, row.subject, row.fingerprint): row.id for row in rows}
    warnings_by_key = {(warning.warning_type, warning.subject): warning for warning in warnings}
    current = {(*key, warning.fingerprint) for key, warning in warnings_by_key.items()}
    closed_ids = [row_id for key, row_id in open_ids.items() if key not in current]
    if closed_ids:
        conn.execute(sa.update(table).where(is_any_of(table.c.id, closed_ids)).values(cleared_at=now))
    new = [warning for key, warning in warnings_by_key.items() if (*key, warning.fingerprint) not in open_ids]
    if new:
        # Another stage may have the same warning open; this one is stored when that one is cleared.
        conn.execute(
            _insert_if_absent(table),
            [
                {
                    "campaign_year": year,
                    "created_at": now,
                    "sync_log_id": log_id,
                    "fingerprint": warning.fingerprint,
                    **asdict(warning),
                }
                for warning in new
            ],
        )
    return FindingCounts(opened=len(new), closed=len(closed_ids), open=len(warnings_by_key))
