"""Rulebook section 4: the steps that choose one mentor's contact."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from mentorsync_pipeline.domain.config import Thresholds
from mentorsync_pipeline.domain.records import Member
from tests.support.matching import (
    CONFIG,
    EMAIL,
    JANE,
    MENTORS,
    OTHER_EMAIL,
    OTHER_PHONE,
    PHONE,
    UGA_EMAIL,
    contact,
    decide,
    mine,
    only,
    outcome,
    signup,
)

# Step 3: mass-email stubs

STUB = contact(9, name="", emails=(UGA_EMAIL,), days=0)


def test_a_mass_email_stub_never_wins() -> None:
    assert outcome(decide([JANE], [STUB])) == ("new_contact", None)
    assert outcome(decide([JANE], [STUB, mine(2, days=900)])) == ("only_candidate", 2)


def test_a_contact_with_a_campaign_members_email_is_not_a_stub() -> None:
    assert outcome(decide([JANE], [STUB], members=[Member(member_id=1, email=UGA_EMAIL)])) == ("only_candidate", 9)


# Step 4: one viable candidate, or only doubtful ones


def test_the_only_viable_contact_wins_and_doubtful_ones_have_a_warning() -> None:
    mother = contact(1, "Mary Smith", phones=(PHONE,), tags=(MENTORS,))
    result = decide([JANE], [mother, mine(2)])
    assert outcome(result) == ("only_candidate", 2)
    assert [(w.warning_type, w.mn_id, w.subject) for w in result.warnings] == [("low_confidence", "MN0001", "7001:1")]


@pytest.mark.parametrize(
    ("name", "keys", "warned"),
    [
        ("Janet Smith", {"phones": (PHONE,)}, ["7001:2:alike"]),
        ("Janet Smith", {"phones": (PHONE,), "emails": (EMAIL,)}, []),
        ("Jane Smith", {"phones": (PHONE,)}, []),
    ],
)
def test_a_contact_that_a_phone_alone_makes_the_mentors_has_a_warning(
    name: str, keys: dict[str, Any], warned: list[str]
) -> None:
    result = decide([JANE], [contact(2, name, **keys)])
    assert outcome(result) == ("only_candidate", 2)
    assert [(w.warning_type, w.subject) for w in result.warnings] == [("low_confidence", key) for key in warned]
    assert not result.conflicts


def test_with_only_doubtful_contacts_the_conflict_offers_the_best_and_a_new_one() -> None:
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
    swapped = replace(mine(1, phones=()), first_name="Jones", last_name="Jane")
    (conflict,) = decide([JANE], [swapped]).conflicts
    assert conflict.recommended_option is None, "her first name is in the other box"


@pytest.mark.parametrize("emails", [(), (EMAIL,)])
def test_no_new_contact_is_recommended_for_swapped_names_when_the_contacts_last_name_is_junk(
    emails: tuple[str, ...],
) -> None:
    mentor = replace(signup(phone=PHONE, personal_email=EMAIL), first_name="Tull", last_name="Mohammed")
    own = replace(contact(1, phones=(PHONE,), emails=emails), first_name="Muhammad", last_name=".")
    (conflict,) = decide([mentor], [own]).conflicts
    assert (conflict.conflict_type, conflict.recommended_option) == ("contact_selection", None)


@pytest.mark.parametrize(
    ("student", "holder", "recommended"),
    [
        ("Mohamed Amine|Ben Salah", "Amine|Bensalah", None),
        ("Thi Lan|Nguyen", "Lan|Nguyen", None),
        ("Juan Carlos|Smith", "Juan|Smith", None),
        ("Oluwaseun|Ogunleye", "Seun|Ogunleye", None),
        ("Rosa|Smith", "Ann|Smith", "b"),
        ("Daniel|Smith", "Danielle|Smith", "b"),
        ("J Rosa|Smith", "J Ann|Smith", "b"),
    ],
)
def test_no_new_contact_is_recommended_when_a_first_name_is_a_part_of_the_other(
    student: str, holder: str, recommended: str | None
) -> None:
    """A duplicate of the mentor's own contact, or another person's name overwritten: a person decides."""
    names = [dict(zip(("first_name", "last_name"), name.split("|"), strict=True)) for name in (student, holder)]
    for one, other in (names, names[::-1]):
        mentor = replace(signup(phone=PHONE, personal_email=EMAIL), **one)
        family = replace(contact(1, phones=(PHONE,), emails=(OTHER_EMAIL,)), **other)
        (conflict,) = decide([mentor], [family]).conflicts
        assert (conflict.conflict_type, conflict.recommended_option) == ("contact_selection", recommended)


def test_a_refused_contact_alone_means_a_new_contact() -> None:
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
def test_a_rival_unchanged_for_ninety_days_longer_is_stale(gap: float, decision: str) -> None:
    assert outcome(decide([JANE], [mine(1, days=300), mine(2, days=300 + gap)]))[0] == decision


def test_a_recent_third_contact_with_a_close_score_prevents_a_stale_rival() -> None:
    stale, fresh = mine(2, days=600, city="Athens"), mine(3, days=310)
    result = decide([JANE], [mine(1, days=300, city="Athens"), stale, fresh])
    assert outcome(result) == ("contact_selection", None)
    assert result.conflicts[0].option_b.value == 3


def test_an_unknown_last_change_does_not_make_a_rival_stale() -> None:
    assert outcome(decide([JANE], [mine(1, days=300), mine(2, days=None)]))[0] == "contact_selection"


def test_the_thresholds_are_configurable() -> None:
    config = CONFIG.model_copy(update={"thresholds": Thresholds(clear_winner_points=5, stale_rival_days=10)})
    assert outcome(decide([JANE], [mine(1, days=10), mine(2, days=17)], config=config)) == ("clear_winner", 1)
    assert outcome(decide([JANE], [mine(1, days=300), mine(2, days=311)], config=config)) == ("stale_rival", 1)


def test_close_scores_raise_a_conflict_between_the_best_two() -> None:
    result = decide([JANE], [mine(1, days=30), mine(2, days=20)])
    assert outcome(result) == ("contact_selection", None)
    (conflict,) = result.conflicts
    assert (conflict.conflict_type, conflict.severity, conflict.blocking) == ("contact_selection", "high", True)
    assert (conflict.option_a.value, conflict.option_b.value, conflict.recommended_option) == (2, 1, "a")


def test_equal_scores_have_no_recommendation() -> None:
    (conflict,) = decide([JANE], [mine(1, days=300), mine(2, days=310)]).conflicts
    assert (conflict.option_a.value, conflict.recommended_option) == (1, None)


# Contacts of Jane Smith's by the agreement of their names: the UGA email makes each of them viable.
NAMES = {
    "agree": ("Jane Smith", "Smith, Jane", "JANE SMITH", "Janie Smith"),
    "unclear": ("Smith", "F.1.2 Smith", "Jane Tull", "Джейн Smith", "Jane & Bob Smith"),
    "differ": ("Robert Smith", "Ruth Smith-Tull"),
}


@pytest.mark.parametrize(
    ("higher", "lower", "recommended"),
    [
        *(("agree", lower, "a") for lower in NAMES),
        *(("unclear", lower, "a") for lower in NAMES),
        ("differ", "agree", None),
        ("differ", "unclear", None),
        ("differ", "differ", "a"),
    ],
)
def test_a_higher_score_is_recommended_unless_it_is_of_another_persons_name(
    higher: str, lower: str, recommended: str | None
) -> None:
    for better, other in product(NAMES[higher], NAMES[lower]):
        contacts = [
            contact(1, other, emails=(UGA_EMAIL,), phones=(PHONE,)),
            contact(2, better, emails=(UGA_EMAIL, EMAIL), phones=(PHONE,)),
        ]
        (conflict,) = decide([JANE], contacts).conflicts
        assert (conflict.conflict_type, conflict.option_a.value) == ("contact_selection", 2)
        assert conflict.recommended_option == recommended, (better, other)


@pytest.mark.parametrize(("better", "other"), list(product(("agree", "unclear"), repeat=2)))
def test_equal_scores_recommend_nothing_whatever_the_names(better: str, other: str) -> None:
    contacts = [
        contact(number, NAMES[names][0], emails=(UGA_EMAIL, EMAIL), phones=(PHONE,))
        for number, names in enumerate((better, other), 1)
    ]
    (conflict,) = decide([JANE], contacts).conflicts
    assert conflict.recommended_option is None


@pytest.mark.parametrize(
    ("name", "keys", "recommended"),
    [
        (". Tull", {"phones": (PHONE,)}, None),
        ("Jane .", {"phones": (PHONE,)}, None),
        ("Jane .", {"phones": (PHONE,), "emails": (UGA_EMAIL,)}, "a"),
        ("Jane Smith", {"phones": (PHONE,)}, "a"),
    ],
)
def test_a_junk_name_without_a_key_of_its_own_is_not_recommended_beside_the_mentors_name(
    name: str, keys: dict[str, Any], recommended: str | None
) -> None:
    contacts = [contact(1, name, days=20, **keys), contact(2, phones=(PHONE,), emails=(EMAIL,), days=80)]
    (conflict,) = decide([JANE], contacts).conflicts
    assert (conflict.option_a.value, conflict.recommended_option) == (1, recommended)


@pytest.mark.parametrize(
    ("better", "other", "keys", "recommended"),
    [
        (". Tull", "Jane Smith", {"emails": (EMAIL,)}, None),
        (". Tull", ". Smith", {"emails": (EMAIL,)}, None),
        (". Tull", ". Smith", {"phones": (PHONE,)}, "a"),
        ("Jane Smith", ". Smith", {"emails": (EMAIL,)}, "a"),
    ],
)
def test_a_junk_name_with_a_phone_alone_is_not_recommended_beside_more_evidence(
    better: str, other: str, keys: dict[str, Any], recommended: str | None
) -> None:
    contacts = [contact(1, better, phones=(PHONE,), days=20), contact(2, other, days=80, **keys)]
    (conflict,) = decide([JANE], contacts).conflicts
    assert (conflict.option_a.value, conflict.recommended_option) == (1, recommended)


@pytest.mark.parametrize(("namesakes", "recommended"), [((), "a"), ((OTHER_EMAIL,), None), ((OTHER_EMAIL, EMAIL), "a")])
def test_a_namesakes_contact_is_not_recommended_for_the_phone_that_is_the_mentors_now(
    namesakes: tuple[str, ...], recommended: str | None
) -> None:
    namesake = signup(2, phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    contacts = [contact(1, emails=(EMAIL,), days=30), contact(2, emails=namesakes, phones=(PHONE,), days=20)]
    (conflict,) = (one for one in decide([JANE, namesake], contacts).conflicts if one.mn_id == JANE.mn_id)
    assert (conflict.option_a.value, conflict.recommended_option) == (2, recommended)


def test_a_conflict_has_the_details_to_decide_it() -> None:
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
    assert conflict.recommendation_reason == "A was changed later."


def test_a_recommendation_says_what_each_contact_has() -> None:
    contacts = [mine(1, days=30, city="Athens"), mine(2, days=20)]
    (conflict,) = decide([JANE], contacts).conflicts
    assert conflict.recommended_option == "a"
    assert conflict.recommendation_reason == "A has an address. B was changed later, which counts less."


# Step 8 and External IDs of other people


def test_without_a_candidate_the_import_creates_a_contact() -> None:
    assert outcome(decide([JANE], [])) == ("new_contact", None)


def test_a_mentor_blocked_by_the_sign_up_has_no_contact_conflict() -> None:
    people = [JANE, replace(signup(2, "Zoe Brown", phone=OTHER_PHONE), mn_id="MN0001", external_id="MN0001")]
    result = decide(people, [mine(1), mine(2)])
    assert [winner.blocked_by for winner in result.winners] == [("external_id_collision",)] * 2
    assert not result.conflicts
