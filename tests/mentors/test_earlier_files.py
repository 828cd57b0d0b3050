"""An old import file that is imported again after a newer one (rulebook, section 7)."""

from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.domain.givebutter_values import format_cell
from tests.support.mentors_stage import CONFIG, MentorsStage, contact, signup

# Givebutter has the number of the partner's MN id.
NUMBERED = CONFIG.model_copy(update={"custom_field_types": {"partner_preference": "number"}})
FIRST: dict[str, Any] = {"preferred_name": "Rob", "gender": "Male", "shirt_size": "S", "partner_preference": "MN0002"}
SECOND: dict[str, Any] = {
    "preferred_name": "Bobby",
    "gender": "Nonbinary",
    "shirt_size": "M",
    "partner_preference": "MN0003",
}


def imported_twice() -> MentorsStage:
    """Return a year in which the first answers and then the second ones were imported."""
    stage = MentorsStage.of_one(signup(**FIRST), contact(preferred_name="Ro"), replace_primary=True, config=NUMBERED)
    for answers in (FIRST, SECOND):
        stage.signups = [replace(stage.signups[0], **answers)]
        for _ in range(2):
            stage.sync()
            stage.import_file()
    stage.sync()
    return stage


def enter(stage: MentorsStage, **values: str) -> None:
    """Set fields of the contact, by an import or by hand."""
    fields = stage.contacts[10].custom_fields
    entered = {
        label: format_cell(NUMBERED, name, values.pop(name))
        for name, label in NUMBERED.custom_field_labels.items()
        if name in values
    }
    stage.edit(10, custom_fields={**fields, **entered}, **values)


@pytest.mark.parametrize("choice", ["a", "b"])
@pytest.mark.parametrize("since", ["at once", "another file", "a third answer"])
def test_a_contact_that_shows_a_whole_earlier_row_is_asked_about(since: str, choice: str) -> None:
    stage = imported_twice()
    expected = dict(SECOND)
    if since == "another file":
        stage.write_file()
    elif since == "a third answer":
        expected["gender"] = "Female"
        stage.signups = [replace(stage.signups[0], gender="Female")]
        stage.sync()
    enter(stage, **FIRST)
    for _ in range(2):
        questions = {question.subject: question for question in stage.sync().conflicts}
        assert {name: question.option_a.value for name, question in questions.items()} == expected
        assert {question.recommended_option for question in questions.values()} == {None}
        assert {name: getattr(stage.mentor(), name) for name in FIRST} == FIRST
        stage.write_file()
    for question in questions.values():
        stage.answer(question, choice)
    for _ in range(3):
        assert stage.sync().conflicts == ()
        assert {name: getattr(stage.mentor(), name) for name in FIRST} == {"a": expected, "b": FIRST}[choice]
        stage.import_file()


@pytest.mark.parametrize(
    "edited",
    [
        {"preferred_name": "Rob"},
        {"preferred_name": "Rob", "gender": "Male"},
        {**FIRST, "shirt_size": "L"},
        {**FIRST, "last_name": "Testwell-Smith"},
    ],
    ids=["one field", "two fields", "another value", "a further field"],
)
def test_values_that_no_file_had_together_were_entered_by_a_person(edited: dict[str, Any]) -> None:
    stage = imported_twice()
    enter(stage, **edited)
    assert stage.sync().conflicts == ()
    assert stage.mentor().preferred_name == "Rob"


def test_an_edit_in_givebutter_that_an_old_file_replaced_is_asked_about() -> None:
    stage = imported_twice()
    stage.edit(10, gender="Female")
    for _ in range(2):
        stage.sync()
        stage.import_file()
    stage.edit(10, gender="Nonbinary")
    (question,) = stage.sync().conflicts
    assert (question.option_a.value, question.option_b.value) == ("Female", "Nonbinary")
    stage.answer(question, "a")
    assert stage.sync().conflicts == ()
    assert stage.mentor().gender == "Female"
