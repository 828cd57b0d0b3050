"""Keep conflicts, errors and warnings between runs: one open row per subject, closed when its cause is gone.

Every function takes all findings of one `source_table` for one year: what is missing from them is closed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.tables import sync_conflicts, sync_decisions, sync_errors, sync_warnings
from mentorsync_pipeline.db.tables.review import DEFAULT_MAX_RETRIES
from mentorsync_pipeline.domain.changed_inputs import changed_inputs
from mentorsync_pipeline.domain.findings import Conflict, ErrorFinding, Option, WarningFinding
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.retries import next_retry_at
from mentorsync_pipeline.review.errors import gone as errors_gone

# Which side is the newer one is judged when it is first asked: our own import makes every contact look newer.
_AS_FIRST_ASKED = frozenset({"phone_mismatch", "email_mismatch", "field_mismatch"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many findings are open after a run, and how many of them this run opened or closed."""

    opened: int = 0
    closed: int = 0
    standing: int = 0


def record_conflicts(
    conn: sa.Connection,
    year: int,
    conflicts: Sequence[Conflict],
    *,
    source_table: str,
    log_id: int | None,
    now: datetime,
) -> Recorded:
    """Store the conflicts that a stage found (rulebook section 5).

    A conflict with the same inputs is asked no second time; while it is pending it tells the present numbers. Changed
    inputs ask again and keep the old answer in `previous_decision`, with what changed. One that was pending and is no
    longer found becomes `obsolete`, or `decided` again when an older answer is in force; a decided one that is no
    longer found stays, because the decision still holds.
    """
    table = sync_conflicts
    rows = conn.execute(
        sa.select(table).where(
            table.c.campaign_year == year, table.c.source_table == source_table, table.c.status != "obsolete"
        )
    ).mappings()
    present = {(row["mn_id"], row["conflict_type"], row["subject"]): row for row in rows}
    answers = _answers_in_force(conn, year, {conflict.conflict_type for conflict in conflicts})
    opened = 0
    found = set()
    for conflict in conflicts:
        key = (conflict.mn_id, conflict.conflict_type, conflict.subject)
        found.add(key)
        known = present.get(key)
        if known is None:
            conn.execute(
                sa.insert(table).values(
                    campaign_year=year,
                    created_at=now,
                    updated_at=now,
                    sync_log_id=log_id,
                    previous_decision=_old_answer(answers.get(key), None, conflict) or {},
                    **_conflict_values(conflict),
                )
            )
            opened += 1
        elif known["input_fingerprint"] != conflict.input_fingerprint:
            previous = _old_answer(answers.get(key), known, conflict)
            conn.execute(
                sa.update(table)
                .where(table.c.id == known["id"])
                .values(
                    status="pending",
                    decision_id=None,
                    previous_decision=previous or known["previous_decision"],
                    updated_at=now,
                    sync_log_id=log_id,
                    **_conflict_values(conflict),
                )
            )
            opened += known["status"] != "pending"
        elif known["status"] == "pending" and conflict.conflict_type not in _AS_FIRST_ASKED:
            _refresh(conn, known, conflict, now=now, log_id=log_id)
    gone = [key for key, row in present.items() if key not in found and row["status"] in ("pending", "skipped")]
    _close(conn, year, [present[key] for key in gone], now=now)
    return Recorded(opened=opened, closed=len(gone), standing=len(found))


def _refresh(
    conn: sa.Connection, known: Mapping[Any, Any], conflict: Conflict, *, now: datetime, log_id: int | None
) -> None:
    """Tell what no fingerprint covers, because it moves by itself, as it is now: scores, amounts."""
    values = _conflict_values(conflict)
    if any(known[name] != value for name, value in values.items()):
        conn.execute(
            sa.update(sync_conflicts)
            .where(sync_conflicts.c.id == known["id"])
            .values(updated_at=now, sync_log_id=log_id, **values)
        )


def _conflict_values(conflict: Conflict) -> dict[str, Any]:
    values = {name: getattr(conflict, name) for name in Conflict.__dataclass_fields__}
    return values | {
        "option_a": _option(conflict.option_a),
        "option_b": _option(conflict.option_b),
        "context": plain(dict(conflict.context)),
    }


def _option(option: Option) -> Any:
    return plain({"value": option.value, "source": option.source, "metadata": dict(option.metadata)})


def _answers_in_force(
    conn: sa.Connection, year: int, conflict_types: Collection[str]
) -> dict[tuple[str, str, str], Mapping[Any, Any]]:
    """The answers that nobody has taken back, by mentor, type and subject."""
    if not conflict_types:
        return {}
    table = sync_decisions
    rows = conn.execute(
        sa.select(table).where(
            table.c.campaign_year == year, table.c.undone_at.is_(None), table.c.conflict_type.in_(conflict_types)
        )
    ).mappings()
    return {(row["mn_id"], row["conflict_type"], row["subject"]): row for row in rows}


def _close(conn: sa.Connection, year: int, gone: Sequence[Mapping[Any, Any]], *, now: datetime) -> None:
    """Close questions whose cause is gone; one that had been asked again goes back to the answer in force."""
    answers = _answers_in_force(conn, year, {row["conflict_type"] for row in gone})
    obsolete = []
    for row in gone:
        answer = answers.get((row["mn_id"], row["conflict_type"], row["subject"]))
        if row["status"] == "pending" and answer is not None and answer["choice"] != "skipped":
            conn.execute(
                sa.update(sync_conflicts)
                .where(sync_conflicts.c.id == row["id"])
                .values(status="decided", decision_id=answer["id"], updated_at=now)
            )
        else:
            obsolete.append(row["id"])
    if obsolete:
        conn.execute(
            sa.update(sync_conflicts)
            .where(sync_conflicts.c.id.in_(obsolete))
            .values(status="obsolete", closed_at=now, updated_at=now)
        )


def _old_answer(
    answer: Mapping[Any, Any] | None, known: Mapping[Any, Any] | None, conflict: Conflict
) -> dict[str, Any] | None:
    """What a person had answered before the inputs changed and what changed, to be shown with the new question."""
    if answer is None:
        return None
    shown = ("choice", "value", "decided_by", "decided_at", "reason")
    told: dict[str, Any] = plain({name: answer[name] for name in shown})
    if known is None:
        return told
    before = known["previous_decision"].get("changed", []) if known["status"] == "pending" else []
    new = changed_inputs(
        [known["option_a"], known["option_b"]], [_option(conflict.option_a), _option(conflict.option_b)]
    )
    return told | {"changed": [*before, *new]}


def record_errors(
    conn: sa.Connection,
    year: int | None,
    errors: Iterable[ErrorFinding],
    *,
    source_table: str,
    log_id: int,
    now: datetime,
    subjects: Collection[str] | None = None,
) -> Recorded:
    """Store the errors that a stage found (rulebook section 12); `year` None is for what belongs to no one year.

    One open row per code and subject. An error that is no longer found is resolved; one that a person
    ignored stays ignored while its message is the same. With `subjects` only errors of these are resolved: those of
    others were not looked at.
    """
    table = sync_errors
    rows = conn.execute(
        sa.select(table).where(
            table.c.campaign_year.is_not_distinct_from(year),
            table.c.source_table == source_table,
            sa.or_(~table.c.resolved, table.c.resolution_method == "ignored"),
        )
    ).mappings()
    standing: dict[tuple[str, str], Mapping[Any, Any]] = {}
    ignored = set()
    for row in rows:
        if row["resolved"]:
            ignored.add((row["error_code"], row["subject"], row["message"]))
        else:
            standing[row["error_code"], row["subject"]] = row
    new = []
    found = set()
    for error in errors:
        key = (error.error_code, error.subject)
        if key in found or (*key, error.message) in ignored:
            continue
        found.add(key)
        known = standing.get(key)
        if known is None:
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
        elif known["message"] != error.message or known["fingerprint"] != error.fingerprint:
            conn.execute(sa.update(table).where(table.c.id == known["id"]).values(sync_log_id=log_id, **asdict(error)))
    if new:
        # Another stage may have the same record open; the error is stored when that one is resolved.
        conn.execute(pg.insert(table).on_conflict_do_nothing(), new)
    looked_at = None if subjects is None else frozenset(subjects)
    gone = [
        row["id"]
        for key, row in standing.items()
        if key not in found and (looked_at is None or row["subject"] in looked_at)
    ]
    if gone:
        conn.execute(sa.update(table).where(table.c.id.in_(gone)).values(**errors_gone(now)))
    return Recorded(opened=len(new), closed=len(gone), standing=len(found))


def record_warnings(
    conn: sa.Connection,
    year: int,
    warnings: Iterable[WarningFinding],
    *,
    source_table: str,
    log_id: int | None,
    now: datetime,
) -> Recorded:
    """Store the warnings that a stage or a check found (rulebook section 12); an unchanged one is not repeated."""
    table = sync_warnings
    rows = conn.execute(
        sa.select(table.c.id, table.c.warning_type, table.c.subject, table.c.fingerprint).where(
            table.c.campaign_year == year, table.c.source_table == source_table, table.c.cleared_at.is_(None)
        )
    ).all()
    standing = {(row.warning_type, row.subject, row.fingerprint): row.id for row in rows}
    found = {(warning.warning_type, warning.subject): warning for warning in warnings}
    current = {(*key, warning.fingerprint) for key, warning in found.items()}
    gone = [row_id for key, row_id in standing.items() if key not in current]
    if gone:
        conn.execute(sa.update(table).where(table.c.id.in_(gone)).values(cleared_at=now))
    new = [warning for key, warning in found.items() if (*key, warning.fingerprint) not in standing]
    if new:
        conn.execute(
            sa.insert(table),
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
    return Recorded(opened=len(new), closed=len(gone), standing=len(found))
