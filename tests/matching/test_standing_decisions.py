"""Rulebook section 6: a decision holds while what was compared is unchanged, and not longer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentorsync_pipeline.domain.records import Contact, Member, Signup
from mentorsync_pipeline.matching.rules.winners import WinnerResult
from tests.support.matching import (
    AS_OF,
    EMAIL,
    OTHER_EMAIL,
    OTHER_PHONE,
    PHONE,
    Decisions,
    answers,
    contact,
    decide,
    only,
    outcome,
    signup,
)

JANE = signup(phone=PHONE, personal_email=EMAIL)
FIRST = contact(1, emails=(EMAIL,), phones=(PHONE,), days=20)
SECOND = contact(2, emails=(EMAIL,), days=10, city="Athens")


def asked(*contacts: Contact, decisions: Decisions | None = None, **changes: Any) -> WinnerResult:
    return decide([changes.pop("jane", JANE)], contacts or (FIRST, SECOND), decisions=decisions, **changes)


def choice(value: Any) -> Decisions:
    return answers((asked().conflicts[0], value))


def test_unchanged_inputs_apply_the_decision_again_without_asking() -> None:
    result = asked(decisions=choice("b"))
    assert (only(result).decision, only(result).contact_id) == ("human", 2)
    assert not result.conflicts
    assert not result.warnings


def test_a_new_contact_may_be_decided() -> None:
    mother = contact(3, "Mary Smith", phones=(PHONE,))
    decisions = answers((asked(mother).conflicts[0], "b"))
    assert outcome(asked(mother, decisions=decisions)) == ("human", None)


def test_a_skipped_question_stays_open_and_blocks() -> None:
    result = asked(decisions=choice("skipped"))
    assert outcome(result) == ("contact_selection", None)
    assert result.conflicts == asked().conflicts


@pytest.mark.parametrize("days", [1, 8, 50, 200, 1000])
def test_the_passing_of_time_changes_no_decision(days: int) -> None:
    """Scores sink, the order of the two may turn and one may even become the clear winner: nothing was changed."""
    tomorrow = AS_OF + timedelta(days=days)
    for letter, contact_id in (("a", 1), ("b", 2)):
        assert outcome(asked(decisions=choice(letter), as_of=tomorrow)) == ("human", contact_id)


def test_the_order_of_two_options_turns_with_time_but_not_the_answer() -> None:
    richer, newer = contact(1, emails=(EMAIL,), phones=(PHONE,), days=70), contact(2, emails=(EMAIL,), days=10)
    before = asked(richer, newer)
    after = asked(richer, newer, as_of=AS_OF + timedelta(days=300))
    assert (before.conflicts[0].option_a.value, after.conflicts[0].option_a.value) == (2, 1)
    assert before.conflicts[0].input_fingerprint == after.conflicts[0].input_fingerprint


def holds_and_is_asked_again(result: WinnerResult, by_rules: WinnerResult) -> bool:
    """The choice of contact 2 holds, and is asked again unless the rules alone choose the same by now."""
    assert outcome(result) == ("human", 2)
    asked_again = [(one.conflict_type, one.blocking) for one in result.conflicts]
    expected = [] if only(by_rules).contact_id == 2 else [("contact_selection", False)]
    return asked_again == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"first_name": "Mary"},
        {"preferred_name": "Janie"},
        {"emails": (EMAIL, OTHER_EMAIL)},
        {"phones": (PHONE, OTHER_PHONE)},
        {"tags": ("SWAB 2020",)},
        {"total_contributions": 5},
        {"city": "Athens"},
    ],
)
def test_a_choice_holds_when_a_contact_changes_and_is_asked_again(changes: dict[str, Any]) -> None:
    contacts = replace(FIRST, **changes), SECOND
    assert holds_and_is_asked_again(asked(*contacts, decisions=choice("b")), asked(*contacts))


def test_a_choice_holds_beside_a_new_question_about_an_external_id() -> None:
    result = asked(replace(FIRST, external_id="MN0099"), SECOND, decisions=choice("b"))
    assert only(result).contact_id == 2
    assert not any(one.blocking for one in result.conflicts)


def test_a_later_change_of_a_contact_alone_is_no_change() -> None:
    result = asked(replace(FIRST, last_modified=AS_OF), SECOND, decisions=choice("b"))
    assert (outcome(result), result.conflicts) == (("human", 2), ())


@pytest.mark.parametrize("changes", [{"phone": OTHER_PHONE}, {"first_name": "Janie"}, {"uga_email": "zz-x@uga.edu"}])
def test_a_choice_holds_when_the_sign_up_changes_and_is_asked_again(changes: dict[str, Any]) -> None:
    jane = replace(JANE, **changes)
    assert holds_and_is_asked_again(asked(jane=jane, decisions=choice("b")), asked(jane=jane))


def test_a_choice_holds_beside_a_new_member_or_another_viable_contact_and_is_asked_again() -> None:
    members = [Member(member_id=1, phone=PHONE)]
    assert holds_and_is_asked_again(asked(decisions=choice("b"), members=members), asked(members=members))
    contacts = FIRST, SECOND, contact(3, phones=(PHONE,))
    assert holds_and_is_asked_again(asked(*contacts, decisions=choice("b")), asked(*contacts))


def test_what_was_not_compared_does_not_matter() -> None:
    mother = contact(3, "Mary Smith", phones=(PHONE,))
    result = asked(replace(FIRST, notes="Called.", gender="Female"), SECOND, mother, decisions=choice("b"))
    assert outcome(result) == ("human", 2)


def test_a_custom_answer_may_name_any_living_contact() -> None:
    elsewhere = contact(50, "Somebody Else")
    result = asked(FIRST, SECOND, elsewhere, decisions=choice(50))
    assert (only(result).decision, only(result).contact_id, only(result).score) == ("human", 50, None)


def test_a_chosen_contact_that_is_gone_is_asked_about_again() -> None:
    result = asked(decisions=choice(50))
    assert outcome(result) == ("contact_selection", None)
    (again,) = result.conflicts
    assert again.input_fingerprint != asked().conflicts[0].input_fingerprint
    assert outcome(asked(decisions=answers((again, "a")))) == ("human", 1)


def test_a_chosen_contact_that_is_another_mentors_now_is_asked_about_again() -> None:
    zoe = signup(2, "Zoe Brown", phone=OTHER_PHONE)
    zoes = contact(50, "Zoe Brown", phones=(OTHER_PHONE,), external_id="MN0002")
    result = decide([JANE, zoe], [FIRST, SECOND, zoes], decisions=choice(50))
    assert outcome(result, "MN0001") == ("contact_selection", None)
    assert outcome(result, "MN0002") == ("external_id", 50)


def test_a_decision_without_a_value_is_not_guessed_from_its_letter() -> None:
    decisions = {key: replace(decision, value=None) for key, decision in choice("b").items()}
    assert outcome(asked(decisions=decisions)) == ("contact_selection", None)


def test_a_decision_about_another_mentor_does_not_apply() -> None:
    other: Signup = signup(2, phone=PHONE, personal_email=EMAIL)
    assert only(asked(jane=other, decisions=choice("b"))).decision == "blocked"


def test_an_answer_to_one_kind_of_question_is_not_taken_for_another() -> None:
    holder = contact(1, "Mary Smith", external_id="MN0001", phones=(PHONE,))
    decisions = answers((asked(holder).conflicts[0], "b"))
    held_elsewhere = replace(holder, external_id="MN0099", first_name="Jane")
    result = asked(held_elsewhere, decisions=decisions)
    assert [conflict.subject for conflict in result.conflicts] == ["unexplained:1"]
