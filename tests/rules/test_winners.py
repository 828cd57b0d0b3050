"""Rulebook section 4: the steps that choose one mentor's contact."""

from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.rules.cases import Release
from mentorsync_pipeline.rules.config import Thresholds
from mentorsync_pipeline.rules.records import Contact, EarlierMentor, Member

from .matching import (
    CONFIG,
    EMAIL,
    MENTORS,
    OTHER_EMAIL,
    OTHER_PHONE,
    PHONE,
    UGA_EMAIL,
    answers,
    contact,
    decide,
    mentor_of,
    only,
    outcome,
    signup,
)

JANE = signup(phone=PHONE, personal_email=EMAIL, uga_email=UGA_EMAIL)


def mine(number: int, **changes: Any) -> Contact:
    """A viable contact of Jane's."""
    return contact(number, **({"emails": (EMAIL,), "phones": (PHONE,)} | changes))


# Step 2: the External ID


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Jane Smith", {}),  # names agree
        ("Mary Jones", {"emails": (EMAIL,)}),  # shares an email
        ("", {"phones": (PHONE,)}),  # shares a phone, names do not differ
        ("Jane Jones", {"phones": (PHONE,)}),
    ],
)
def test_the_holder_of_the_id_wins_when_something_else_agrees(name: str, keys: dict[str, Any]) -> None:
    holder = contact(1, name, external_id="MN0001", days=900, **keys)
    assert outcome(decide([JANE], [holder, mine(2, days=0, tags=(MENTORS,))])) == ("external_id", 1)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Mary Smith", {"phones": (PHONE,)}),  # the mother's contact, from an earlier import
        ("Zoe Brown", {}),  # ids have restarted
        ("", {}),
        ("Jane Jones", {}),
    ],
)
def test_otherwise_a_person_is_asked(name: str, keys: dict[str, Any]) -> None:
    result = decide([JANE], [contact(1, name, external_id="MN0001", **keys), mine(2)])
    assert outcome(result) == ("external_id_collision", None)
    (conflict,) = result.conflicts
    assert (conflict.severity, conflict.blocking, conflict.subject) == ("high", True, "holder:1")
    assert (conflict.option_a.value, conflict.option_b.value) == ("release", "leave_unlinked")


def test_releasing_is_recommended_for_a_mentor_of_an_earlier_year_who_is_none_this_year() -> None:
    holder = contact(1, "Zoe Brown", external_id="MN0001", phones=(OTHER_PHONE,))
    zoe = mentor_of(2024, "MN0001", "Zoe Brown", phone=OTHER_PHONE)
    (conflict,) = decide([JANE], [holder], earlier=[zoe]).conflicts
    assert conflict.recommended_option == "a"
    assert "2024" in conflict.recommendation_reason


def test_releasing_is_not_recommended_for_one_who_is_a_mentor_again() -> None:
    holder = contact(1, "Zoe Brown", external_id="MN0001", phones=(OTHER_PHONE,))
    zoe = mentor_of(2024, "MN0001", "Zoe Brown", phone=OTHER_PHONE)
    zoe_now = signup(2, "Zoe Brown", phone=OTHER_PHONE)
    conflicts = decide([JANE, zoe_now], [holder], earlier=[zoe]).conflicts
    assert next(c for c in conflicts if c.mn_id == "MN0001").recommended_option is None


def test_releasing_is_recommended_when_another_contact_shares_more_with_the_mentor() -> None:
    mother = contact(1, "Mary Smith", external_id="MN0001", phones=(PHONE,))
    (conflict,) = decide([JANE], [mother, mine(2)]).conflicts
    assert conflict.recommended_option == "a"


def test_a_decided_release_is_handed_on_and_the_mentor_waits_until_the_data_show_it() -> None:
    mother = contact(1, "Mary Smith", external_id="MN0001", phones=(PHONE,))
    (conflict,) = decide([JANE], [mother, mine(2)]).conflicts
    decided = answers((conflict, "a"))
    result = decide([JANE], [mother, mine(2)], decisions=decided)
    assert outcome(result) == ("external_id_collision", None)
    assert not result.conflicts
    assert result.releases == (Release(contact_id=1, external_id="MN0001", mn_id="MN0001"),)
    released = decide([JANE], [replace(mother, external_id=None), mine(2)], decisions=decided)
    assert outcome(released) == ("only_candidate", 2)
    assert not released.releases


def test_a_mentor_may_be_left_unlinked_for_now() -> None:
    mother = contact(1, "Mary Smith", external_id="MN0001", phones=(PHONE,))
    (conflict,) = decide([JANE], [mother]).conflicts
    result = decide([JANE], [mother], decisions=answers((conflict, "b")))
    assert outcome(result) == ("external_id_collision", None)
    assert not result.conflicts
    assert not result.releases


# Step 3: mass-email stubs

STUB = contact(9, name="", emails=(UGA_EMAIL,), days=0)


def test_a_mass_email_stub_never_wins() -> None:
    assert outcome(decide([JANE], [STUB])) == ("new_contact", None)
    assert outcome(decide([JANE], [STUB, mine(2, days=900)])) == ("only_candidate", 2)


def test_a_stub_whose_email_is_a_campaign_members_is_none() -> None:
    assert outcome(decide([JANE], [STUB], members=[Member(member_id=1, email=UGA_EMAIL)])) == ("only_candidate", 9)


# Step 4: one viable candidate, or only doubtful ones


def test_the_only_viable_contact_wins_and_doubtful_ones_are_left_alone_with_a_warning() -> None:
    mother = contact(1, "Mary Smith", phones=(PHONE,), tags=(MENTORS,))
    result = decide([JANE], [mother, mine(2)])
    assert outcome(result) == ("only_candidate", 2)
    assert [(w.warning_type, w.mn_id, w.subject) for w in result.warnings] == [("low_confidence", "MN0001", "7001:1")]
    assert not result.conflicts


def test_only_doubtful_contacts_are_a_question_between_the_best_and_a_new_one() -> None:
    father, mother = contact(1, "Bert Smith", phones=(PHONE,), days=300), contact(2, "Mary Smith", phones=(PHONE,))
    result = decide([JANE], [father, mother])
    assert outcome(result) == ("contact_selection", None)
    (conflict,) = result.conflicts
    assert (conflict.option_a.value, conflict.option_b.value) == (2, "new_contact")
    assert conflict.subject == "7001"


def test_a_relatives_contact_is_never_recommended() -> None:
    (conflict,) = decide([JANE], [contact(1, "Mary Smith", phones=(PHONE,))]).conflicts
    assert conflict.recommended_option == "b"
    (conflict,) = decide([JANE], [contact(1, "Jane Jones", phones=(PHONE,))]).conflicts
    assert conflict.recommended_option is None


def test_a_refused_contact_beside_nothing_is_no_match_at_all() -> None:
    assert outcome(decide([JANE], [contact(1, "Zoe Brown", phones=(PHONE,))])) == ("new_contact", None)


# Steps 5 to 7: the score


def test_more_than_a_hundred_points_ahead_is_a_clear_winner() -> None:
    first = mine(1, tags=(MENTORS,))
    assert outcome(decide([JANE], [first, mine(2)])) == ("clear_winner", 1)
    winner = only(decide([JANE], [first, mine(2)]))
    assert (winner.score, winner.second_contact_id, winner.second_score) == (670, 2, 170)


@pytest.mark.parametrize(("points", "decision"), [(100, "contact_selection"), (101, "clear_winner")])
def test_exactly_a_hundred_points_are_not_enough(points: int, decision: str) -> None:
    weights = CONFIG.weights.model_copy(update={"campaign_tag": points})
    config = CONFIG.model_copy(update={"weights": weights})
    result = decide([JANE], [mine(1, tags=(MENTORS,)), mine(2)], config=config)
    assert outcome(result)[0] == decision


@pytest.mark.parametrize(("gap", "decision"), [(90, "contact_selection"), (90.01, "stale_rival")])
def test_a_rival_left_alone_for_more_than_ninety_days_longer_is_stale(gap: float, decision: str) -> None:
    assert outcome(decide([JANE], [mine(1, days=300), mine(2, days=300 + gap)]))[0] == decision


def test_a_fresh_third_contact_within_reach_is_not_overlooked() -> None:
    stale, fresh = mine(2, days=600, city="Athens"), mine(3, days=310)
    result = decide([JANE], [mine(1, days=300, city="Athens"), stale, fresh])
    assert outcome(result) == ("contact_selection", None)
    assert result.conflicts[0].option_b.value == 3


def test_an_unknown_last_change_proves_nothing() -> None:
    assert outcome(decide([JANE], [mine(1, days=300), mine(2, days=None)]))[0] == "contact_selection"


def test_the_thresholds_are_configurable() -> None:
    config = CONFIG.model_copy(update={"thresholds": Thresholds(clear_winner_points=5, stale_rival_days=10)})
    assert outcome(decide([JANE], [mine(1, days=10), mine(2, days=17)], config=config)) == ("clear_winner", 1)
    assert outcome(decide([JANE], [mine(1, days=300), mine(2, days=311)], config=config)) == ("stale_rival", 1)


def test_otherwise_a_person_chooses_between_the_best_and_the_second() -> None:
    result = decide([JANE], [mine(1, days=30), mine(2, days=20)])
    assert outcome(result) == ("contact_selection", None)
    (conflict,) = result.conflicts
    assert (conflict.conflict_type, conflict.severity, conflict.blocking) == ("contact_selection", "high", True)
    assert (conflict.option_a.value, conflict.option_b.value, conflict.recommended_option) == (2, 1, "a")


def test_equal_scores_have_no_recommendation() -> None:
    (conflict,) = decide([JANE], [mine(1, days=300), mine(2, days=310)]).conflicts
    assert (conflict.option_a.value, conflict.recommended_option) == (1, None)


def test_a_question_says_what_a_person_needs_to_choose() -> None:
    (conflict,) = decide([JANE], [mine(1, days=30, tags=(MENTORS,)), mine(2, days=20, tags=(MENTORS,))]).conflicts
    known = conflict.option_a.metadata
    assert known["phones"] == (PHONE,)
    assert known["emails"] == (EMAIL,)
    assert {"first_name", "last_name", "tags", "last_modified", "score", "score_parts", "total_contributions"} <= set(
        known
    )
    assert known["campaign_member"] is False
    assert conflict.context["signup"]["mn_id"] == "MN0001"
    assert conflict.source_table == "winner_contacts"
    assert "670" not in conflict.recommendation_reason
    assert "recency +10" in conflict.recommendation_reason


# Step 8 and External IDs of other people


def test_no_candidate_is_a_new_contact() -> None:
    assert outcome(decide([JANE], [])) == ("new_contact", None)


def test_the_only_match_with_another_mentors_id_is_a_collision() -> None:
    zoe = signup(2, "Zoe Brown", phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    held = contact(1, "Zoe Brown", external_id="MN0002", emails=(OTHER_EMAIL, EMAIL), phones=(OTHER_PHONE,))
    result = decide([JANE, zoe], [held])
    assert outcome(result, "MN0002") == ("external_id", 1)
    assert outcome(result, "MN0001") == ("external_id_collision", None)
    (conflict,) = result.conflicts
    assert (conflict.mn_id, conflict.subject, conflict.recommended_option) == ("MN0001", "held:1", "a")
    assert (conflict.option_a.value, conflict.option_b.value) == ("new_contact", "leave_unlinked")


def test_beside_another_match_it_is_passed_over() -> None:
    zoe = signup(2, "Zoe Brown", phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    held = contact(1, "Zoe Brown", external_id="MN0002", emails=(OTHER_EMAIL, EMAIL), phones=(OTHER_PHONE,))
    assert outcome(decide([JANE, zoe], [held, mine(2)])) == ("only_candidate", 2)


def test_an_id_on_the_wrong_contact_is_to_be_put_right_first() -> None:
    zoe = signup(2, "Zoe Brown", phone=OTHER_PHONE)
    result = decide([JANE, zoe], [mine(1, external_id="MN0002")])
    assert outcome(result, "MN0001") == outcome(result, "MN0002") == ("external_id_collision", None)
    by_mentor = {conflict.mn_id: conflict for conflict in result.conflicts}
    assert (by_mentor["MN0001"].subject, by_mentor["MN0001"].recommended_option) == ("held:1", "b")
    assert by_mentor["MN0002"].subject == "holder:1"


@pytest.mark.parametrize(
    ("jane", "earlier"),
    [
        (replace(JANE, superseded_mn_ids=("MN0077",)), []),
        (JANE, [mentor_of(2024, "MN0077", phone=PHONE)]),
    ],
)
def test_the_same_persons_other_id_is_transferred(jane: Any, earlier: list[EarlierMentor]) -> None:
    winner = only(decide([jane], [mine(1, external_id="MN0077")], earlier=earlier))
    assert (winner.contact_id, winner.transferred_external_id) == (1, "MN0077")


def test_the_mentors_own_id_is_not() -> None:
    assert only(decide([JANE], [mine(1, external_id="MN0001")])).transferred_external_id is None


def test_a_would_be_winner_with_an_id_that_nobody_can_explain_is_a_collision() -> None:
    result = decide([JANE], [mine(1, external_id="MN0077")])
    assert outcome(result) == ("external_id_collision", None)
    (conflict,) = result.conflicts
    assert (conflict.subject, conflict.option_a.value, conflict.option_b.value) == ("unexplained:1", 1, "new_contact")
    assert conflict.recommended_option == "a"


def test_its_recommendation_goes_to_whoever_shares_more_with_it() -> None:
    zoe = mentor_of(2024, "MN0077", "Zoe Brown", phone=OTHER_PHONE, emails=(OTHER_EMAIL,))
    zoes = contact(1, "Zoe Brown", external_id="MN0077", phones=(OTHER_PHONE, PHONE), emails=(OTHER_EMAIL, EMAIL))
    (conflict,) = decide([JANE], [zoes], earlier=[zoe]).conflicts
    assert conflict.recommended_option == "b"


def test_an_unexplained_id_neither_loses_silently_nor_stops_a_clear_winner() -> None:
    unexplained = mine(1, external_id="MN0077")
    clear = decide([JANE], [unexplained, mine(2, tags=(MENTORS,))])
    assert outcome(clear) == ("clear_winner", 2)
    assert [warning.subject for warning in clear.warnings] == ["7001:1"]
    close = decide([JANE], [unexplained, mine(2)])
    assert outcome(close) == ("contact_selection", None)
    best = decide([JANE], [mine(1, external_id="MN0077", tags=(MENTORS,)), mine(2)])
    assert outcome(best) == ("external_id_collision", None)


def test_a_person_may_hand_an_unexplained_id_on() -> None:
    contacts = [mine(1, external_id="MN0077")]
    (conflict,) = decide([JANE], contacts).conflicts
    winner = only(decide([JANE], contacts, decisions=answers((conflict, "a"))))
    assert (winner.decision, winner.contact_id, winner.transferred_external_id) == ("human", 1, "MN0077")
    new = only(decide([JANE], contacts, decisions=answers((conflict, "b"))))
    assert (new.decision, new.contact_id) == ("human", None)


def test_a_mentor_blocked_by_the_sign_up_is_not_asked_about_contacts() -> None:
    people = [JANE, replace(signup(2, "Zoe Brown", phone=OTHER_PHONE), mn_id="MN0001", external_id="MN0001")]
    result = decide(people, [mine(1), mine(2)])
    assert [winner.blocked_by for winner in result.winners] == [("external_id_collision",)] * 2
    assert not result.conflicts
