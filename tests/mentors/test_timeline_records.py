"""A mentor's timeline is made of recorded events only (`mentors.rules.timeline`)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mentorsync_pipeline.mentors.rules.timeline import Event, History, make_timeline

START = datetime(2025, 9, 1, 12, tzinfo=UTC)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def change(day: float, field: str | None, old: Any, new: Any, **values: Any) -> dict[str, Any]:
    kind = "field_change" if field else "new_mentor"
    return {
        "change_type": kind,
        "field": field,
        "old_value": old,
        "new_value": new,
        "source_table": "deduplicated_signups",
        "source": None,
        "sync_log_id": int(day * 10),
        "detected_at": at(day),
        "synced_to_gb": None,
        **values,
    }


def decision(day: float, choice: str, value: Any = None, undone: float | None = None) -> dict[str, Any]:
    return {
        "conflict_type": "contact_selection",
        "subject": "501",
        "choice": choice,
        "value": value,
        "reason": None,
        "decided_by": "Dana",
        "decided_at": at(day),
        "undone_at": None if undone is None else at(undone),
        "undone_by": None if undone is None else "Erin",
    }


def timeline(contact_id: int | None = 7, **rows: Any) -> list[Event]:
    return list(make_timeline(History(contact_id=contact_id, **rows)))


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


def test_sign_ups_edits_and_removals_have_the_times_of_the_form():
    first = {"submission_id": "1", "created_at": at(0), "updated_at": at(0), "removed_at": None}
    second = {"submission_id": "2", "created_at": at(3), "updated_at": at(4), "removed_at": at(6)}
    events = timeline(signups=[second, first])
    assert kinds(events) == ["signup_removed", "signup_edited", "signed_up_again", "signed_up"]
    assert [event.at for event in events] == [at(6), at(4), at(3), at(0)]
    assert [event.is_found for event in events] == [True, False, False, False]


@pytest.mark.parametrize(
    ("changes", "contact_id"),
    [
        ([], 7),
        ([change(2, "gb_contact_id", None, 7)], None),
        ([change(2, "gb_contact_id", 5, 7), change(3, "gb_contact_id", 7, 9)], 5),
    ],
)
def test_the_first_contact_is_that_before_its_first_change(changes, contact_id):
    (added,) = [event for event in timeline(changes=[change(1, None, None, "501"), *changes]) if event.kind == "added"]
    assert added.values == {"contact_id": contact_id}


def test_the_edits_of_one_run_are_one_event_for_each_side():
    events = timeline(
        changes=[
            change(1, "phone", "+1", "+2", source_table="raw_gb_full_contacts", source="givebutter_edit"),
            change(1, "shirt_size", "S", "M"),
            change(1, "notes", None, "x", source_table="raw_gb_full_contacts"),
            change(1, "submission_id", "501", "502"),
            change(2, "phone", "+2", "+3", source_table="raw_gb_full_contacts"),
        ]
    )
    assert [(event.kind, [edit.name for edit in event.changes]) for event in events] == [
        ("edited_in_givebutter", ["phone"]),
        ("edited_in_form", ["shirt_size"]),
        ("edited_in_givebutter", ["phone", "notes"]),
    ]
    assert all(event.is_found for event in events)


def test_values_that_come_with_another_contact_are_no_edits():
    contact = {"source_table": "raw_gb_full_contacts"}
    events = timeline(
        changes=[
            change(1, "gb_contact_id", None, 7),
            change(1, "tags", None, ["Mentors 2025"], **contact),
            change(1, "phone", "+1", "+2", **contact, source="givebutter_edit"),
        ]
    )
    assert sorted(kinds(events)) == ["edited_in_givebutter", "linked", "updated"]


def test_money_is_shown_as_the_difference():
    members = {"source_table": "raw_gb_campaign_members"}
    events = timeline(
        changes=[
            change(1, "amount_raised", "0.00", "40.00", **members),
            change(2, "amount_raised", "40.00", "65.50", **members),
            change(3, "amount_raised", "65.50", "60.00", **members),
        ]
    )
    assert [(event.kind, event.values["amount"], event.values["total"]) for event in events] == [
        ("lowered", Decimal("5.50"), Decimal("60.00")),
        ("raised", Decimal("25.50"), Decimal("65.50")),
        ("raised", Decimal("40.00"), Decimal("40.00")),
    ]


def test_givebutter_confirms_what_was_sent_and_not_what_was_read_from_it():
    events = timeline(
        changes=[
            change(1, None, None, "501", synced_to_gb=at(4)),
            change(2, "phone", "+1", "+2", synced_to_gb=at(4)),
            change(2, "notes", None, "x", source_table="raw_gb_full_contacts", synced_to_gb=at(2)),
            change(2, "gb_contact_id", None, 7, synced_to_gb=at(2)),
        ]
    )
    confirmed = [event for event in events if event.kind == "in_givebutter"]
    assert [(event.at, [shown.name for shown in event.changes]) for event in confirmed] == [(at(4), ["mn_id", "phone"])]


def test_answers_keep_who_gave_them_and_a_replaced_one_is_not_undone():
    conflict = {
        "id": 3,
        "conflict_type": "contact_selection",
        "subject": "501",
        "created_at": at(0),
        "closed_at": None,
        "status": "decided",
    }
    events = timeline(
        conflicts=[conflict],
        decisions=[decision(1, "skipped", undone=2), decision(2, "a", 7, undone=3), decision(4, "b", 8)],
    )
    assert [(event.kind, event.by, event.values.get("value")) for event in events] == [
        ("answered", "Dana", 8),
        ("answer_undone", "Erin", None),
        ("answered", "Dana", 7),
        ("skipped", "Dana", None),
        ("asked", None, None),
    ]
    assert {event.values["conflict_id"] for event in events} == {3}


def test_a_question_that_nobody_answered_settles_itself():
    conflict = {"id": 3, "conflict_type": "phone_mismatch", "subject": "phone", "created_at": at(0), "closed_at": at(5)}
    events = timeline(conflicts=[{**conflict, "status": "obsolete"}])
    assert [(event.kind, event.at) for event in events] == [("question_settled", at(5)), ("asked", at(0))]


def test_attendance_is_shown_once_where_staff_recorded_it():
    record = {
        "kind": "attended_training",
        "session": "Monday",
        "amount": None,
        "note": None,
        "observed_at": at(1),
        "recorded_by": "Dana",
        "undone_at": at(2),
        "undone_by": "Erin",
    }
    ticked = change(3, "attended_training", False, True, source_table="raw_gb_full_contacts")
    by_staff = change(1.5, "attended_training", False, True, source_table="mentor_records")
    assert kinds(timeline(records=[record], changes=[by_staff, ticked])) == ["attended", "record_undone", "checked_in"]


def test_duplicates_and_problems_have_a_start_and_an_end():
    duplicate = {"contact_id": 9, "archived_at": at(1), "approved_by": "Dana", "restored_at": at(2), "restored_by": "E"}
    planned = {**duplicate, "archived_at": None, "restored_at": None}
    error = {"message": "No last name.", "created_at": at(3), "resolved_at": at(4), "resolved_by": None}
    events = timeline(archived=[planned, duplicate], errors=[error])
    assert kinds(events) == ["problem_settled", "problem", "restored", "archived"]
    assert [event.by for event in events] == [None, None, "E", "Dana"]


def test_without_records_there_is_no_event():
    assert timeline() == []


def message(**values: Any) -> dict[str, Any]:
    row = {"campaign": "nudge", "columns": ["email", "text"], "applied_at": at(2), "applied_by": "Robin"}
    return {**row, "emptied_at": None, "cleared_by": None, **values}


def test_a_message_is_applied_and_cleared_by_a_person():
    (cleared, applied) = timeline(messages=[message(emptied_at=at(5), cleared_by="Erin")])
    assert (applied.kind, applied.at, applied.by) == ("message_applied", at(2), "Robin")
    assert applied.values == {"campaign": "nudge", "columns": ["email", "text"]}
    assert (cleared.kind, cleared.at, cleared.by) == ("message_cleared", at(5), "Erin")


def test_a_later_mentor_gets_the_message_when_added():
    events = timeline(messages=[message()], changes=[change(3, None, None, None)])
    assert [(event.kind, event.at) for event in events] == [("message_applied", at(3)), ("added", at(3))]
