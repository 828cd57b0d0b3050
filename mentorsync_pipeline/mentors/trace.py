"""Explain the values of a mentor's row: source, record, time, rule and earlier values (rulebook section 7)."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.attendance.queries import find_record
from mentorsync_pipeline.db.tables import (
    mentors,
    mn_changes,
    sync_conflicts,
    sync_decisions,
    sync_log,
    winner_contacts,
)
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.vocabulary import CONTACT_CONFLICTS
from mentorsync_pipeline.mentors.rules.fields import FIELDS, RECORDS
from mentorsync_pipeline.mentors.rules.merging import DECIDED, PENDING

# Subjects of the conflicts that determine a field; the subject of other fields is the field's name.
_SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "personal_email": ("personal_email", "emails"),
    "uga_email": ("uga_email", "emails"),
    "campaign_member": ("campaign_member",),
    "gb_member_id": ("campaign_member",),
    "fundraising_page_url": ("campaign_member",),
    "amount_raised": ("amount_raised", "campaign_member"),
}


class MentorNotFoundError(MentorSyncError):
    """There is no mentor with this id in the year."""

    code = "MENTOR_NOT_FOUND"


class FieldUnknownError(MentorSyncError):
    """A mentor has no field with this name."""

    code = "FIELD_UNKNOWN"


def trace_mentor(conn: sa.Connection, year: int, mn_id: str, field: str | None = None) -> dict[str, Any]:
    """Explain a mentor's row: `mn_id`, `sync_state` and one entry per field (or for `field` alone) in `fields`.

    An entry has `field`, `value`, `source_table`, `source_id`, `observed_at`, `rule`, `reason` (of the winner, for
    the contact id), `decision` (person, time and reason of a decision), `question` (id of the open conflict about it),
    `record` (the record of staff, if that is the source) and `earlier`: earlier values, newest first, each with the
    sync that changed it.

    Raises MentorNotFoundError and FieldUnknownError.
    """
    mentor_id = mn_id.strip().upper()
    if field is not None and field not in FIELDS:
        raise FieldUnknownError(f"A mentor has no field {field}.", f"The fields are: {', '.join(FIELDS)}.")
    row = (
        conn.execute(sa.select(mentors).where(mentors.c.campaign_year == year, mentors.c.mn_id == mentor_id))
        .mappings()
        .first()
    )
    if row is None:
        raise make_not_found_error(conn, year, mentor_id)
    earlier = _read_earlier_values(conn, year, mentor_id)
    entries = [
        _make_entry(conn, row, name, earlier.get(name, []))
        for name in FIELDS
        if name != "mn_id" and field in (None, name)
    ]
    if field in (None, "mn_id"):
        entries.insert(0, _make_mn_id_entry(row, earlier.get("mn_id", [])))
    return {"campaign_year": year, "mn_id": mentor_id, "sync_state": row["sync_state"], "fields": entries}


def _make_entry(conn: sa.Connection, row: sa.RowMapping, name: str, earlier: list[dict[str, Any]]) -> dict[str, Any]:
    origin = row["provenance"].get(name, {})
    rule = origin.get("rule")
    is_open = rule == PENDING or (name == "gb_contact_id" and row["sync_state"] == "blocked")
    return {
        "field": name,
        "value": row[name],
        "source_table": origin.get("source_table"),
        "source_id": origin.get("source_id"),
        "observed_at": origin.get("observed_at"),
        "rule": rule,
        "reason": _read_winner_reason(conn, row) if name == "gb_contact_id" else FIELDS[name].reason,
        "decision": _read_decision(conn, row, name) if rule in (DECIDED, "human") else None,
        "question": _read_conflict_id(conn, row, name) if is_open else None,
        "record": find_record(conn, int(origin["source_id"])) if origin.get("source_table") == RECORDS else None,
        "earlier": earlier,
    }


def _make_mn_id_entry(row: sa.RowMapping, earlier: list[dict[str, Any]]) -> dict[str, Any]:
    """Build the entry of the MN id, with the provenance of the sign-up in use."""
    origin = row["provenance"].get("submission_id", {})
    return {
        "field": "mn_id",
        "value": row["mn_id"],
        "source_table": origin.get("source_table"),
        "source_id": origin.get("source_id"),
        "observed_at": origin.get("observed_at"),
        "rule": origin.get("rule"),
        "reason": FIELDS["mn_id"].reason,
        "decision": None,
        "question": None,
        "record": None,
        "earlier": earlier,
    }


def _read_earlier_values(conn: sa.Connection, year: int, mn_id: str) -> dict[str, list[dict[str, Any]]]:
    """Read the changes by field, newest first, including those under earlier MN ids of the same person."""
    table, log = mn_changes, sync_log
    changes_by_field: dict[str, list[dict[str, Any]]] = {}
    before_sync_id: int | None = None
    seen: set[str] = set()
    current: str | None = mn_id
    while current is not None and current not in seen:
        seen.add(current)
        rows = conn.execute(
            sa.select(
                *(table.c[name] for name in ("field", "old_value", "new_value", "source_table", "source")),
                *(table.c[name] for name in ("sync_log_id", "detected_at", "synced_to_gb")),
                log.c.run_id,
            )
            .outerjoin_from(table, log, log.c.id == table.c.sync_log_id)
            .where(
                table.c.campaign_year == year,
                table.c.mn_id == current,
                table.c.field.in_(FIELDS),
                *([] if before_sync_id is None else [table.c.sync_log_id < before_sync_id]),
            )
            .order_by(table.c.id.desc())
        ).mappings()
        current = None
        for row in rows:
            changes_by_field.setdefault(row["field"], []).append(dict(row))
            if row["field"] == "mn_id":
                current, before_sync_id = row["old_value"], row["sync_log_id"]
    return changes_by_field


def _read_winner_reason(conn: sa.Connection, row: sa.RowMapping) -> str | None:
    table = winner_contacts
    reason: str | None = conn.execute(
        sa.select(table.c.reason).where(
            table.c.campaign_year == row["campaign_year"], table.c.submission_id == row["submission_id"]
        )
    ).scalar()
    return reason


def _read_decision(conn: sa.Connection, row: sa.RowMapping, name: str) -> dict[str, Any] | None:
    """Read the decision in force that determines the value."""
    table = sync_decisions
    columns = ("conflict_type", "subject", "choice", "value", "decided_by", "decided_at", "reason")
    decision = (
        conn.execute(
            sa.select(*(table.c[column] for column in columns))
            .where(*_make_conditions(table, row, name), table.c.undone_at.is_(None))
            .order_by((table.c.submission_id == row["submission_id"]).desc().nulls_last(), table.c.id.desc())
        )
        .mappings()
        .first()
    )
    return None if decision is None else dict(decision)


def _read_conflict_id(conn: sa.Connection, row: sa.RowMapping, name: str) -> int | None:
    table = sync_conflicts
    conflict_id: int | None = conn.execute(
        sa.select(table.c.id).where(*_make_conditions(table, row, name), table.c.status.in_(["pending", "skipped"]))
    ).scalar()
    return conflict_id


def _make_conditions(table: sa.Table, row: sa.RowMapping, name: str) -> list[sa.ColumnElement[bool]]:
    conditions = [table.c.campaign_year == row["campaign_year"], table.c.mn_id == row["mn_id"]]
    if name == "gb_contact_id":
        return [*conditions, table.c.conflict_type.in_(CONTACT_CONFLICTS)]
    return [*conditions, table.c.subject.in_(_SUBJECTS.get(name, (name,)))]


def make_not_found_error(conn: sa.Connection, year: int, mn_id: str) -> MentorNotFoundError:
    """Build the error about an unknown MN id; for a mentor's earlier id it names the present id."""
    table = mn_changes
    present_id = conn.execute(
        sa.select(table.c.mn_id)
        .where(
            table.c.campaign_year == year,
            table.c.field == "mn_id",
            table.c.old_value == sa.literal(mn_id, table.c.old_value.type),
        )
        .order_by(table.c.id.desc())
    ).scalar()
    if present_id is not None:
        return MentorNotFoundError(
            f"{mn_id} signed up again in {year} and is {present_id} now.",
            f"Use the present id: mentorsync trace --year {year} {present_id}.",
        )
    return MentorNotFoundError(
        f"There is no mentor {mn_id} in {year}.", f"Check the id and the year, or run: mentorsync etl --year {year}."
    )
