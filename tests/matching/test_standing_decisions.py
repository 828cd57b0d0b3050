"""Rulebook section 6: a decision applies while its inputs are unchanged, and not longer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentorsync_pipeline.domain.known_mentors import Link
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


def decide_jane(*contacts: Contact, decisions: Decisions | None = None, **changes: Any) -> WinnerResult:
    return decide([changes.pop("jane", JANE)], contacts or (FIRST, SECOND), decisions=decisions, **changes)


def choice(value: Any) -> Decisions:
    return answers((decide_jane().conflicts[0], value))


def test_unchanged_inputs_apply_the_decision_without_a_conflict() -> None:
    result = decide_jane(decisions=choice("b"))
    assert (only(result).decision, only(result).contact_id) == ("human", 2)
    assert not result.conflicts
    assert not result.warnings


def test_a_new_contact_can_be_decided() -> None:
    mother = contact(3, "Mary Smith", phones=(PHONE,))
    decisions = answers((decide_jane(mother).conflicts[0], "b"))
    assert outcome(decide_jane(mother, decisions=decisions)) == ("human", None)


def test_a_skipped_conflict_stays_open_and_blocks() -> None:
    result = decide_jane(decisions=choice("skipped"))
    assert outcome(result) == ("contact_selection", None)
    assert result.conflicts == decide_jane().conflicts


def test_a_chosen_contact_that_gets_another_mentors_id_is_not_replaced_unasked() -> None:
    other = signup(2, "Amir Khan", phone=OTHER_PHONE)
    contacts = [replace(FIRST, external_id="MN0001"), replace(SECOND, external_id="MN0002")]
    assert outcome(decide([JANE, other], contacts)) == ("external_id", 1)
    result = decide([JANE, other], contacts, decisions=choice("b"))
    assert outcome(result) == ("contact_selection", None)
    conflict = next(one for one in result.conflicts if one.mn_id == JANE.mn_id)
    assert (conflict.option_a.value, conflict.option_b.value, conflict.recommended_option) == (1, "new_contact", "a")


@pytest.mark.parametrize("days", [1, 8, 50, 200, 1000])
def test_decisions_do_not_expire(days: int) -> None:
    """With time, scores fall and the two can swap or one can become the clear winner; the inputs are unchanged."""
    tomorrow = AS_OF + timedelta(days=days)
    for letter, contact_id in (("a", 1), ("b", 2)):
        assert outcome(decide_jane(decisions=choice(letter), as_of=tomorrow)) == ("human", contact_id)


def test_swapped_options_do_not_change_the_decision() -> None:
    richer, newer = contact(1, emails=(EMAIL,), phones=(PHONE,), days=70), contact(2, emails=(EMAIL,), days=10)
    before = decide_jane(richer, newer)
    after = decide_jane(richer, newer, as_of=AS_OF + timedelta(days=300))
    assert (before.conflicts[0].option_a.value, after.conflicts[0].option_a.value) == (2, 1)
    assert before.conflicts[0].input_fingerprint == after.conflicts[0].input_fingerprint


def holds_and_is_asked_again(result: WinnerResult, by_rules: WinnerResult) -> bool:
    """Whether the decision for contact 2 applies and is raised again, unless the rules now choose the same."""
    assert outcome(result) == ("human", 2)
    asked_again = [(conflict.conflict_type, conflict.blocking) for conflict in result.conflicts]
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
def test_a_decision_applies_while_a_changed_contact_raises_the_conflict_again(changes: dict[str, Any]) -> None:
    contacts = replace(FIRST, **changes), SECOND
    assert holds_and_is_asked_again(decide_jane(*contacts, decisions=choice("b")), decide_jane(*contacts))


def test_a_decision_applies_despite_a_new_external_id_conflict() -> None:
    result = decide_jane(replace(FIRST, external_id="MN0099"), SECOND, decisions=choice("b"))
    assert only(result).contact_id == 2
    assert not any(conflict.blocking for conflict in result.conflicts)


def test_the_conflict_stays_open_after_the_decision_has_linked_the_contact() -> None:
    """The link that the decision has made shows nothing new."""
    doubtful = contact(3, "Jane Jones", phones=(PHONE,))
    decisions = answers((decide_jane(doubtful).conflicts[0], "a"))
    changed = replace(doubtful, emails=(OTHER_EMAIL,))
    first = decide_jane(changed, decisions=decisions)
    linked = decide_jane(changed, decisions=decisions, links={JANE.submission_id: Link(contact_id=3)})
    assert outcome(first) == outcome(linked) == ("human", 3)
    assert [conflict.input_fingerprint for conflict in linked.conflicts] == [
        conflict.input_fingerprint for conflict in first.conflicts
    ]
    assert len(linked.conflicts) == 1
    unchanged = decide_jane(doubtful, decisions=decisions, links={JANE.submission_id: Link(contact_id=3)})
    assert outcome(unchanged) == ("human", 3)
    assert not unchanged.conflicts


def test_a_later_last_modified_is_not_a_changed_input() -> None:
    result = decide_jane(replace(FIRST, last_modified=AS_OF), SECOND, decisions=choice("b"))
    assert (outcome(result), result.conflicts) == (("human", 2), ())


@pytest.mark.parametrize("changes", [{"phone": OTHER_PHONE}, {"first_name": "Janie"}, {"uga_email": "zz-x@uga.edu"}])
def test_a_decision_applies_while_a_changed_sign_up_raises_the_conflict_again(changes: dict[str, Any]) -> None:
    jane = replace(JANE, **changes)
    assert holds_and_is_asked_again(decide_jane(jane=jane, decisions=choice("b")), decide_jane(jane=jane))


def test_a_decision_applies_while_a_new_member_or_contact_raises_the_conflict_again() -> None:
    members = [Member(member_id=1, phone=PHONE)]
    assert holds_and_is_asked_again(decide_jane(decisions=choice("b"), members=members), decide_jane(members=members))
    contacts = FIRST, SECOND, contact(3, phones=(PHONE,))
    assert holds_and_is_asked_again(decide_jane(*contacts, decisions=choice("b")), decide_jane(*contacts))


def test_values_that_were_not_compared_are_not_inputs() -> None:
    mother = contact(3, "Mary Smith", phones=(PHONE,))
    result = decide_jane(replace(FIRST, notes="Called.", gender="Female"), SECOND, mother, decisions=choice("b"))
    assert outcome(result) == ("human", 2)


def test_a_custom_answer_can_be_any_active_contact() -> None:
    elsewhere = contact(50, "Somebody Else")
    result = decide_jane(FIRST, SECOND, elsewhere, decisions=choice(50))
    assert (only(result).decision, only(result).contact_id, only(result).score) == ("human", 50, None)


def test_a_missing_chosen_contact_raises_the_conflict_again() -> None:
    result = decide_jane(decisions=choice(50))
    assert outcome(result) == ("contact_selection", None)
    (again,) = result.conflicts
    assert again.input_fingerprint != decide_jane().conflicts[0].input_fingerprint
    assert outcome(decide_jane(decisions=answers((again, "a")))) == ("human", 1)


def test_a_chosen_contact_that_is_now_another_mentors_raises_the_conflict_again() -> None:
    zoe = signup(2, "Zoe Brown", phone=OTHER_PHONE)
    zoes = contact(50, "Zoe Brown", phones=(OTHER_PHONE,), external_id="MN0002")
    result = decide([JANE, zoe], [FIRST, SECOND, zoes], decisions=choice(50))
    assert outcome(result, "MN0001") == ("contact_selection", None)
    assert outcome(result, "MN0002") == ("external_id", 50)


def test_a_decision_without_a_value_is_not_applied_by_its_letter() -> None:
    decisions = {key: replace(decision, value=None) for key, decision in choice("b").items()}
    assert outcome(decide_jane(decisions=decisions)) == ("contact_selection", None)


def test_a_decision_about_another_mentor_does_not_apply() -> None:
    other: Signup = signup(2, phone=PHONE, personal_email=EMAIL)
    assert only(decide_jane(jane=other, decisions=choice("b"))).decision == "blocked"


@pytest.mark.parametrize("name", ["Zoe Brown", "Jane Jones"])
def test_an_answer_about_the_holder_of_an_id_does_not_apply_to_the_ids_next_owner(name: str) -> None:
    """Zoe's sign-up is deleted after the answer, before the next run, and Jane has the MN id."""
    zoe, held = signup(2, name, phone=OTHER_PHONE), contact(3, "Mary Brown", external_id="MN0002")
    (asked,) = decide([zoe], [held]).conflicts
    answered = answers((asked, 3))
    changed = replace(held, emails=(OTHER_EMAIL,))
    assert outcome(decide([zoe], [changed], decisions=answered), "MN0002") == ("human", 3)
    jane = replace(JANE, mn_id="MN0002", external_id="MN0002")
    links = {zoe.submission_id: Link(contact_id=3, names=(*name.split(), ""), mn_ids=("MN0002",))}
    again = decide([jane], [FIRST, held], decisions=answered, links=links)
    assert outcome(again, "MN0002") == ("external_id_collision", None)
    chosen = decide([jane], [FIRST, held], decisions=answers((again.conflicts[0], 3)), links=links)
    assert outcome(chosen, "MN0002") == ("human", 3)


def test_a_decision_of_another_conflict_type_does_not_apply() -> None:
    holder = contact(1, "Mary Smith", external_id="MN0001", phones=(PHONE,))
    decisions = answers((decide_jane(holder).conflicts[0], "b"))
    held_elsewhere = replace(holder, external_id="MN0099", first_name="Jane")
    result = decide_jane(held_elsewhere, decisions=decisions)
    assert [conflict.subject for conflict in result.conflicts] == ["unexplained:1"]
