"""Where every cell of a mentor's row comes from: source, record, when, why, and what it was before (rulebook 7)."""

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
from mentorsync_pipeline.mentors.rules.fields import FIELDS, RECORDS
from mentorsync_pipeline.mentors.rules.merging import DECIDED, PENDING

# The conflicts that a field's value may hang on; every other field asks under its own name.
_SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "personal_email": ("personal_email", "emails"),
    "uga_email": ("uga_email", "emails"),
    "campaign_member": ("campaign_member",),
    "gb_member_id": ("campaign_member",),
    "fundraising_page_url": ("campaign_member",),
    "amount_raised": ("amount_raised", "campaign_member"),
}
_ABOUT_CONTACTS = ("contact_selection", "external_id_collision")


class MentorNotFoundError(MentorSyncError):
    """There is no mentor of this id in the year."""

    code = "MENTOR_NOT_FOUND"


class FieldUnknownError(MentorSyncError):
    """A mentor has no field of this name."""

    code = "FIELD_UNKNOWN"


def trace(conn: sa.Connection, year: int, mn_id: str, field: str | None = None) -> dict[str, Any]:
    """Explain a mentor's row: `mn_id`, `sync_state` and one entry per field (or for `field` alone) in `fields`.

    An entry has `field`, `value`, `source_table`, `source_id`, `observed_at`, `rule`, `reason` (of the winner, for
    the contact id), `decision` (who, when and why, where a person decided), `question` (the id of an open conflict
    about it), `record` (the record of staff, where the value is one) and `earlier`: the values before, newest first,
    each with the sync that changed it.

    Raises MentorNotFoundError and FieldUnknownError.
    """
    wanted = mn_id.strip().upper()
    if field is not None and field not in FIELDS:
        raise FieldUnknownError(f"A mentor has no field {field}.", f"The fields are: {', '.join(FIELDS)}.")
    row = (
        conn.execute(sa.select(mentors).where(mentors.c.campaign_year == year, mentors.c.mn_id == wanted))
        .mappings()
        .first()
    )
    if row is None:
        raise not_found(conn, year, wanted)
    earlier = _earlier(conn, year, wanted)
    entries = [
        _entry(conn, row, name, earlier.get(name, [])) for name in FIELDS if name != "mn_id" and field in (None, name)
    ]
    if field in (None, "mn_id"):
        entries.insert(0, _identity(row, earlier.get("mn_id", [])))
    return {"campaign_year": year, "mn_id": wanted, "sync_state": row["sync_state"], "fields": entries}


def _entry(conn: sa.Connection, row: sa.RowMapping, name: str, earlier: list[dict[str, Any]]) -> dict[str, Any]:
    origin = row["provenance"].get(name, {})
    rule = origin.get("rule")
    waits = rule == PENDING or (name == "gb_contact_id" and row["sync_state"] == "blocked")
    return {
        "field": name,
        "value": row[name],
        "source_table": origin.get("source_table"),
        "source_id": origin.get("source_id"),
        "observed_at": origin.get("observed_at"),
        "rule": rule,
        "reason": _winner_reason(conn, row) if name == "gb_contact_id" else FIELDS[name].reason,
        "decision": _decision(conn, row, name) if rule in (DECIDED, "human") else None,
        "question": _question(conn, row, name) if waits else None,
        "record": find_record(conn, int(origin["source_id"])) if origin.get("source_table") == RECORDS else None,
        "earlier": earlier,
    }


def _identity(row: sa.RowMapping, earlier: list[dict[str, Any]]) -> dict[str, Any]:
    """The MN id itself has no provenance of its own: the sign-up that counts gave it."""
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


def _earlier(conn: sa.Connection, year: int, mn_id: str) -> dict[str, list[dict[str, Any]]]:
    """The recorded changes by field, newest first, those under an older MN id of the same person included."""
    table, log = mn_changes, sync_log
    found: dict[str, list[dict[str, Any]]] = {}
    upto: int | None = None
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
                *([] if upto is None else [table.c.sync_log_id < upto]),
            )
            .order_by(table.c.id.desc())
        ).mappings()
        current = None
        for row in rows:
            found.setdefault(row["field"], []).append(dict(row))
            if row["field"] == "mn_id":
                current, upto = row["old_value"], row["sync_log_id"]
    return found


def _winner_reason(conn: sa.Connection, row: sa.RowMapping) -> str | None:
    table = winner_contacts
    reason: str | None = conn.execute(
        sa.select(table.c.reason).where(
            table.c.campaign_year == row["campaign_year"], table.c.submission_id == row["submission_id"]
        )
    ).scalar()
    return reason


def _decision(conn: sa.Connection, row: sa.RowMapping, name: str) -> dict[str, Any] | None:
    """The standing answer that the value rests on."""
    table = sync_decisions
    shown = ("conflict_type", "subject", "choice", "value", "decided_by", "decided_at", "reason")
    found = (
        conn.execute(
            sa.select(*(table.c[column] for column in shown))
            .where(*_about(table, row, name), table.c.undone_at.is_(None))
            .order_by(table.c.id.desc())
        )
        .mappings()
        .first()
    )
    return None if found is None else dict(found)


def _question(conn: sa.Connection, row: sa.RowMapping, name: str) -> int | None:
    table = sync_conflicts
    found: int | None = conn.execute(
        sa.select(table.c.id).where(*_about(table, row, name), table.c.status.in_(["pending", "skipped"]))
    ).scalar()
    return found


def _about(table: sa.Table, row: sa.RowMapping, name: str) -> list[sa.ColumnElement[bool]]:
    same = [table.c.campaign_year == row["campaign_year"], table.c.mn_id == row["mn_id"]]
    if name == "gb_contact_id":
        return [*same, table.c.conflict_type.in_(_ABOUT_CONTACTS)]
    return [*same, table.c.subject.in_(_SUBJECTS.get(name, (name,)))]


def not_found(conn: sa.Connection, year: int, mn_id: str) -> MentorNotFoundError:
    """The error that says where the id went, if it is an older one of somebody."""
    table = mn_changes
    heir = conn.execute(
        sa.select(table.c.mn_id)
        .where(
            table.c.campaign_year == year,
            table.c.field == "mn_id",
            table.c.old_value == sa.literal(mn_id, table.c.old_value.type),
        )
        .order_by(table.c.id.desc())
    ).scalar()
    if heir is not None:
        return MentorNotFoundError(
            f"{mn_id} signed up again in {year} and is {heir} now.",
            f"Ask for that: mentorsync trace --year {year} {heir}.",
        )
    return MentorNotFoundError(
        f"There is no mentor {mn_id} in {year}.", f"Check the id and the year, or run: mentorsync etl --year {year}."
    )
