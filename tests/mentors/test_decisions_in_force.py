"""A decision about a field or a page stays in force when its inputs change, until it is answered again (rulebook 6)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mentorsync_pipeline.domain.changed_inputs import find_changed_inputs
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.records import Member, Signup
from tests.support.answers import Choice
from tests.support.mentors_stage import MentorsStage, contact, phone, signup


def sync_and_get_conflict(stage: MentorsStage) -> Conflict:
    """Sync, and return the only conflict."""
    (question,) = stage.sync().conflicts
    return question


@pytest.fixture
def disputed() -> MentorsStage:
    """A mentor whose phone both sides have changed since they agreed."""
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    stage.signups = [replace(stage.signups[0], phone=phone(2))]
    stage.edit(10, phones=(phone(3),), primary_phone=phone(3))
    return stage


@pytest.mark.parametrize(("choice", "value"), [("a", phone(2)), ("b", phone(3)), ("custom", phone(4))])
def test_a_corrected_sign_up_asks_again_and_the_old_answer_holds(
    disputed: MentorsStage, choice: str, value: str
) -> None:
    disputed.answer(sync_and_get_conflict(disputed), choice, value)
    assert disputed.sync().conflicts == ()
    disputed.signups = [replace(disputed.signups[0], phone=phone(5))]
    again = sync_and_get_conflict(disputed)
    assert again.option_a.value == phone(5)
    assert disputed.mentor().phone == value


@pytest.mark.parametrize("choice", ["a", "b", "custom"])
def test_an_edit_after_the_answer_is_not_pushed_over_before_it_is_answered(disputed: MentorsStage, choice: str) -> None:
    disputed.answer(sync_and_get_conflict(disputed), choice, phone(4))
    disputed.sync()
    disputed.edit(10, phones=(phone(6),), primary_phone=phone(6))
    again = sync_and_get_conflict(disputed)
    assert (again.option_b.value, again.recommended_option) == (phone(6), None)
    assert disputed.mentor().phone == phone(6)


@pytest.mark.parametrize(
    ("is_answered", "is_edited", "asked"),
    [(True, True, True), (True, False, False), (False, True, True), (False, False, True)],
)
def test_a_phone_that_comes_back_to_the_sign_up_replaces_no_value_that_was_kept(
    is_answered: bool, is_edited: bool, asked: bool
) -> None:
    stage = MentorsStage.of_one(signup(phone=phone(2)), contact())
    question = sync_and_get_conflict(stage)
    if is_answered:
        stage.answer(question, "b")
        stage.sync()
    if is_edited:
        stage.edit(10, phones=(phone(3),), primary_phone=phone(3))
    stage.signups = [replace(stage.signups[0], phone=None)]
    built = stage.sync()
    kept = phone(3) if is_edited else phone(1)
    assert (built.conflicts, stage.mentor().phone) == ((), kept)
    assert (stage.mentor().provenance["phone"].rule == "givebutter_edit") == is_edited
    stage.sync()
    stage.signups = [replace(stage.signups[0], phone=phone(2))]
    assert [conflict.subject for conflict in stage.sync().conflicts] == ["phone"] * asked
    assert stage.mentor().phone == kept


OLDER, NEWER, EDITED = ("Rob", phone(1)), ("Bobby", phone(2)), ("Robbie", phone(3))
CHOICES: dict[Choice, tuple[str, str]] = {"a": NEWER, "b": EDITED, "custom": ("Bert", phone(4))}


def use(stage: MentorsStage, person: Signup) -> None:
    """The person's other sign-up is not listed, so that this one counts for contact 10."""
    stage.signups, stage.winners[person.submission_id] = [person], 10


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("name", ["preferred_name", "phone"])
@pytest.mark.parametrize("is_applied", [True, False], ids=["imported", "not in a run yet"])
def test_an_older_sign_up_that_counts_again_does_not_replace_an_answer_unasked(
    name: str, choice: Choice, *, is_applied: bool
) -> None:
    place = ("preferred_name", "phone").index(name)
    older = signup(1, preferred_name=OLDER[0])
    stage = MentorsStage.of_one(older, contact(preferred_name=OLDER[0]))
    stage.sync()
    newer = replace(
        older, submission_id="60999", created_at=stage.as_of, superseded_submission_ids=(older.submission_id,)
    )
    newer = replace(newer, **{name: NEWER[place]})
    use(stage, newer)
    stage.edit(10, **({"phones": (EDITED[1],)} if name == "phone" else {"preferred_name": EDITED[0]}))
    stage.answer(sync_and_get_conflict(stage), choice, CHOICES[choice][place])
    if is_applied:
        stage.sync()
        stage.import_file()
        assert stage.sync().conflicts == ()
    for _ in range(2):  # the newer sign-up is deleted
        use(stage, older)
        again = sync_and_get_conflict(stage)
        assert (again.subject, again.option_a.value) == (name, OLDER[place])
        assert getattr(stage.mentor(), name) == CHOICES[choice][place]
        stage.import_file()
    use(stage, newer)
    assert stage.sync().conflicts == ()
    assert getattr(stage.mentor(), name) == CHOICES[choice][place]


def test_a_chosen_page_counts_on_when_another_one_appears() -> None:
    def page(number: int, raised: int) -> Member:
        return Member(member_id=number, email="robin1@mail.example", raised=Decimal(raised))

    stage = MentorsStage.of_one(signup(), contact(), members=[page(1, 10), page(2, 50)])
    question = sync_and_get_conflict(stage)
    stage.answer(question, "b")
    stage.members.append(page(3, 90))
    sync_and_get_conflict(stage)
    assert stage.mentor().gb_member_id == 1


def test_changes_are_shown_by_record_independent_of_the_letters() -> None:
    def option(contact_id: int, **facts: Any) -> dict[str, Any]:
        return {"value": contact_id, "source": "contacts", "metadata": {"contact_id": contact_id, **facts}}

    before = [option(1, phones=["a"], score=10), option(2, phones=["b"])]
    after = [option(2, phones=["b"]), option(1, phones=["c"], score=9)]
    assert find_changed_inputs(before, after) == [
        {"record": "contact 1", "field": "phones", "before": ["a"], "after": ["c"]}
    ]
    assert find_changed_inputs(before, [option(3), option(2, phones=["b"])])[0]["field"] == "option"
