"""Edits on both sides, the whole way through Givebutter and back: none is lost, nothing is asked twice (section 7)."""

from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from tests.support.house import SandboxEnvironment

JOTFORM_PHONE = {"full": "(706) 555-0142"}
FROM_JOTFORM, FROM_GIVEBUTTER = "+17065550142", "+17065550188"
PHONE = "Primary Phone Number"


@pytest.fixture
def mn_id(house: SandboxEnvironment) -> str:
    """A mentor with one contact, matched by phone and email, who has not signed up for the training."""
    singles = {one.mn_id for one in house.world.truth.mentors if one.scenario == "single"}
    return next(row["mn_id"] for row in house.rows(t.mentors) if row["mn_id"] in singles and not row["training_signup"])


def changes_of(house: SandboxEnvironment, mn_id: str, field: str) -> list[tuple[Any, Any, str | None, bool]]:
    """Old and new value, source and whether Givebutter confirmed it, oldest first."""
    return [
        (row["old_value"], row["new_value"], row["source"], row["synced_to_gb"] is not None)
        for row in house.changes(t.mn_changes.c.mn_id == mn_id, t.mn_changes.c.field == field)
    ]


def edit_phone(house: SandboxEnvironment, mn_id: str, phone: str = FROM_GIVEBUTTER) -> None:
    house.edit(house.mentor(mn_id)["gb_contact_id"], phones=[phone])


def test_a_manual_edit_and_our_own_news_reach_the_next_file_together(house: SandboxEnvironment, mn_id: str) -> None:
    mentor = house.mentor(mn_id)
    house.submit(house.config.jotform_training_form_id, emailAddress=mentor["personal_email"])
    house.round()
    assert house.contact_of(mn_id).custom[house.config.custom_field_labels["training_signup"]] == "Yes"

    edit_phone(house, mn_id)
    house.sync()

    row = house.import_row(mn_id)
    assert row["custom_fields"][house.config.custom_field_labels["training_signup"]] == "Yes"
    assert row[PHONE] == FROM_GIVEBUTTER
    assert house.mentor(mn_id)["phone"] == FROM_GIVEBUTTER
    assert changes_of(house, mn_id, "phone") == [(mentor["phone"], FROM_GIVEBUTTER, "givebutter_edit", True)]
    assert house.conflicts() == []

    assert house.import_file(house.file()).rejected == 0
    before = house.picture()
    house.sync()
    assert house.picture() == before
    assert house.contact_of(mn_id).phones == [FROM_GIVEBUTTER]


def test_our_edit_goes_out_and_counts_as_synced_only_when_givebutter_shows_it(
    house: SandboxEnvironment, mn_id: str
) -> None:
    old = house.mentor(mn_id)["phone"]
    house.edit_signup(mn_id, phone=JOTFORM_PHONE)
    house.sync()
    assert house.import_row(mn_id)[PHONE] == FROM_JOTFORM
    assert changes_of(house, mn_id, "phone") == [(old, FROM_JOTFORM, "signup_edit", False)]

    house.sync()  # fresh contacts, but nobody has imported the file
    assert changes_of(house, mn_id, "phone") == [(old, FROM_JOTFORM, "signup_edit", False)]

    house.import_file(house.file())
    house.sync()
    assert changes_of(house, mn_id, "phone") == [(old, FROM_JOTFORM, "signup_edit", True)]
    assert FROM_JOTFORM in house.contact_of(mn_id).phones


def test_a_change_that_another_one_replaces_waits_for_nothing(house: SandboxEnvironment, mn_id: str) -> None:
    house.edit_signup(mn_id, phone=JOTFORM_PHONE)
    house.sync()
    house.edit_signup(mn_id, mnPhone={"full": "(706) 555-0143"})
    house.sync()
    house.import_file(house.file())
    house.sync()
    kept = house.changes(t.mn_changes.c.mn_id == mn_id, t.mn_changes.c.field == "phone")
    assert [(row["synced_to_gb"] is not None, row["resolved"]) for row in kept] == [(False, True), (True, True)]


@pytest.mark.parametrize(
    ("choice", "value", "result"),
    [
        ("a", None, FROM_JOTFORM),
        ("b", None, FROM_GIVEBUTTER),
        ("custom", "706-555-0199", "+17065550199"),
    ],
)
def test_both_changed_asks_and_the_answer_holds(
    house: SandboxEnvironment, mn_id: str, choice: str, value: str | None, result: str
) -> None:
    before = house.mentor(mn_id)["phone"]
    house.edit_signup(mn_id, phone=JOTFORM_PHONE)
    edit_phone(house, mn_id)
    house.sync()

    (question,) = house.conflicts()
    assert (question["conflict_type"], question["subject"], question["severity"]) == (
        "phone_mismatch",
        "phone",
        "medium",
    )
    assert question["option_a"]["value"] == FROM_JOTFORM
    assert question["option_b"]["value"] == FROM_GIVEBUTTER
    assert question["context"]["agreed_before"] == before
    assert house.mentor(mn_id)["phone"] == FROM_GIVEBUTTER, "while it is open the field keeps Givebutter's value"
    assert house.import_row(mn_id)[PHONE] == FROM_GIVEBUTTER

    house.decide(question["id"], choice, value)
    house.etl()
    assert house.mentor(mn_id)["phone"] == result
    assert house.import_row(mn_id)[PHONE] == result
    assert [one["id"] for one in house.conflicts(status="decided")] == [question["id"]]

    for _ in range(2):
        house.import_file(house.file())
        house.sync()
        assert house.conflicts() == []
        assert house.mentor(mn_id)["phone"] == result
        assert [one["id"] for one in house.conflicts(status="decided")] == [question["id"]]
    assert result in house.contact_of(mn_id).phones


def test_a_re_run_or_backfill_keeps_the_decision_and_undo_asks_again(house: SandboxEnvironment, mn_id: str) -> None:
    house.edit_signup(mn_id, phone=JOTFORM_PHONE)
    edit_phone(house, mn_id)
    house.sync()
    (question,) = house.conflicts()
    house.decide(question["id"], "a")
    house.etl()
    decided = house.picture()
    house.etl()
    house.etl()
    assert house.picture() == decided

    house.undo(question["id"])
    assert [one["id"] for one in house.conflicts()] == [question["id"]]
    house.etl()
    (again,) = house.conflicts()
    assert again["id"] == question["id"]
    assert house.mentor(mn_id)["phone"] == FROM_GIVEBUTTER
    resolved = house.changes(t.mn_changes.c.change_type == "conflict_resolved")
    assert [(row["old_value"], row["new_value"]) for row in resolved] == [
        (None, {"choice": "a", "value": FROM_JOTFORM}),
        ({"choice": "a", "value": FROM_JOTFORM}, None),
    ]


def test_changed_inputs_ask_again_and_show_the_old_answer(house: SandboxEnvironment, mn_id: str) -> None:
    house.edit_signup(mn_id, phone=JOTFORM_PHONE)
    edit_phone(house, mn_id)
    house.sync()
    (question,) = house.conflicts()
    house.decide(question["id"], "b")
    house.sync()
    assert house.conflicts() == []

    edit_phone(house, mn_id, "+17065550177")
    house.edit_signup(mn_id, mnPhone={"full": "(706) 555-0166"})
    house.sync()
    (again,) = house.conflicts()
    assert again["id"] == question["id"], "the same question, with other inputs"
    assert again["previous_decision"]["choice"] == "b"
    assert again["previous_decision"]["value"] == FROM_GIVEBUTTER
    assert again["previous_decision"]["decided_by"] == "Robin"


def test_a_name_edited_in_givebutter_stays(house: SandboxEnvironment, mn_id: str) -> None:
    house.edit(house.mentor(mn_id)["gb_contact_id"], first_name="Corrected", preferred_name="Cory")
    house.sync()
    mentor = house.mentor(mn_id)
    assert (mentor["first_name"], mentor["preferred_name"]) == ("Corrected", "Cory")
    assert house.import_row(mn_id)["First Name"] == "Corrected"
    house.import_file(house.file())
    house.sync()
    assert house.contact_of(mn_id).first_name == "Corrected"
    assert house.mentor(mn_id)["provenance"]["first_name"]["rule"] == "givebutter_edit"


def test_two_corrections_of_a_name_ask(house: SandboxEnvironment, mn_id: str) -> None:
    house.edit(house.mentor(mn_id)["gb_contact_id"], last_name="Dashboard")
    first = house.mentor(mn_id)["first_name"]
    house.edit_signup(mn_id, fullName={"first": first, "last": "Formfield"})
    house.sync()
    (question,) = house.conflicts()
    assert (question["conflict_type"], question["subject"]) == ("field_mismatch", "last_name")
    assert house.mentor(mn_id)["last_name"] == "Dashboard"
    house.decide(question["id"], "custom", "Agreed-Name")
    house.etl()
    assert house.import_row(mn_id)["Last Name"] == "Agreed-Name"


def test_tags_removed_by_hand_stay_removed_apart_from_the_years(house: SandboxEnvironment) -> None:
    year_tag = house.config.givebutter_mentor_tag
    mn_id = next(row["mn_id"] for row in house.rows(t.mentors) if set(row["tags"]) > {year_tag})
    contact = house.contact_of(mn_id)
    house.edit(contact.id, tags=["Alumni"])
    house.sync()
    assert set(house.import_row(mn_id)["Tags"].split(", ")) == {"Alumni", year_tag}
    house.import_file(house.file())
    assert set(house.contact_of(mn_id).tags) == {"Alumni", year_tag}
    house.sync()
    assert house.mentor(mn_id)["tags"] == ["Alumni", year_tag]


def test_money_comes_from_the_members_alone(house: SandboxEnvironment) -> None:
    label = house.config.custom_field_labels["amount_raised"]
    mentor = next(row for row in house.rows(t.mentors) if row["amount_raised"] > 0)
    house.edit(mentor["gb_contact_id"], custom={label: "9999.00"})
    house.sync()
    assert house.mentor(mentor["mn_id"])["amount_raised"] == mentor["amount_raised"]
    assert house.import_row(mentor["mn_id"])["custom_fields"][label] == f"{mentor['amount_raised']:.2f}"

    house.sandbox.dashboard.edit_member(mentor["gb_member_id"], raised=float(mentor["amount_raised"]) + 10)
    house.sync()
    assert house.mentor(mentor["mn_id"])["amount_raised"] == mentor["amount_raised"] + 10

    house.sandbox.dashboard.edit_member(mentor["gb_member_id"], raised=1.0)
    house.sync()
    (question,) = house.conflicts()
    assert (question["conflict_type"], question["subject"]) == ("fundraising_mismatch", "amount_raised")
    assert house.mentor(mentor["mn_id"])["amount_raised"] == 1, "Givebutter's current value is used meanwhile"


def test_a_second_sign_up_with_a_new_phone_keeps_the_contact_and_the_person(
    house: SandboxEnvironment, mn_id: str
) -> None:
    old = house.mentor(mn_id)
    new_id = "MN1990"
    house.sign_up(
        new_id,
        old["first_name"],
        old["last_name"],
        phone=JOTFORM_PHONE,
        personalEmail=old["personal_email"],
        ugaEmail=old["uga_email"],
    )
    house.sync()
    mentor = house.mentor(new_id)
    assert mentor["gb_contact_id"] == old["gb_contact_id"]
    assert mentor["phone"] == FROM_JOTFORM
    assert mn_id not in {row["mn_id"] for row in house.rows(t.mentors)}
    kinds = {row["change_type"] for row in house.changes(t.mn_changes.c.mn_id.in_([mn_id, new_id]))}
    assert kinds == {"new_mentor", "field_change"}, "one person, neither lost nor found"
    assert changes_of(house, new_id, "mn_id") == [(mn_id, new_id, "second_signup", False)]

    assert house.import_file(house.file()).rejected == 0
    house.sync()
    assert house.contact_of(new_id).external_id == new_id
    assert changes_of(house, new_id, "mn_id") == [(mn_id, new_id, "second_signup", True)]


def test_the_contact_of_a_mentor_stays_although_a_better_looking_one_appears(
    house: SandboxEnvironment, mn_id: str
) -> None:
    mentor = house.mentor(mn_id)
    rival = house.sandbox.contacts.create(
        first_name=mentor["first_name"],
        last_name=mentor["last_name"],
        emails=[mentor["personal_email"]],
        phones=[mentor["phone"]],
        tags=["Dropped 25", "SWAB 2025"],
    )
    house.sync()
    assert house.mentor(mn_id)["gb_contact_id"] == mentor["gb_contact_id"]
    assert house.conflicts() == []
    house.sandbox.dashboard.archive(mentor["gb_contact_id"])
    house.sync()
    assert house.mentor(mn_id)["gb_contact_id"] == rival.id, "Givebutter's own data moved it"


def test_a_second_run_over_unchanged_data_writes_nothing(house: SandboxEnvironment) -> None:
    before, logged = house.picture(), len(house.changes())
    house.etl()
    house.sync()
    assert house.picture() == before
    assert len(house.changes()) == logged
    last = [row for row in house.rows(t.sync_log) if row["asset"] == "mentors"][-1]
    assert (last["rows_added"], last["rows_changed"], last["rows_removed"]) == (0, 0, 0)
