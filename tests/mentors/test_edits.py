"""Edits on both sides, through Givebutter and back: none is lost, and no question is repeated (section 7)."""

from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow

JOTFORM_PHONE = {"full": "(706) 555-0142"}
FROM_JOTFORM, FROM_GIVEBUTTER = "+17065550142", "+17065550188"
PHONE = "Primary Phone Number"


@pytest.fixture
def mn_id(env: SandboxEnvironment) -> str:
    """A mentor with one contact, matched by phone and email, who has not signed up for the training."""
    singles = {mentor.mn_id for mentor in env.world.truth.mentors if mentor.scenario == "single"}
    return next(row["mn_id"] for row in env.rows(t.mentors) if row["mn_id"] in singles and not row["training_signup"])


def changes_of(env: SandboxEnvironment, mn_id: str, field: str) -> list[tuple[Any, Any, str | None, bool]]:
    """Old and new value, source and whether Givebutter confirmed it, oldest first."""
    return [
        (row["old_value"], row["new_value"], row["source"], row["synced_to_gb"] is not None)
        for row in env.changes(t.mn_changes.c.mn_id == mn_id, t.mn_changes.c.field == field)
    ]


def edit_phone(env: SandboxEnvironment, mn_id: str, phone: str = FROM_GIVEBUTTER) -> None:
    env.edit(env.mentor(mn_id)["gb_contact_id"], phones=[phone])


def test_a_manual_edit_and_our_own_news_reach_the_next_file_together(env: SandboxEnvironment, mn_id: str) -> None:
    mentor = env.mentor(mn_id)
    env.submit(env.config.jotform_training_form_id, emailAddress=mentor["personal_email"])
    env.round()
    assert env.contact_of(mn_id).custom[env.config.custom_field_labels["training_signup"]] == "Yes"

    edit_phone(env, mn_id)
    env.upload_and_recalculate()

    row = env.import_row(mn_id)
    assert row["custom_fields"][env.config.custom_field_labels["training_signup"]] == "Yes"
    assert row[PHONE] == FROM_GIVEBUTTER
    assert env.mentor(mn_id)["phone"] == FROM_GIVEBUTTER
    assert changes_of(env, mn_id, "phone") == [(mentor["phone"], FROM_GIVEBUTTER, "givebutter_edit", True)]
    assert env.conflicts() == []

    assert env.import_file(env.new_file()).rejected == 0
    before = env.results()
    env.upload_and_recalculate()
    assert env.results() == before
    assert env.contact_of(mn_id).phones == [FROM_GIVEBUTTER]


def test_our_edit_is_sent_and_counts_as_synced_only_when_givebutter_shows_it(
    env: SandboxEnvironment, mn_id: str
) -> None:
    old = env.mentor(mn_id)["phone"]
    env.edit_signup(mn_id, mnPhone=JOTFORM_PHONE)
    env.upload_and_recalculate()
    assert env.import_row(mn_id)[PHONE] == FROM_JOTFORM
    assert changes_of(env, mn_id, "phone") == [(old, FROM_JOTFORM, "signup_edit", False)]

    env.upload_and_recalculate()  # fresh contacts, but nobody has imported the file
    assert changes_of(env, mn_id, "phone") == [(old, FROM_JOTFORM, "signup_edit", False)]

    env.import_file(env.new_file())
    env.upload_and_recalculate()
    assert changes_of(env, mn_id, "phone") == [(old, FROM_JOTFORM, "signup_edit", True)]
    assert FROM_JOTFORM in env.contact_of(mn_id).phones


def test_a_change_that_another_one_replaces_waits_for_nothing(env: SandboxEnvironment, mn_id: str) -> None:
    env.edit_signup(mn_id, mnPhone=JOTFORM_PHONE)
    env.upload_and_recalculate()
    env.edit_signup(mn_id, mnPhone={"full": "(706) 555-0143"})
    env.upload_and_recalculate()
    env.import_file(env.new_file())
    env.upload_and_recalculate()
    kept = env.changes(t.mn_changes.c.mn_id == mn_id, t.mn_changes.c.field == "phone")
    assert [(row["synced_to_gb"] is not None, row["resolved"]) for row in kept] == [(False, True), (True, True)]


def test_both_changed_asks_and_every_kind_of_answer_holds(env: SandboxEnvironment) -> None:
    singles = {mentor.mn_id for mentor in env.world.truth.mentors if mentor.scenario == "single"}
    before = {row["mn_id"]: row["phone"] for row in env.rows(t.mentors) if row["mn_id"] in singles}
    by_choice = dict(zip(("a", "b", "custom"), before, strict=False))
    in_jotform = {mn_id: f"+1706555014{number}" for number, mn_id in enumerate(by_choice.values())}
    in_givebutter = {mn_id: f"+1706555018{number}" for number, mn_id in enumerate(by_choice.values())}
    for mn_id in by_choice.values():
        env.edit_signup(mn_id, mnPhone={"full": in_jotform[mn_id]})
        edit_phone(env, mn_id, in_givebutter[mn_id])
    env.upload_and_recalculate()

    questions = {question["mn_id"]: question for question in env.conflicts()}
    assert questions.keys() == in_jotform.keys()
    for mn_id, question in questions.items():
        assert (question["conflict_type"], question["subject"], question["severity"]) == (
            "phone_mismatch",
            "phone",
            "medium",
        )
        assert question["option_a"]["value"] == in_jotform[mn_id]
        assert question["option_b"]["value"] == in_givebutter[mn_id]
        assert question["context"]["agreed_before"] == before[mn_id]
        assert env.mentor(mn_id)["phone"] == in_givebutter[mn_id], "while it is open the field keeps Givebutter's value"
        assert env.import_row(mn_id)[PHONE] == in_givebutter[mn_id]

    results = {
        by_choice["a"]: in_jotform[by_choice["a"]],
        by_choice["b"]: in_givebutter[by_choice["b"]],
        by_choice["custom"]: "+17065550199",
    }
    for choice, mn_id in by_choice.items():
        env.decide(questions[mn_id]["id"], choice, "706-555-0199" if choice == "custom" else None)
    env.etl()
    for mn_id, result in results.items():
        assert env.import_row(mn_id)[PHONE] == result
    asked = sorted(question["id"] for question in questions.values())
    for _ in range(2):
        assert {mn_id: env.mentor(mn_id)["phone"] for mn_id in results} == results
        assert sorted(conflict["id"] for conflict in env.conflicts(status="decided")) == asked
        assert env.conflicts() == []
        env.import_file(env.new_file())
        env.upload_and_recalculate()
    assert {mn_id: env.mentor(mn_id)["phone"] for mn_id in results} == results
    assert sorted(conflict["id"] for conflict in env.conflicts(status="decided")) == asked
    assert env.conflicts() == []
    assert all(result in env.contact_of(mn_id).phones for mn_id, result in results.items())


def test_a_re_run_or_backfill_keeps_the_decision_and_undo_asks_again(env: SandboxEnvironment, mn_id: str) -> None:
    env.edit_signup(mn_id, mnPhone=JOTFORM_PHONE)
    edit_phone(env, mn_id)
    env.upload_and_recalculate()
    (question,) = env.conflicts()
    env.decide(question["id"], "a")
    env.etl()
    decided = env.results()
    env.etl()
    env.etl()
    assert env.results() == decided

    env.undo(question["id"])
    assert [conflict["id"] for conflict in env.conflicts()] == [question["id"]]
    env.etl()
    (again,) = env.conflicts()
    assert again["id"] == question["id"]
    assert env.mentor(mn_id)["phone"] == FROM_GIVEBUTTER
    resolved = env.changes(t.mn_changes.c.change_type == "conflict_resolved")
    assert [(row["old_value"], row["new_value"]) for row in resolved] == [
        (None, {"choice": "a", "value": FROM_JOTFORM}),
        ({"choice": "a", "value": FROM_JOTFORM}, None),
    ]


def test_changed_inputs_ask_again_and_show_the_old_answer(env: SandboxEnvironment, mn_id: str) -> None:
    env.edit_signup(mn_id, mnPhone=JOTFORM_PHONE)
    edit_phone(env, mn_id)
    env.upload_and_recalculate()
    (question,) = env.conflicts()
    env.decide(question["id"], "b")
    env.upload_and_recalculate()
    assert env.conflicts() == []

    edit_phone(env, mn_id, "+17065550177")
    env.edit_signup(mn_id, mnPhone={"full": "(706) 555-0166"})
    env.upload_and_recalculate()
    (again,) = env.conflicts()
    assert again["id"] == question["id"], "the same question, with other inputs"
    assert again["previous_decision"]["choice"] == "b"
    assert again["previous_decision"]["value"] == FROM_GIVEBUTTER
    assert again["previous_decision"]["decided_by"] == "Robin"


def test_a_name_edited_in_givebutter_stays(env: SandboxEnvironment, mn_id: str) -> None:
    env.edit(env.mentor(mn_id)["gb_contact_id"], first_name="Corrected", preferred_name="Cory")
    env.upload_and_recalculate()
    mentor = env.mentor(mn_id)
    assert (mentor["first_name"], mentor["preferred_name"]) == ("Corrected", "Cory")
    assert env.import_row(mn_id)["First Name"] == "Corrected"
    env.import_file(env.new_file())
    env.upload_and_recalculate()
    assert env.contact_of(mn_id).first_name == "Corrected"
    assert env.mentor(mn_id)["provenance"]["first_name"]["rule"] == "givebutter_edit"


def test_two_corrections_of_a_name_ask(env: SandboxEnvironment, mn_id: str) -> None:
    env.edit(env.mentor(mn_id)["gb_contact_id"], last_name="Dashboard")
    first = env.mentor(mn_id)["first_name"]
    env.edit_signup(mn_id, fullName={"first": first, "last": "Formfield"})
    env.upload_and_recalculate()
    (question,) = env.conflicts()
    assert (question["conflict_type"], question["subject"]) == ("field_mismatch", "last_name")
    assert env.mentor(mn_id)["last_name"] == "Dashboard"
    env.decide(question["id"], "custom", "Agreed-Name")
    env.etl()
    assert env.import_row(mn_id)["Last Name"] == "Agreed-Name"


def test_tags_removed_by_hand_stay_removed_apart_from_the_years(env: SandboxEnvironment) -> None:
    year_tag = env.config.givebutter_mentor_tag
    mn_id = next(row["mn_id"] for row in env.rows(t.mentors) if set(row["tags"]) > {year_tag})
    contact = env.contact_of(mn_id)
    env.edit(contact.id, tags=["Alumni"])
    env.upload_and_recalculate()
    assert set(env.import_row(mn_id)["Tags"].split(", ")) == {"Alumni", year_tag}
    env.import_file(env.new_file())
    assert set(env.contact_of(mn_id).tags) == {"Alumni", year_tag}
    env.upload_and_recalculate()
    assert env.mentor(mn_id)["tags"] == ["Alumni", year_tag]


def test_money_comes_from_the_members_alone(env: SandboxEnvironment) -> None:
    label = env.config.custom_field_labels["amount_raised"]
    mentor = next(row for row in env.rows(t.mentors) if row["amount_raised"] > 0)
    env.edit(mentor["gb_contact_id"], custom={label: "9999.00"})
    env.upload_and_recalculate()
    assert env.mentor(mentor["mn_id"])["amount_raised"] == mentor["amount_raised"]
    assert env.import_row(mentor["mn_id"])["custom_fields"][label] == f"{mentor['amount_raised']:.2f}"

    env.sandbox.dashboard.edit_member(mentor["gb_member_id"], raised=float(mentor["amount_raised"]) + 10)
    env.upload_and_recalculate()
    assert env.mentor(mentor["mn_id"])["amount_raised"] == mentor["amount_raised"] + 10

    env.sandbox.dashboard.edit_member(mentor["gb_member_id"], raised=1.0)
    env.upload_and_recalculate()
    (question,) = env.conflicts()
    assert (question["conflict_type"], question["subject"]) == ("fundraising_mismatch", "amount_raised")
    assert env.mentor(mentor["mn_id"])["amount_raised"] == 1, "Givebutter's current value is used meanwhile"


def test_a_second_sign_up_with_a_new_phone_keeps_the_contact_and_the_person(
    env: SandboxEnvironment, mn_id: str
) -> None:
    old = env.mentor(mn_id)
    new_id = "MN1990"
    env.sign_up(
        new_id,
        old["first_name"],
        old["last_name"],
        mnPhone=JOTFORM_PHONE,
        personalEmail=old["personal_email"],
        ugaEmail=old["uga_email"],
    )
    env.upload_and_recalculate()
    mentor = env.mentor(new_id)
    assert mentor["gb_contact_id"] == old["gb_contact_id"]
    assert mentor["phone"] == FROM_JOTFORM
    assert mn_id not in {row["mn_id"] for row in env.rows(t.mentors)}
    kinds = {row["change_type"] for row in env.changes(t.mn_changes.c.mn_id.in_([mn_id, new_id]))}
    assert kinds == {"new_mentor", "field_change"}, "one person, neither lost nor found"
    assert changes_of(env, new_id, "mn_id") == [(mn_id, new_id, "second_signup", False)]

    assert env.import_file(env.new_file()).rejected == 0
    env.upload_and_recalculate()
    assert env.contact_of(new_id).external_id == new_id
    assert changes_of(env, new_id, "mn_id") == [(mn_id, new_id, "second_signup", True)]


def test_the_contact_of_a_mentor_stays_although_a_better_looking_one_appears(
    env: SandboxEnvironment, mn_id: str
) -> None:
    mentor = env.mentor(mn_id)
    rival = env.sandbox.contacts.create(
        first_name=mentor["first_name"],
        last_name=mentor["last_name"],
        emails=[mentor["personal_email"]],
        phones=[mentor["phone"]],
        tags=["Dropped 25", "SWAB 2025"],
    )
    env.upload_and_recalculate()
    assert env.mentor(mn_id)["gb_contact_id"] == mentor["gb_contact_id"]
    assert env.conflicts() == []
    env.sandbox.dashboard.archive(mentor["gb_contact_id"])
    env.upload_and_recalculate()
    assert env.mentor(mn_id)["gb_contact_id"] == rival.id, "Givebutter's own data moved it"


def test_a_second_run_over_unchanged_data_writes_nothing(env: SandboxEnvironment) -> None:
    before, logged = env.results(), len(env.changes())
    env.etl()
    env.upload_and_recalculate()
    assert env.results() == before
    assert len(env.changes()) == logged
    last = [row for row in env.rows(t.sync_log) if row["asset"] == "mentors"][-1]
    assert (last["rows_added"], last["rows_changed"], last["rows_removed"]) == (0, 0, 0)
