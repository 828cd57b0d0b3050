"""Rulebook section 4: a contact wins for at most one mentor of a year."""

from dataclasses import replace

from tests.support.matching import (
    EMAIL,
    OTHER_EMAIL,
    OTHER_PHONE,
    PHONE,
    answers,
    contact,
    decide,
    mentor_of,
    outcome,
    signup,
)

# Two mentors after a nameless contact with the phone of one and the email of the other.
JANE = signup(1, "Jane Smith", phone=PHONE)
ZOE = signup(2, "Zoe Brown", personal_email=OTHER_EMAIL)
FAMILY = contact(1, "", phones=(PHONE,), emails=(OTHER_EMAIL,))
COLLISION = ("external_id_collision", None)


def test_two_mentors_with_the_same_best_contact_both_get_a_conflict() -> None:
    result = decide([JANE, ZOE], [FAMILY])
    assert outcome(result, "MN0001") == outcome(result, "MN0002") == COLLISION
    assert [(c.mn_id, c.subject) for c in result.conflicts] == [("MN0001", "contested:1"), ("MN0002", "contested:1")]
    assert {c.recommended_option for c in result.conflicts} == {None}
    for conflict in result.conflicts:
        assert (conflict.option_a.value, conflict.option_b.value) == (1, "new_contact")


def test_the_mentor_who_shares_more_keys_is_recommended() -> None:
    jane = replace(JANE, personal_email=EMAIL)
    result = decide([jane, ZOE], [replace(FAMILY, emails=(OTHER_EMAIL, EMAIL))])
    assert {c.mn_id: c.recommended_option for c in result.conflicts} == {"MN0001": "a", "MN0002": "b"}


def test_of_twins_with_their_parents_email_the_one_with_the_contacts_name_is_recommended() -> None:
    eric, erica = (
        signup(n, f"{name} Smith", phone=PHONE, personal_email=EMAIL, uga_email=f"zz-{n}@uga.edu")
        for n, name in ((1, "Eric"), (2, "Erica"))
    )
    result = decide([eric, erica], [contact(1, "Erica Smith", phones=(PHONE,), emails=(EMAIL,))])
    assert {c.mn_id: c.recommended_option for c in result.conflicts} == {"MN0001": "b", "MN0002": "a"}


def test_the_mentor_whose_external_id_the_contact_has_keeps_it() -> None:
    result = decide([JANE, ZOE], [replace(FAMILY, external_id="MN0001")])
    assert outcome(result, "MN0001") == ("external_id", 1)
    assert outcome(result, "MN0002") == COLLISION
    assert [c.subject for c in result.conflicts] == ["held:1"]


def test_the_mentor_whose_earlier_external_id_the_contact_has_keeps_it() -> None:
    former = mentor_of(2024, "MN0077", phone=PHONE)
    result = decide([JANE, ZOE], [replace(FAMILY, external_id="MN0077")], earlier=[former])
    assert outcome(result, "MN0001") == ("only_candidate", 1)
    assert outcome(result, "MN0002") == COLLISION


def test_a_contact_in_an_open_conflict_is_not_assigned_to_another_mentor() -> None:
    jane = replace(JANE, personal_email=EMAIL)
    rival = contact(2, "Jane Smith", phones=(PHONE,), emails=(EMAIL,))
    result = decide([jane, ZOE], [replace(FAMILY, emails=(OTHER_EMAIL, EMAIL)), rival])
    assert outcome(result, "MN0001") == ("contact_selection", None)
    assert outcome(result, "MN0002") == COLLISION


def test_a_doubtful_match_of_a_relative_does_not_take_the_owners_contact() -> None:
    mary = signup(2, "Mary Smith", phone=PHONE)
    marys = contact(1, "Mary Smith", phones=(PHONE,))
    result = decide([JANE, mary], [marys])
    assert outcome(result, "MN0002") == ("only_candidate", 1)
    assert outcome(result, "MN0001") == ("contact_selection", None)


def test_decisions_for_both_mentors_are_applied() -> None:
    conflicts = {conflict.mn_id: conflict for conflict in decide([JANE, ZOE], [FAMILY]).conflicts}
    decided = answers((conflicts["MN0001"], "a"), (conflicts["MN0002"], "b"))
    result = decide([JANE, ZOE], [FAMILY], decisions=decided)
    assert outcome(result, "MN0001") == ("human", 1)
    assert outcome(result, "MN0002") == ("human", None)
    assert not result.conflicts


def test_a_decision_that_gives_up_the_contact_resolves_the_other_mentors_conflict() -> None:
    conflicts = {conflict.mn_id: conflict for conflict in decide([JANE, ZOE], [FAMILY]).conflicts}
    result = decide([JANE, ZOE], [FAMILY], decisions=answers((conflicts["MN0002"], "b")))
    assert outcome(result, "MN0001") == ("only_candidate", 1)
    assert outcome(result, "MN0002") == ("human", None)


def test_a_decision_that_takes_the_contact_keeps_the_other_mentor_blocked() -> None:
    conflicts = {conflict.mn_id: conflict for conflict in decide([JANE, ZOE], [FAMILY]).conflicts}
    result = decide([JANE, ZOE], [FAMILY], decisions=answers((conflicts["MN0002"], "a")))
    assert outcome(result, "MN0001") == COLLISION
    assert outcome(result, "MN0002") == ("human", 1)
    assert result.conflicts == (conflicts["MN0001"],)


def test_two_decisions_for_the_same_contact_raise_both_conflicts_again() -> None:
    first = {conflict.mn_id: conflict for conflict in decide([JANE, ZOE], [FAMILY]).conflicts}
    result = decide([JANE, ZOE], [FAMILY], decisions=answers((first["MN0001"], "a"), (first["MN0002"], "a")))
    assert outcome(result, "MN0001") == outcome(result, "MN0002") == COLLISION
    again = {conflict.mn_id: conflict for conflict in result.conflicts}
    assert all(again[mn_id].input_fingerprint != first[mn_id].input_fingerprint for mn_id in first)
    settled = decide([JANE, ZOE], [FAMILY], decisions=answers((again["MN0001"], "b"), (again["MN0002"], "a")))
    assert outcome(settled, "MN0001") == ("human", None)
    assert outcome(settled, "MN0002") == ("human", 1)


def test_a_contact_decided_for_one_mentor_is_not_assigned_to_another() -> None:
    jane = replace(JANE, personal_email=EMAIL)
    rival = contact(2, "Jane Smith", phones=(PHONE,), emails=(EMAIL,))
    alone = decide([jane], [replace(FAMILY, emails=(EMAIL,)), rival])
    chosen = answers((alone.conflicts[0], 1))
    result = decide([jane, signup(2, "", phone=PHONE)], [replace(FAMILY, emails=(EMAIL,)), rival], decisions=chosen)
    assert outcome(result, "MN0001") == ("human", 1)
    assert outcome(result, "MN0002")[1] is None


def test_three_mentors_with_the_same_best_contact_all_get_a_conflict() -> None:
    third = signup(3, "Ann Cole", phone=OTHER_PHONE)
    result = decide([JANE, ZOE, third], [replace(FAMILY, phones=(PHONE, OTHER_PHONE))])
    assert [winner.contact_id for winner in result.winners] == [None] * 3
    assert len(result.conflicts) == 3


def test_an_answer_about_a_contact_holds_when_another_claimant_gets_its_own() -> None:
    nameless = signup(3, "", phone=OTHER_PHONE, personal_email=EMAIL)
    family = replace(FAMILY, phones=(PHONE, OTHER_PHONE))
    own = contact(2, "", phones=(OTHER_PHONE,), emails=(EMAIL,))
    signups, contacts = [JANE, ZOE, nameless], [family, own]
    jane, zoe, skipped = sorted(decide(signups, contacts).conflicts, key=lambda conflict: conflict.mn_id)
    assert [jane.subject, zoe.subject, skipped.conflict_type] == ["contested:1", "contested:1", "contact_selection"]
    decided = answers((jane, "a"), (zoe, "b"), (skipped, "skipped"))
    assert [conflict.mn_id for conflict in decide(signups, contacts, decisions=decided).conflicts] == ["MN0003"]
    result = decide(signups, contacts, decisions={**decided, **answers((skipped, 2))})
    assert [winner.contact_id for winner in result.winners] == [1, None, 2]
    assert not result.conflicts


def test_a_new_claimant_gets_a_conflict_of_its_own() -> None:
    conflicts = {conflict.mn_id: conflict for conflict in decide([JANE, ZOE], [FAMILY]).conflicts}
    decided = answers((conflicts["MN0001"], "a"), (conflicts["MN0002"], "b"))
    third = signup(3, "Ann Cole", phone=OTHER_PHONE)
    result = decide([JANE, ZOE, third], [replace(FAMILY, phones=(PHONE, OTHER_PHONE))], decisions=decided)
    assert outcome(result, "MN0001") == ("human", 1)
    assert outcome(result, "MN0003") == COLLISION
