"""Edits on both sides, through Givebutter and back: none is lost, and no question is repeated (section 7)."""

from datetime import timedelta
from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain import import_columns as col
from tests.mentors.memory_year import MemoryYear
from tests.support.environment import SandboxEnvironment

JOTFORM_PHONE = {"full": "(706) 555-0142"}
FROM_JOTFORM, FROM_GIVEBUTTER = "+17065550142", "+17065550188"


def edit_phone(year: MemoryYear, mn_id: str, phone: str = FROM_GIVEBUTTER) -> None:
    year.edit(year.mentor(mn_id).gb_contact_id, phones=[phone])


def test_a_manual_edit_and_our_own_news_reach_the_next_file_together(year: MemoryYear, mn_id: str) -> None:
    label = year.config.custom_field_labels["training_signup"]
    mentor = year.mentor(mn_id)
    year.forms.submit(year.config.jotform_training_form_id, {"emailAddress": mentor.personal_email})
    year.sync()
    year.import_file()
    assert year.contact_of(mn_id).custom[label] == "Yes"

    edit_phone(year, mn_id)
    year.sync()

    row = year.import_row(mn_id)
    assert row.custom_fields[label] == "Yes"
    assert row.cells[col.PRIMARY_PHONE] == FROM_GIVEBUTTER
    assert year.mentor(mn_id).phone == FROM_GIVEBUTTER
    assert year.changes_of(mn_id, "phone") == [(mentor.phone, FROM_GIVEBUTTER, "givebutter_edit")]
    assert year.conflicts() == []

    assert year.import_file().rejected == 0
    before = year.system.result
    after = year.sync()
    assert after.changes == ()
    assert before is not None
    assert (after.mentors, after.import_rows) == (before.mentors, before.import_rows)
    assert year.contact_of(mn_id).phones == [FROM_GIVEBUTTER]


def test_an_edit_to_equal_initials_is_no_junk(year: MemoryYear, mn_id: str) -> None:
    year.edit_signup(mn_id, fullName={"first": "Jacob", "last": year.mentor(mn_id).last_name, "prefix": "Jake"})
    year.sync()
    year.import_file()
    year.sync()
    year.edit(year.mentor(mn_id).gb_contact_id, preferred_name="JJ")
    year.sync()
    assert year.mentor(mn_id).preferred_name == "JJ"
    assert year.import_file().rejected == 0
    assert year.contact_of(mn_id).preferred_name == "JJ"


@pytest.mark.parametrize("last", ["Self", "Son", "Parent", "Friend", "Guest"])
def test_a_last_name_that_is_a_word_for_a_person_is_corrected(year: MemoryYear, mn_id: str, last: str) -> None:
    first = year.mentor(mn_id).first_name
    year.edit_signup(mn_id, fullName={"first": first, "last": last})
    year.sync()
    assert year.mentor(mn_id).last_name == last
    assert year.import_file().rejected == 0
    assert year.contact_of(mn_id).last_name == last


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=3), timedelta(days=400)])
def test_an_edit_after_a_sync_with_a_clock_that_was_ahead_is_kept(
    year: MemoryYear, mn_id: str, ahead: timedelta
) -> None:
    edit_phone(year, mn_id, "+17065550177")
    true_time = year.now
    year.now += ahead
    year.sync()
    year.now = true_time + timedelta(hours=1)
    edit_phone(year, mn_id)
    year.sync()
    assert year.import_row(mn_id).cells[col.PRIMARY_PHONE] == FROM_GIVEBUTTER
    assert year.mentor(mn_id).phone == FROM_GIVEBUTTER


@pytest.mark.slow
def test_changes_are_confirmed_when_givebutter_shows_them(env: SandboxEnvironment) -> None:
    """An edit in Givebutter at once, ours after the import, and one that another replaces never.

    Of two phones that a student replaces and that Givebutter then shows, only the one in a file is our own import.
    """
    mn_id, other, in_file, in_no_file = list(env.by_mn_id(t.mentors))[:4]
    old, old_of_other = env.mentor(mn_id)["phone"], env.mentor(other)["phone"]

    def recorded(mn_id: str) -> list[tuple[Any, Any, str | None, bool, bool]]:
        """Old and new phone, source, whether it is confirmed and whether it is resolved."""
        return [
            (row["old_value"], row["new_value"], row["source"], row["synced_to_gb"] is not None, row["resolved"])
            for row in env.changes(t.mn_changes.c.mn_id == mn_id, t.mn_changes.c.field == "phone")
        ]

    env.edit_signup(mn_id, mnPhone={"full": "(706) 555-0143"})
    env.edit_signup(in_no_file, mnPhone={"full": "(706) 555-0145"})
    env.edit(env.mentor(other)["gb_contact_id"], phones=[FROM_GIVEBUTTER])
    env.upload_and_recalculate()
    assert recorded(mn_id) == [(old, "+17065550143", "signup_edit", False, False)]
    assert recorded(other) == [(old_of_other, FROM_GIVEBUTTER, "givebutter_edit", True, True)]

    env.edit_signup(mn_id, mnPhone=JOTFORM_PHONE)
    env.edit_signup(in_file, mnPhone={"full": "(706) 555-0147"})
    env.edit_signup(in_no_file, mnPhone={"full": "(706) 555-0146"})
    env.upload_and_recalculate()  # fresh contacts, but nobody has imported the file
    replaced = (old, "+17065550143", "signup_edit", False, True)
    assert recorded(mn_id) == [replaced, ("+17065550143", FROM_JOTFORM, "signup_edit", False, False)]

    assert env.import_row(mn_id)[col.PRIMARY_PHONE] == FROM_JOTFORM
    env.import_file(env.new_file())
    env.edit_signup(in_file, mnPhone={"full": "(706) 555-0148"})
    env.edit(env.mentor(in_file)["gb_contact_id"], phones=["+17065550147"])
    env.edit(env.mentor(in_no_file)["gb_contact_id"], phones=["+17065550145"])
    env.upload_and_recalculate()
    assert recorded(mn_id) == [replaced, ("+17065550143", FROM_JOTFORM, "signup_edit", True, True)]
    assert FROM_JOTFORM in env.contact_of(mn_id).phones
    assert [env.mentor(edited)["phone"] for edited in (in_file, in_no_file)] == ["+17065550148", "+17065550145"]
    assert [(row["mn_id"], row["subject"]) for row in env.conflicts()] == [(in_no_file, "phone")]


def test_both_changed_asks_and_every_kind_of_answer_holds(year: MemoryYear) -> None:
    before = {mn_id: year.mentor(mn_id).phone for mn_id in year.singles()}
    by_choice = dict(zip(("a", "b", "custom"), before, strict=False))
    in_jotform = {mn_id: f"+1706555014{number}" for number, mn_id in enumerate(by_choice.values())}
    in_givebutter = {mn_id: f"+1706555018{number}" for number, mn_id in enumerate(by_choice.values())}
    for mn_id in by_choice.values():
        year.edit_signup(mn_id, mnPhone={"full": in_jotform[mn_id]})
        edit_phone(year, mn_id, in_givebutter[mn_id])
    year.sync()

    questions = {stored.conflict.mn_id: stored for stored in year.conflicts()}
    assert questions.keys() == in_jotform.keys()
    for mn_id, stored in questions.items():
        question = stored.conflict
        assert (question.conflict_type, question.subject, question.severity) == ("phone_mismatch", "phone", "medium")
        assert question.option_a.value == in_jotform[mn_id]
        assert question.option_b.value == in_givebutter[mn_id]
        assert question.context["agreed_before"] == before[mn_id]
        assert year.mentor(mn_id).phone == in_givebutter[mn_id], "while it is open the field keeps Givebutter's value"
        assert year.import_row(mn_id).cells[col.PRIMARY_PHONE] == in_givebutter[mn_id]

    results = {
        by_choice["a"]: in_jotform[by_choice["a"]],
        by_choice["b"]: in_givebutter[by_choice["b"]],
        by_choice["custom"]: "+17065550199",
    }
    for choice, mn_id in by_choice.items():
        year.answer(questions[mn_id], choice, "+17065550199" if choice == "custom" else None)
    for mn_id, result in results.items():
        assert year.import_row(mn_id).cells[col.PRIMARY_PHONE] == result
    for _ in range(3):
        assert {mn_id: year.mentor(mn_id).phone for mn_id in results} == results
        assert {stored.status for stored in year.system.conflicts.values()} == {"decided"}
        assert year.system.conflicts.keys() == {stored.key for stored in questions.values()}
        year.import_file()
        year.sync()
    assert all(result in year.contact_of(mn_id).phones for mn_id, result in results.items())


@pytest.mark.slow
def test_a_re_run_or_backfill_keeps_the_decision_and_undo_asks_again(env: SandboxEnvironment) -> None:
    singles = {mentor.mn_id for mentor in env.world.truth.mentors if mentor.scenario == "single"}
    mn_id = next(row["mn_id"] for row in env.rows(t.mentors) if row["mn_id"] in singles)
    env.edit_signup(mn_id, mnPhone=JOTFORM_PHONE)
    env.edit(env.mentor(mn_id)["gb_contact_id"], phones=[FROM_GIVEBUTTER])
    env.upload_and_recalculate()
    (question,) = env.conflicts()
    env.decide(question["id"], "a")
    env.etl()
    decided = env.results()
    env.etl()
    assert env.results() == decided
    assert (env.mentor(mn_id)["phone"], env.conflicts()) == (FROM_JOTFORM, [])

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


def test_changed_inputs_ask_again_about_the_same_subject(year: MemoryYear, mn_id: str) -> None:
    year.edit_signup(mn_id, mnPhone=JOTFORM_PHONE)
    edit_phone(year, mn_id)
    year.sync()
    (question,) = year.conflicts()
    year.answer(question, "b")
    year.sync()
    assert year.conflicts() == []

    edit_phone(year, mn_id, "+17065550177")
    year.edit_signup(mn_id, mnPhone={"full": "(706) 555-0166"})
    year.sync()
    (again,) = year.conflicts()
    assert again.key == question.key, "the same question, with other inputs"
    assert again.conflict.input_fingerprint != question.conflict.input_fingerprint


def test_a_name_edited_in_givebutter_stays(year: MemoryYear, mn_id: str) -> None:
    year.edit(year.mentor(mn_id).gb_contact_id, first_name="Corrected", preferred_name="Cory")
    year.sync()
    mentor = year.mentor(mn_id)
    assert (mentor.first_name, mentor.preferred_name) == ("Corrected", "Cory")
    assert year.import_row(mn_id).cells["First Name"] == "Corrected"
    year.import_file()
    year.sync()
    assert year.contact_of(mn_id).first_name == "Corrected"
    assert year.mentor(mn_id).provenance["first_name"].rule == "givebutter_edit"


def test_two_corrections_of_a_name_ask(year: MemoryYear, mn_id: str) -> None:
    year.edit(year.mentor(mn_id).gb_contact_id, last_name="Dashboard")
    year.edit_signup(mn_id, fullName={"first": year.mentor(mn_id).first_name, "last": "Formfield"})
    year.sync()
    (question,) = year.conflicts()
    assert (question.conflict.conflict_type, question.conflict.subject) == ("field_mismatch", "last_name")
    assert year.mentor(mn_id).last_name == "Dashboard"
    year.answer(question, "custom", "Agreed-Name")
    assert year.import_row(mn_id).cells["Last Name"] == "Agreed-Name"


@pytest.mark.parametrize("imports", [0, 1])
@pytest.mark.parametrize("absence", ["none", "deleted", "another id"])
def test_a_later_edit_of_the_sign_up_asks_before_it_replaces_an_edit_in_givebutter(
    year: MemoryYear, mn_id: str, absence: str, imports: int
) -> None:
    edit_phone(year, mn_id)
    year.sync()
    for _ in range(imports):
        year.import_file()
        year.sync()
    submission_id = str(year.mentor(mn_id).submission_id)
    if absence == "deleted":
        year.forms.delete(year.form_id, submission_id)
        year.sync()
        year.forms.restore(year.form_id, submission_id)
        year.sync()
    if absence == "another id":
        year.edit_signup(mn_id, mnid="MN1991")
        mn_id = "MN1991"
        year.sync()
    year.edit_signup(mn_id, mnPhone=JOTFORM_PHONE)
    for _ in range(2):
        year.sync()
        (question,) = year.conflicts()
        assert (question.conflict.option_a.value, question.conflict.option_b.value) == (FROM_JOTFORM, FROM_GIVEBUTTER)
        assert year.import_row(mn_id).cells[col.PRIMARY_PHONE] == FROM_GIVEBUTTER
    year.answer(question, "a")
    year.import_file()
    year.sync()
    assert (year.mentor(mn_id).phone, year.conflicts()) == (FROM_JOTFORM, [])
    year.edit_signup(mn_id, mnPhone={"full": "(706) 555-0143"})
    year.sync()
    assert (year.mentor(mn_id).phone, year.conflicts()) == ("+17065550143", []), "our own value, nobody's edit"


def test_a_later_edit_of_the_sign_up_asks_before_it_replaces_an_answer(year: MemoryYear, mn_id: str) -> None:
    year.edit_signup(mn_id, mnPhone=JOTFORM_PHONE)
    edit_phone(year, mn_id)
    year.sync()
    (question,) = year.conflicts()
    year.answer(question, "custom", "+17065550199")
    year.import_file()
    year.sync()
    year.edit_signup(mn_id, mnPhone={"full": "(706) 555-0143"})
    year.sync()
    assert [again.key for again in year.conflicts()] == [question.key]
    assert year.import_row(mn_id).cells[col.PRIMARY_PHONE] == "+17065550199", "the answer holds until it is given again"


def merge_into_new_contact(year: MemoryYear, mn_id: str) -> int:
    """Merge a mentor's contact into a new one in Givebutter; return the new contact's id."""
    gone = year.contact_of(mn_id)
    names = ("first_name", "last_name", "preferred_name", "emails", "phones", "tags", "custom", "gender")
    values = {name: getattr(gone, name) for name in names}
    external_id = gone.external_id
    year.store.change(gone, archived_at=year.now, external_id=None)
    return year.store.create(**values, external_id=external_id).id


def test_an_edit_in_givebutter_is_known_after_a_merge(year: MemoryYear, mn_id: str) -> None:
    edit_phone(year, mn_id)
    year.sync()
    kept = merge_into_new_contact(year, mn_id)
    year.sync()
    assert (year.mentor(mn_id).gb_contact_id, year.conflicts()) == (kept, [])
    year.edit_signup(mn_id, mnPhone=JOTFORM_PHONE)
    year.sync()
    (question,) = year.conflicts()
    assert question.conflict.subject == "phone"
    assert year.import_row(mn_id).cells[col.PRIMARY_PHONE] == FROM_GIVEBUTTER


def test_an_answer_holds_after_a_merge_and_is_asked_about_again(year: MemoryYear, mn_id: str) -> None:
    label = year.config.custom_field_labels["shirt_size"]
    year.edit(year.mentor(mn_id).gb_contact_id, custom={label: "XL"})
    year.edit_signup(mn_id, **{str(year.config.signup_field_map["shirt_size"]): "S"})
    year.sync()
    (question,) = year.conflicts()
    assert question.conflict.subject == "shirt_size"
    year.answer(question, "b")
    merge_into_new_contact(year, mn_id)
    for _ in range(2):
        year.sync()
        assert [again.key for again in year.conflicts()] == [question.key]
        assert year.import_row(mn_id).custom_fields[label] == "XL"
        year.import_file()


def test_tags_removed_by_hand_stay_removed_apart_from_the_years(year: MemoryYear) -> None:
    year_tag = year.config.givebutter_mentor_tag
    mn_id = next(mentor.mn_id for mentor in year.system.mentors.values() if set(mentor.tags) > {year_tag})
    year.edit(year.contact_of(mn_id).id, tags=["Alumni"])
    year.sync()
    assert set((year.import_row(mn_id).cells[col.TAGS] or "").split(", ")) == {"Alumni", year_tag}
    year.import_file()
    assert set(year.contact_of(mn_id).tags) == {"Alumni", year_tag}
    year.sync()
    assert year.mentor(mn_id).tags == ("Alumni", year_tag)


def test_a_tag_with_a_comma_stays_as_givebutter_has_it(year: MemoryYear, mn_id: str) -> None:
    tags = [year.config.givebutter_mentor_tag, "Doe, J", "Alumni"]
    year.edit(year.mentor(mn_id).gb_contact_id, tags=tags)
    year.sync()
    assert year.mentor(mn_id).tags == ("Alumni", "Doe, J", year.config.givebutter_mentor_tag)
    assert year.import_row(mn_id).cells[col.TAGS] is None
    assert year.import_file().rejected == 0
    assert year.contact_of(mn_id).tags == tags


def test_money_comes_from_the_members_alone(year: MemoryYear) -> None:
    label = year.config.custom_field_labels["amount_raised"]
    mentor = next(mentor for mentor in year.system.mentors.values() if mentor.amount_raised > 0)
    mn_id, member_id = mentor.mn_id, mentor.gb_member_id
    assert member_id is not None
    year.edit(mentor.gb_contact_id, custom={label: "9999.00"})
    year.sync()
    assert year.mentor(mn_id).amount_raised == mentor.amount_raised
    assert year.import_row(mn_id).custom_fields[label] == f"{mentor.amount_raised:.2f}"

    year.dashboard.edit_member(member_id, raised=float(mentor.amount_raised) + 10)
    year.sync()
    assert year.mentor(mn_id).amount_raised == mentor.amount_raised + 10

    year.dashboard.edit_member(member_id, raised=1.0)
    year.sync()
    (question,) = year.conflicts()
    assert (question.conflict.conflict_type, question.conflict.subject) == ("fundraising_mismatch", "amount_raised")
    assert year.mentor(mn_id).amount_raised == 1, "Givebutter's current value is used meanwhile"


def test_a_second_sign_up_with_a_new_phone_keeps_the_contact_and_the_person(year: MemoryYear, mn_id: str) -> None:
    old = year.mentor(mn_id)
    new_id = "MN1990"
    year.sign_up(
        new_id,
        fullName={"first": old.first_name, "last": old.last_name},
        mnPhone=JOTFORM_PHONE,
        personalEmail=old.personal_email,
        ugaEmail=old.uga_email,
    )
    year.sync()
    mentor = year.mentor(new_id)
    assert mentor.gb_contact_id == old.gb_contact_id
    assert mentor.phone == FROM_JOTFORM
    assert mn_id not in year.system.mentors
    own = {(change.mn_id, change.change_type) for change in year.changes if change.mn_id in (mn_id, new_id)}
    assert own == {(new_id, "field_change")}, "one person, neither lost nor found"
    assert year.changes_of(new_id, "mn_id") == [(mn_id, new_id, "second_signup")]

    assert year.import_file().rejected == 0
    year.sync()
    assert year.contact_of(new_id).external_id == new_id


def test_the_contact_of_a_mentor_stays_although_a_better_looking_one_appears(year: MemoryYear, mn_id: str) -> None:
    mentor = year.mentor(mn_id)
    rival = year.store.create(
        first_name=mentor.first_name,
        last_name=mentor.last_name,
        emails=[mentor.personal_email],
        phones=[mentor.phone],
        tags=["Dropped 25", "SWAB 2025"],
    )
    year.sync()
    assert year.mentor(mn_id).gb_contact_id == mentor.gb_contact_id
    assert year.conflicts() == []
    assert mentor.gb_contact_id is not None
    year.dashboard.archive(mentor.gb_contact_id)
    year.sync()
    assert year.mentor(mn_id).gb_contact_id == rival.id, "Givebutter's own data moved it"
