"""Edits in Givebutter between the first sync of a contact and the first import (rulebook, section 7)."""

from dataclasses import replace

import pytest

from tests.support.answers import Choice
from tests.support.mentors_stage import MentorsStage, contact, phone, signup


@pytest.mark.parametrize("choice", ["a", "b"])
@pytest.mark.parametrize("before", [None, "Ro"], ids=["blank before", "another value before"])
@pytest.mark.parametrize("sent", [None, "Rob"], ids=["no file", "an earlier file"])
def test_an_edit_in_givebutter_before_the_first_import_is_asked_about(
    before: str | None, sent: str | None, choice: str
) -> None:
    other = contact(20, preferred_name="Al", emails=("robin2@mail.example",), phones=(phone(2),))
    stage = MentorsStage.of_one(signup(preferred_name=sent or "Bobby"), contact(preferred_name=before))
    stage.signups.append(signup(2, preferred_name="Al"))
    stage.contacts[20], stage.winners[stage.signups[1].submission_id] = other, 20
    stage.sync()
    if sent:
        stage.import_file()
        stage.signups[0] = replace(stage.signups[0], preferred_name="Bobby")
        assert stage.sync().conflicts == ()
        assert stage.mentor().preferred_name == "Bobby"
    stage.edit(10, preferred_name="Robbie")
    for _ in range(2):
        (question,) = stage.sync().conflicts
        assert (question.option_a.value, question.option_b.value) == ("Bobby", "Robbie")
        assert stage.mentor().preferred_name == "Robbie"
    stage.answer(question, choice)
    for _ in range(3):
        assert stage.sync().conflicts == ()
        assert stage.mentor().preferred_name == {"a": "Bobby", "b": "Robbie"}[choice]
        stage.import_file()


@pytest.mark.parametrize("choice", [None, "skipped", "a", "b"])
def test_an_export_that_does_not_show_an_edit_before_the_first_import_changes_nothing(choice: Choice | None) -> None:
    stage = MentorsStage.of_one(signup(preferred_name="Bobby"), contact(preferred_name="Ro"))
    stage.sync()
    stage.edit(10, preferred_name="Robbie")
    (question,) = stage.sync().conflicts
    if choice is not None:
        stage.answer(question, choice)
        stage.sync()
    before, whole = stage.mentor(), stage.contacts[10]
    stage.contacts[10] = replace(whole, preferred_name=None)
    for contacts_shown in (stage.contacts[10], stage.contacts[10], whole):
        stage.contacts[10] = contacts_shown
        asked = stage.sync().conflicts
        assert [conflict.subject for conflict in asked] == (["preferred_name"] if choice in (None, "skipped") else [])
        assert stage.mentor().preferred_name == before.preferred_name == ("Bobby" if choice == "a" else "Robbie")


def test_a_value_that_nobody_edited_before_the_first_import_is_replaced_without_a_question() -> None:
    stage = MentorsStage.of_one(signup(preferred_name="Bobby"), contact(preferred_name="Ro"))
    for second in ("Bobby", "Bob", "Bobby"):
        stage.signups = [replace(stage.signups[0], preferred_name=second)]
        assert stage.sync().conflicts == ()
        assert stage.mentor().preferred_name == second
    stage.edit(10, employer="Acme")
    assert stage.sync().conflicts == ()
    stage.import_file()
    assert stage.sync().conflicts == ()
    stage.edit(10, preferred_name="Robbie")
    assert stage.sync().conflicts == ()
    assert stage.mentor().preferred_name == "Robbie"


def test_a_value_that_a_person_entered_is_no_import_of_a_file_whose_other_values_are_not_there() -> None:
    stage = MentorsStage.of_one(signup(preferred_name="Rob"), contact(preferred_name="Ro"))
    stage.sync()
    stage.write_file()
    stage.signups[0] = replace(stage.signups[0], preferred_name="Bobby")
    stage.sync()
    stage.edit(10, preferred_name="Rob")  # without the shirt size of the file
    (question,) = stage.sync().conflicts
    assert (question.option_a.value, question.option_b.value) == ("Bobby", "Rob")
    stage.import_file()
    assert stage.contacts[10].preferred_name == "Rob"


@pytest.mark.parametrize("is_changed_before", [True, False], ids=["before the field is shown", "after it"])
def test_a_late_import_into_a_field_that_was_not_shown_at_first_is_no_edit(*, is_changed_before: bool) -> None:
    stage = MentorsStage.of_one(signup(preferred_name="Bobby"), contact())
    stage.signups.append(signup(2, preferred_name="Al"))
    other = contact(20, emails=("robin2@mail.example",), phones=(phone(2),))
    stage.contacts[20], stage.winners[stage.signups[1].submission_id] = other, 20
    stage.sync()
    before = stage.contacts[10]
    stage.import_file()
    imported, stage.contacts[10] = stage.contacts[10], before  # at first, only the other row is imported
    if not is_changed_before:
        stage.sync()
    stage.signups[0] = replace(stage.signups[0], preferred_name="Rob")
    stage.sync()
    stage.contacts[10] = imported
    assert stage.sync().conflicts == ()
    assert stage.mentor().preferred_name == "Rob"
