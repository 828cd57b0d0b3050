"""Rulebook section 4: External IDs when a mentor's contact is chosen, one's own and other people's."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentorsync_pipeline.domain.known_mentors import Link
from mentorsync_pipeline.domain.records import EarlierMentor
from mentorsync_pipeline.matching.rules.match_case import Release
from tests.support.matching import (
    EMAIL,
    JANE,
    MENTORS,
    OTHER_EMAIL,
    OTHER_PHONE,
    PHONE,
    answers,
    contact,
    decide,
    mentor_of,
    mine,
    only,
    outcome,
    signup,
)

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
def test_the_contact_with_the_external_id_wins_if_another_key_agrees(name: str, keys: dict[str, Any]) -> None:
    holder = contact(1, name, external_id="MN0001", days=900, **keys)
    assert outcome(decide([JANE], [holder, mine(2, days=0, tags=(MENTORS,))])) == ("external_id", 1)


@pytest.mark.parametrize(
    ("typed", "shown", "decision"),
    [
        ("J. Smith", "J. Smith", "external_id"),
        ("J. Smith", "j smith", "external_id"),
        ("Mom Smith", "Mom Smith", "external_id"),
        ("J. Smith", "J. Smith Jr.", "external_id_collision"),
        ("J. Smith", "K. Smith", "external_id_collision"),
        (" Smith", " Smith", "external_id_collision"),
    ],
)
def test_names_that_are_written_the_same_are_evidence_without_keys(typed: str, shown: str, decision: str) -> None:
    """The import created the contact of a sign-up without phone and email."""
    assert outcome(decide([signup(name=typed)], [contact(1, shown, external_id="MN0001")]))[0] == decision


@pytest.mark.parametrize(("days", "decision"), [(-1, "external_id"), (1, "external_id_collision")])
def test_a_contact_without_a_first_name_is_known_when_it_was_made_after_the_sign_up(days: int, decision: str) -> None:
    nameless = signup(name=" Smith")
    made_at = nameless.created_at - timedelta(days=days)
    made = contact(1, " Smith", external_id="MN0001", date_created=made_at)
    assert outcome(decide([nameless], [made]))[0] == decision


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Mary Smith", {"phones": (PHONE,)}),  # the mother's contact, from an earlier import
        ("Zoe Brown", {}),  # ids have restarted
        ("", {}),
        ("Jane Jones", {}),
    ],
)
def test_a_contact_with_the_external_id_without_agreement_raises_a_conflict(name: str, keys: dict[str, Any]) -> None:
    result = decide([JANE], [contact(1, name, external_id="MN0001", **keys), mine(2)])
    assert outcome(result) == ("external_id_collision", None)
    (conflict,) = result.conflicts
    assert (conflict.severity, conflict.blocking, conflict.subject) == ("high", True, "holder:1")
    assert (conflict.option_a.value, conflict.option_b.value) == ("release", "leave_unlinked")


def test_releasing_the_id_of_a_mentor_of_an_earlier_year_is_recommended() -> None:
    holder = contact(1, "Zoe Brown", external_id="MN0001", phones=(OTHER_PHONE,))
    zoe = mentor_of(2024, "MN0001", "Zoe Brown", phone=OTHER_PHONE)
    (conflict,) = decide([JANE], [holder], earlier=[zoe]).conflicts
    assert conflict.recommended_option == "a"
    assert "2024" in conflict.recommendation_reason


def test_releasing_the_id_of_a_mentor_of_both_years_is_not_recommended() -> None:
    holder = contact(1, "Zoe Brown", external_id="MN0001", phones=(OTHER_PHONE,))
    zoe = mentor_of(2024, "MN0001", "Zoe Brown", phone=OTHER_PHONE)
    zoe_now = signup(2, "Zoe Brown", phone=OTHER_PHONE)
    conflicts = decide([JANE, zoe_now], [holder], earlier=[zoe]).conflicts
    assert next(c for c in conflicts if c.mn_id == "MN0001").recommended_option is None


def test_releasing_is_recommended_if_another_contact_shares_more_keys() -> None:
    mother = contact(1, "Mary Smith", external_id="MN0001", phones=(PHONE,))
    (conflict,) = decide([JANE], [mother, mine(2)]).conflicts
    assert conflict.recommended_option == "a"


def test_a_decided_release_is_planned_and_blocks_the_mentor_until_the_data_have_it() -> None:
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


def test_a_mentor_can_be_left_without_a_contact() -> None:
    mother = contact(1, "Mary Smith", external_id="MN0001", phones=(PHONE,))
    (conflict,) = decide([JANE], [mother]).conflicts
    result = decide([JANE], [mother], decisions=answers((conflict, "b")))
    assert outcome(result) == ("external_id_collision", None)
    assert not result.conflicts
    assert not result.releases


def test_the_only_match_with_another_mentors_id_is_a_collision() -> None:
    zoe = signup(2, "Zoe Brown", phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    held = contact(1, "Zoe Brown", external_id="MN0002", emails=(OTHER_EMAIL, EMAIL), phones=(OTHER_PHONE,))
    result = decide([JANE, zoe], [held])
    assert outcome(result, "MN0002") == ("external_id", 1)
    assert outcome(result, "MN0001") == ("external_id_collision", None)
    (conflict,) = result.conflicts
    assert (conflict.mn_id, conflict.subject, conflict.recommended_option) == ("MN0001", "held:1", "a")
    assert (conflict.option_a.value, conflict.option_b.value) == ("new_contact", "leave_unlinked")


def test_another_mentors_contact_is_skipped_if_there_is_another_match() -> None:
    zoe = signup(2, "Zoe Brown", phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    held = contact(1, "Zoe Brown", external_id="MN0002", emails=(OTHER_EMAIL, EMAIL), phones=(OTHER_PHONE,))
    assert outcome(decide([JANE, zoe], [held, mine(2)])) == ("only_candidate", 2)


def test_an_external_id_on_the_wrong_contact_raises_a_collision() -> None:
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
def test_the_same_persons_other_external_id_is_transferred(jane: Any, earlier: list[EarlierMentor]) -> None:
    winner = only(decide([jane], [mine(1, external_id="MN0077")], earlier=earlier))
    assert (winner.contact_id, winner.transferred_external_id) == (1, "MN0077")


def test_the_mentors_own_external_id_is_not_transferred() -> None:
    assert only(decide([JANE], [mine(1, external_id="MN0001")])).transferred_external_id is None


def test_a_best_contact_with_an_unknown_external_id_is_a_collision() -> None:
    result = decide([JANE], [mine(1, external_id="MN0077")])
    assert outcome(result) == ("external_id_collision", None)
    (conflict,) = result.conflicts
    assert (conflict.subject, conflict.option_a.value, conflict.option_b.value) == ("unexplained:1", 1, "new_contact")
    assert conflict.recommended_option == "a"


def test_a_new_contact_is_recommended_if_the_earlier_mentor_shares_more_keys() -> None:
    zoe = mentor_of(2024, "MN0077", "Zoe Brown", phone=OTHER_PHONE, emails=(OTHER_EMAIL,))
    zoes = contact(1, "Zoe Brown", external_id="MN0077", phones=(OTHER_PHONE, PHONE), emails=(OTHER_EMAIL, EMAIL))
    (conflict,) = decide([JANE], [zoes], earlier=[zoe]).conflicts
    assert conflict.recommended_option == "b"


def test_an_unknown_external_id_on_a_rival_of_a_clear_winner_is_a_warning() -> None:
    unexplained = mine(1, external_id="MN0077")
    clear = decide([JANE], [unexplained, mine(2, tags=(MENTORS,))])
    assert outcome(clear) == ("clear_winner", 2)
    assert [warning.subject for warning in clear.warnings] == ["7001:1"]
    close = decide([JANE], [unexplained, mine(2)])
    assert outcome(close) == ("contact_selection", None)
    best = decide([JANE], [mine(1, external_id="MN0077", tags=(MENTORS,)), mine(2)])
    assert outcome(best) == ("external_id_collision", None)


def test_an_unknown_external_id_can_be_transferred_by_a_decision() -> None:
    contacts = [mine(1, external_id="MN0077")]
    (conflict,) = decide([JANE], contacts).conflicts
    winner = only(decide([JANE], contacts, decisions=answers((conflict, "a"))))
    assert (winner.decision, winner.contact_id, winner.transferred_external_id) == ("human", 1, "MN0077")
    new = only(decide([JANE], contacts, decisions=answers((conflict, "b"))))
    assert (new.decision, new.contact_id) == ("human", None)


@pytest.mark.parametrize(
    ("name", "keys", "expected"),
    [
        ("Farida Brown", {}, ("contact_selection", None)),
        ("Farida Smith", {}, ("contact_selection", None)),
        ("", {}, ("contact_selection", None)),
        ("Farida Brown", {"phones": (PHONE,)}, ("contact_selection", None)),
        ("Farida Brown", {"emails": (EMAIL,)}, ("only_candidate", 5)),
        ("", {"phones": (PHONE,)}, ("only_candidate", 5)),
        ("Jane Smith", {}, ("only_candidate", 5)),
    ],
)
def test_a_superseded_id_alone_does_not_make_a_contact_the_mentors(
    name: str, keys: dict[str, Any], expected: tuple[str, int | None]
) -> None:
    jane = replace(JANE, superseded_mn_ids=("MN0077",))
    assert outcome(decide([jane], [contact(5, name, external_id="MN0077", **keys)])) == expected


def test_a_strangers_contact_with_a_superseded_id_is_not_a_rival() -> None:
    jane = replace(JANE, superseded_mn_ids=("MN0077",))
    stranger = contact(5, "Farida Brown", external_id="MN0077", days=0, tags=("SWAB 2023",))
    assert outcome(decide([jane], [stranger, mine(6)])) == ("only_candidate", 6)


@pytest.mark.parametrize("name", ["Jane Smith", ""])
def test_a_contact_with_another_mentors_former_id_is_that_mentors(name: str) -> None:
    corrected = signup(5, "Jane Smith", personal_email=EMAIL, superseded_mn_ids=("MN0002",))
    other = signup(1, "Jane Smith", phone=PHONE)
    held = contact(1, name, external_id="MN0002", phones=(PHONE,), emails=(EMAIL,))
    result = decide([other, corrected], [held])
    assert outcome(result, "MN0005") == ("only_candidate", 1)
    assert outcome(result, "MN0001") == ("external_id_collision", None)
    assert [conflict.subject for conflict in result.conflicts] == ["held:1"]


def test_a_linked_contact_with_a_former_id_that_another_mentor_mistyped_is_kept() -> None:
    jane = signup(5, phone=PHONE)
    held = contact(1, external_id="MN0002", phones=(PHONE,))
    links = {jane.submission_id: Link(contact_id=1, keys=frozenset({PHONE}), mn_ids=("MN0002", "MN0005"))}
    assert outcome(decide([jane], [held]), "MN0005") == ("external_id_collision", None)
    result = decide([jane], [held], links=links)
    assert outcome(result, "MN0005") == ("only_candidate", 1)
    assert not result.conflicts


def test_a_strangers_contact_with_a_former_id_is_not_matched() -> None:
    corrected = signup(5, "Zoe Brown", phone=OTHER_PHONE, superseded_mn_ids=("MN0002",))
    other = signup(1, "Jane Smith", phone=PHONE)
    result = decide([other, corrected], [contact(1, "Jane Smith", external_id="MN0002", phones=(PHONE,))])
    assert [conflict.subject for conflict in result.conflicts if conflict.mn_id == "MN0001"] == ["unexplained:1"]


def test_a_decision_for_a_new_contact_is_applied_when_the_import_has_created_it() -> None:
    jane = signup(1, phone=PHONE, personal_email=EMAIL)
    mother = contact(1, "Mary Smith", phones=(PHONE,), emails=(EMAIL,))
    (question,) = decide([jane], [mother]).conflicts
    decisions = answers((question, "b"))
    assert outcome(decide([jane], [mother], decisions=decisions)) == ("human", None)
    # The id was corrected before the file with the old one was imported.
    corrected = replace(jane, mn_id="MN0005", external_id="MN0005", superseded_mn_ids=("MN0001",))
    moved = {("MN0005", *key[1:]): decision for key, decision in decisions.items()}
    created = contact(2, external_id="MN0001", emails=(EMAIL,))
    result = decide([corrected], [mother, created], decisions=moved)
    assert outcome(result, "MN0005") == ("only_candidate", 2)
    assert not result.conflicts
