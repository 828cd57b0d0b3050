"""A decision about a field or a page stays in force when its inputs change, until it is answered again (rulebook 6)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mentorsync_pipeline.domain.changed_inputs import find_changed_inputs
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.records import Member
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
