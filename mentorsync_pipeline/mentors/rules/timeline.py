"""Turn what is recorded about a mentor into events, newest first.

Each event has a recorded time: of the sign-up form, of a person's answer, or of the sync that first found a change
(`is_found`). Nothing is inferred about times that were not recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from mentorsync_pipeline.mentors.rules.changes import SIGNUP_GONE, SIGNUP_RETURNED
from mentorsync_pipeline.mentors.rules.fields import CONTACTS, MEMBERS, RECORDS, SIGNUPS
from mentorsync_pipeline.mentors.rules.merging import GIVEBUTTER_EDIT

Row = Mapping[str, Any]
Kind = Literal[
    "signed_up",
    "signed_up_again",
    "signup_edited",
    "signup_removed",
    "form_filled",
    "added",
    "id_changed",
    "dropped",
    "signup_gone",
    "reinstated",
    "signup_returned",
    "linked",
    "relinked",
    "unlinked",
    "page_set_up",
    "raised",
    "lowered",
    "status",
    "attended",
    "attendance_cleared",
    "edited_in_givebutter",
    "edited_in_form",
    "updated",
    "in_givebutter",
    "asked",
    "answered",
    "skipped",
    "answer_undone",
    "question_settled",
    "checked_in",
    "cash_counted",
    "note_added",
    "record_undone",
    "message_applied",
    "message_cleared",
    "archived",
    "restored",
    "problem",
    "problem_settled",
]

# Derived from other events, or technical.
_NOT_SHOWN = frozenset(
    {
        "submission_id",
        "signed_up_at",
        "setup_submission_id",
        "training_signup",
        "training_signup_at",
        "training_signup_submission_id",
        "partner_submission_id",
        "partner_mn_id",
        "partner_phone",
        "gb_member_id",
        "campaign_member",
        "training_at",
    }
)
_FORMS = frozenset({SIGNUPS, "raw_mn_funds_setup", "raw_mn_training_signup", "raw_mn_partner_preference"})
_RECORD_KINDS: Mapping[str, Kind] = {
    "attended_training": "checked_in",
    "cash_verified": "cash_counted",
    "note": "note_added",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A changed field of the mentor with both values."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a mentor.

    Attributes:
        is_found: the time is that of the sync that found it, not that of the event.
        by: the person who did it.
        changes: the changed fields of an edit; of `in_givebutter`, the fields that Givebutter shows.
        values: further values by name: `contact_id`, `before`, `amount`, `total`, `form`, `status`, `text`, `reason`,
            `conflict_type`, `conflict_id`, `value`, `kind`, `campaign`, `columns`.

    """

    at: datetime
    kind: Kind
    is_found: bool = False
    by: str | None = None
    changes: tuple[FieldChange, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is recorded about a mentor, each as rows of its table.

    Attributes:
        contact_id: the mentor's present contact.
        signups: submissions of the person.
        entries: `form` (title) and `created_at` of entries of other forms.
        changes: rows of `mn_changes`, oldest first.
        decisions: rows of `sync_decisions`.
        conflicts: conflicts of the mentor; decisions refer to them by type and subject.
        records: records of staff.
        messages: campaigns with a message for the mentor: `campaign`, `columns`, `applied_at`, `applied_by`,
            `emptied_at` (None while in force) and `cleared_by`.
        archived: rows of `archived_duplicates`.
        errors: rows of `sync_errors`.

    """

    contact_id: int | None
    signups: Sequence[Row] = ()
    entries: Sequence[Row] = ()
    changes: Sequence[Row] = ()
    decisions: Sequence[Row] = ()
    conflicts: Sequence[Row] = ()
    records: Sequence[Row] = ()
    messages: Sequence[Row] = ()
    archived: Sequence[Row] = ()
    errors: Sequence[Row] = ()


def make_timeline(history: History) -> tuple[Event, ...]:
    """Return the events of a mentor, newest first; of one moment, the last recorded first."""
    events = [
        *_make_signup_events(history.signups),
        *(Event(at=row["created_at"], kind="form_filled", values={"form": row["form"]}) for row in history.entries),
        *_make_change_events(history),
        *_make_confirmations(history.changes),
        *_make_question_events(history),
        *_make_record_events(history.records),
        *_make_message_events(history),
        *_make_archive_events(history.archived),
        *_make_error_events(history.errors),
    ]
    return tuple(reversed(sorted(events, key=lambda event: event.at)))  # noqa: C413  # the order of one moment too


def _make_signup_events(signups: Iterable[Row]) -> Iterator[Event]:
    for index, row in enumerate(sorted(signups, key=lambda row: (row["created_at"], row["submission_id"]))):
        yield Event(at=row["created_at"], kind="signed_up_again" if index else "signed_up")
        if row["updated_at"] is not None and row["updated_at"] > row["created_at"]:
            yield Event(at=row["updated_at"], kind="signup_edited")
        if row["removed_at"] is not None:
            yield Event(at=row["removed_at"], kind="signup_removed", is_found=True)


def _make_change_events(history: History) -> Iterator[Event]:
    """Yield the events of the changes that syncs found: of one sync, edits of one side are one event."""
    by_sync: dict[tuple[datetime, int], list[Row]] = defaultdict(list)
    for row in history.changes:
        by_sync[row["detected_at"], row["sync_log_id"]].append(row)
    for (at, _), rows in by_sync.items():
        edits: dict[Kind, list[FieldChange]] = defaultdict(list)
        is_relinked = any(row["field"] == "gb_contact_id" for row in rows)
        for row in rows:
            event = _make_change_event(row, at, history)
            if event is not None:
                yield event
            elif _is_edit(row):
                change = FieldChange(name=row["field"], old=row["old_value"], new=row["new_value"])
                edits[_find_side(row, is_relinked=is_relinked)].append(change)
        for kind, changes in edits.items():
            yield Event(at=at, kind=kind, is_found=True, changes=tuple(changes))


def _make_change_event(row: Row, at: datetime, history: History) -> Event | None:
    """Return the event of a change that is not an edit of a value."""
    old, new = row["old_value"], row["new_value"]
    kind: Kind | None = None
    values: dict[str, Any] = {}
    match row["change_type"], row["field"]:
        case "new_mentor", _:
            kind, values = "added", {"contact_id": _find_first_contact(history)}
        case "dropped", _:
            kind = "signup_gone" if row["source"] == SIGNUP_GONE else "dropped"
        case "reinstated", _:
            kind = "signup_returned" if row["source"] == SIGNUP_RETURNED else "reinstated"
        case "status_change", _:
            kind, values = "status", {"status": new}
        case "field_change", "mn_id":
            kind, values = "id_changed", {"before": old, "value": new}
        case "field_change", "gb_contact_id":
            kind = "linked" if old is None else "unlinked" if new is None else "relinked"
            values = {"contact_id": new, "before": old}
        case "field_change", "amount_raised":
            before, total = Decimal(str(old or 0)), Decimal(str(new or 0))
            kind = "raised" if total > before else "lowered"
            values = {"amount": abs(total - before), "before": before, "total": total}
        case "field_change", "fundraising_page_url" if old is None:
            kind = "page_set_up"
        case "field_change", "attended_training" if row["source_table"] != RECORDS:
            kind = "attended" if new else "attendance_cleared"
    return None if kind is None else Event(at=at, kind=kind, is_found=True, values=values)


def _is_edit(row: Row) -> bool:
    return (
        row["change_type"] == "field_change"
        and row["field"] not in _NOT_SHOWN
        and not (row["field"] == "attended_training" and row["source_table"] == RECORDS)
    )


def _find_side(row: Row, *, is_relinked: bool) -> Kind:
    if row["source_table"] == CONTACTS:
        # Values that come with another contact are no edits of it.
        return "updated" if is_relinked and row["source"] != GIVEBUTTER_EDIT else "edited_in_givebutter"
    return "edited_in_form" if row["source_table"] in _FORMS else "updated"


def _find_first_contact(history: History) -> int | None:
    """Return the contact that the mentor had when first found: the value before the first recorded change of it."""
    changes = [row for row in history.changes if row["field"] == "gb_contact_id"]
    return changes[0]["old_value"] if changes else history.contact_id


def _make_confirmations(changes: Iterable[Row]) -> Iterator[Event]:
    """Yield when contact data first showed values that the import had sent: one event for each contact data."""
    confirmed: dict[datetime, list[FieldChange]] = defaultdict(list)
    for row in changes:
        is_sent = row["source_table"] not in (CONTACTS, MEMBERS) and row["field"] not in (*_NOT_SHOWN, "gb_contact_id")
        if row["synced_to_gb"] is not None and is_sent:
            name = row["field"] or "mn_id"
            confirmed[row["synced_to_gb"]].append(FieldChange(name=name, old=row["old_value"], new=row["new_value"]))
    for at, shown in confirmed.items():
        unique = {change.name: change for change in shown}
        yield Event(at=at, kind="in_givebutter", is_found=True, changes=tuple(unique.values()))


def _make_question_events(history: History) -> Iterator[Event]:
    conflicts = {(row["conflict_type"], row["subject"]): row for row in reversed(history.conflicts)}
    for row in history.conflicts:
        about = _describe_question(row, row["id"])
        yield Event(at=row["created_at"], kind="asked", is_found=True, values=about)
        if row["status"] == "obsolete" and row["closed_at"] is not None:
            yield Event(at=row["closed_at"], kind="question_settled", is_found=True, values=about)
    for row in history.decisions:
        conflict = conflicts.get((row["conflict_type"], row["subject"]))
        about = _describe_question(row, conflict["id"] if conflict else None)
        answer = {"choice": row["choice"], "value": row["value"], "reason": row["reason"]}
        kind: Kind = "skipped" if row["choice"] == "skipped" else "answered"
        yield Event(at=row["decided_at"], kind=kind, by=row["decided_by"], values=about | answer)
        # An answer that replaces another undoes it at the same moment; that is one event.
        if row["undone_at"] is not None and not _is_replaced(row, history.decisions):
            yield Event(at=row["undone_at"], kind="answer_undone", by=row["undone_by"], values=about)


def _is_replaced(row: Row, decisions: Iterable[Row]) -> bool:
    key = ("conflict_type", "subject")
    return any(
        other["decided_at"] == row["undone_at"] and all(other[name] == row[name] for name in key) for other in decisions
    )


def _describe_question(row: Row, conflict_id: int | None) -> dict[str, Any]:
    return {"conflict_type": row["conflict_type"], "conflict_id": conflict_id}


def _make_record_events(records: Iterable[Row]) -> Iterator[Event]:
    for row in records:
        kind = _RECORD_KINDS[row["kind"]]
        values = {"form": row["session"], "amount": row["amount"], "text": row["note"]}
        yield Event(at=row["observed_at"], kind=kind, by=row["recorded_by"], values=values)
        if row["undone_at"] is not None:
            undone = values | {"kind": kind}
            yield Event(at=row["undone_at"], kind="record_undone", by=row["undone_by"], values=undone)


def _make_message_events(history: History) -> Iterator[Event]:
    """Yield when a campaign's message was applied, for a later mentor when the mentor was added; and when cleared."""
    added_at = [row["detected_at"] for row in history.changes if row["change_type"] == "new_mentor"]
    for row in history.messages:
        values = {"campaign": row["campaign"], "columns": row["columns"]}
        applied_at = max([row["applied_at"], *added_at[:1]])
        yield Event(at=applied_at, kind="message_applied", by=row["applied_by"], values=values)
        if row["emptied_at"] is not None:
            yield Event(at=row["emptied_at"], kind="message_cleared", by=row["cleared_by"], values=values)


def _make_archive_events(archived: Iterable[Row]) -> Iterator[Event]:
    for row in archived:
        values = {"contact_id": row["contact_id"]}
        if row["archived_at"] is not None:
            yield Event(at=row["archived_at"], kind="archived", by=row["approved_by"], values=values)
        if row["restored_at"] is not None:
            yield Event(at=row["restored_at"], kind="restored", by=row["restored_by"], values=values)


def _make_error_events(errors: Iterable[Row]) -> Iterator[Event]:
    for row in errors:
        values = {"text": row["message"]}
        yield Event(at=row["created_at"], kind="problem", is_found=True, values=values)
        if row["resolved_at"] is not None:
            settled_by = row["resolved_by"]
            yield Event(at=row["resolved_at"], kind="problem_settled", by=settled_by, values=values)
