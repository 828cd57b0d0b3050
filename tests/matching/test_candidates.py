"""Rulebook section 3: which contacts are candidates, and whether they are viable, doubtful or refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.records import Candidate, Contact, EarlierMentor, Member, Signup
from mentorsync_pipeline.matching.rules.candidates import CandidateResult, collect_match_keys, find_candidates
from tests.support.matching import (
    AS_OF,
    CONFIG,
    EMAIL,
    OTHER_EMAIL,
    OTHER_PHONE,
    PHONE,
    UGA_EMAIL,
    contact,
    mentor_of,
    signup,
)
from tests.support.strategies import CONTACTS, EARLIER, SIGNUPS

JANE = signup(phone=PHONE, personal_email=EMAIL, uga_email=UGA_EMAIL)


def find(signups: list[Signup], contacts: list[Contact], *earlier: EarlierMentor) -> CandidateResult:
    return find_candidates(signups, contacts, (), CONFIG, as_of=AS_OF, earlier=earlier)


def candidate(row: Contact, *earlier: EarlierMentor, jane: Signup = JANE, others: tuple[Signup, ...] = ()) -> Candidate:
    (match,) = (c for c in find([jane, *others], [row], *earlier).candidates if c.mn_id == jane.mn_id)
    return match


@pytest.mark.parametrize(
    ("changes", "matched_on"),
    [
        ({"external_id": "MN0001"}, ("external_id",)),
        ({"phones": (PHONE,)}, ("phone",)),
        ({"phones": (OTHER_PHONE, PHONE)}, ("phone",)),
        ({"emails": (EMAIL,)}, ("personal_email",)),
        ({"emails": (OTHER_EMAIL, EMAIL)}, ("personal_email",)),
        ({"emails": (UGA_EMAIL,)}, ("uga_email",)),
        (
            {"external_id": "MN0001", "phones": (PHONE,), "emails": (UGA_EMAIL, EMAIL)},
            ("external_id", "phone", "personal_email", "uga_email"),
        ),
    ],
)
def test_a_contact_matches_by_its_id_or_any_of_its_phones_and_emails(
    changes: dict[str, Any], matched_on: tuple[str, ...]
) -> None:
    assert candidate(contact(**changes)).matched_on == matched_on


def test_a_contact_with_only_the_same_name_is_not_a_candidate() -> None:
    assert not find([JANE], [contact(phones=(OTHER_PHONE,), emails=(OTHER_EMAIL,))]).candidates


def test_emails_are_not_matched_by_a_part() -> None:
    assert not find([JANE], [contact(emails=(f"x{EMAIL}",))]).candidates


def test_a_superseded_id_matches_like_the_current_one() -> None:
    jane = signup(2, superseded_mn_ids=("MN0001",))
    assert candidate(contact(external_id="MN0001"), jane=jane).matched_on == ("external_id",)


def test_external_ids_are_compared_in_the_years_template() -> None:
    config = CONFIG.model_copy(update={"external_id_template": "{year}-{mn_id}"})
    jane = signup(2, external_id="2025-MN0002", superseded_mn_ids=("MN0001",))
    assert collect_match_keys([jane], config).external_ids == {"2025-MN0002", "2025-MN0001"}
    contacts = [contact(1, external_id="MN0002"), contact(2, external_id="2025-MN0002")]
    candidates = find_candidates([jane], contacts, (), config, as_of=AS_OF).candidates
    assert [candidate.contact.contact_id for candidate in candidates] == [2]


def test_match_keys_are_those_of_all_sign_ups() -> None:
    keys = collect_match_keys([JANE, signup(2, phone=OTHER_PHONE)], CONFIG)
    assert keys.external_ids == {"MN0001", "MN0002"}
    assert keys.phones == {PHONE, OTHER_PHONE}
    assert keys.emails == {EMAIL, UGA_EMAIL}


@pytest.mark.parametrize("name", ["Mary Jones", "Mary", "Mary F.123.4"])
def test_a_phone_only_match_with_another_full_name_is_refused_with_a_warning(name: str) -> None:
    result = find([JANE], [contact(5, name, phones=(PHONE,))])
    assert [candidate.viability for candidate in result.candidates] == ["refused"]
    (warning,) = result.warnings
    assert (warning.warning_type, warning.mn_id, warning.subject) == ("duplicate_detected", "MN0001", "7001:5")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Mary Smith", {"phones": (PHONE,)}),  # a relative with the family's phone and name
        ("Mary Smith", {"emails": (EMAIL,)}),
        ("Mary Jones", {"emails": (EMAIL,)}),
        ("Mary Jones", {"emails": (UGA_EMAIL,)}),
        ("Jane Jones", {"phones": (PHONE,)}),  # the same first but another last name
    ],
)
def test_a_single_key_with_differing_names_is_doubtful(name: str, changes: dict[str, Any]) -> None:
    result = find([JANE], [contact(1, name, **changes)])
    assert [candidate.viability for candidate in result.candidates] == ["doubtful"]
    assert not result.warnings


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Mary Jones", {"external_id": "MN0001"}),
        ("Mary Jones", {"phones": (PHONE,), "emails": (EMAIL,), "tags": ("mentors 2023",)}),  # a student's contact
        ("Mary Jones", {"phones": (PHONE,), "emails": (UGA_EMAIL,)}),
        ("Mary Jones", {"emails": (EMAIL, UGA_EMAIL)}),
        ("Mary Smith", {"emails": (UGA_EMAIL,)}),  # a UGA email belongs to one student
        ("Janie Smith", {"phones": (PHONE,)}),
        ("Jane Smith", {"emails": (EMAIL,)}),
        ("", {"phones": (PHONE,)}),  # cannot be told
        ("F.123.4 Jones", {"phones": (PHONE,)}),
        ("Jane", {"phones": (PHONE,)}),
        ("Jane Jones", {"emails": (EMAIL,)}),
    ],
)
def test_other_matches_are_viable(name: str, changes: dict[str, Any]) -> None:
    result = find([JANE], [contact(1, name, **changes)])
    assert [candidate.viability for candidate in result.candidates] == ["viable"]
    assert not result.warnings


def test_an_address_in_both_email_fields_is_one_key() -> None:
    jane = signup(personal_email=EMAIL, uga_email=EMAIL)
    match = candidate(contact(name="Mary Jones", emails=(EMAIL,)), jane=jane)
    assert (match.viability, match.matched_on) == ("doubtful", ("personal_email", "uga_email"))


def test_a_family_address_in_the_uga_field_is_not_a_uga_email() -> None:
    assert candidate(contact(name="Mary Smith", emails=(EMAIL,)), jane=signup(uga_email=EMAIL)).viability == "doubtful"


def test_a_uga_address_in_the_personal_field_is_a_uga_email() -> None:
    jane = signup(personal_email=UGA_EMAIL)
    assert candidate(contact(name="Mary Smith", emails=(UGA_EMAIL,)), jane=jane).viability == "viable"


def test_a_contact_with_the_id_of_another_mentor_of_the_year_is_refused() -> None:
    other = signup(2, "Zoe Brown")
    held = contact(external_id="MN0002", phones=(PHONE,), emails=(EMAIL,))
    match = candidate(held, others=(other,))
    assert (match.viability, match.rank) == ("refused", None)
    assert not find([JANE, other], [held]).warnings


def test_a_superseded_id_that_is_another_mentors_own_now_does_not_match() -> None:
    jane, zoe = signup(3, superseded_mn_ids=("MN0002",)), signup(2, "Zoe Brown")
    candidates = find([jane, zoe], [contact(external_id="MN0002", name="")]).candidates
    assert [candidate.mn_id for candidate in candidates] == ["MN0002"]


def test_an_unknown_external_id_makes_a_contact_doubtful() -> None:
    assert candidate(contact(external_id="MN9999", phones=(PHONE,))).viability == "doubtful"


@pytest.mark.parametrize(
    "earlier",
    [
        mentor_of(2024, "MN9999", phone=PHONE),
        mentor_of(2023, "MN9999", "Janie Smith", emails=(OTHER_EMAIL, EMAIL)),
        mentor_of(2024, "MN9999", "F.1 Smith", phone=PHONE),  # names that do not differ
    ],
)
def test_an_external_id_of_the_same_persons_earlier_year_is_viable(earlier: EarlierMentor) -> None:
    assert candidate(contact(external_id="MN9999", phones=(PHONE,)), earlier).viability == "viable"


@pytest.mark.parametrize(
    "earlier",
    [
        mentor_of(2024, "MN9999", "Mary Smith", phone=PHONE),  # the sister's
        mentor_of(2024, "MN9999", phone=OTHER_PHONE),  # a namesake's
        mentor_of(2024, "MN8888", phone=PHONE),  # another id
    ],
)
def test_an_external_id_of_another_persons_earlier_year_is_doubtful(earlier: EarlierMentor) -> None:
    assert candidate(contact(external_id="MN9999", phones=(PHONE,)), earlier).viability == "doubtful"


def test_viable_candidates_are_ranked_with_stubs_last() -> None:
    contacts = [
        contact(1, emails=(UGA_EMAIL,), days=0),  # a mass-email stub
        contact(2, emails=(EMAIL,), days=50),
        contact(3, emails=(EMAIL,), phones=(PHONE,), days=50),
        contact(4, "Mary Smith", emails=(EMAIL,), days=0),
    ]
    candidates = find([JANE], contacts).candidates
    assert [(candidate.contact.contact_id, candidate.rank) for candidate in candidates] == [
        (3, 1),
        (2, 2),
        (1, 3),
        (4, None),
    ]


def test_equal_scores_are_ordered_by_last_change_then_by_the_lower_id() -> None:
    contacts = [contact(3, emails=(EMAIL,), days=200), contact(2, emails=(EMAIL,), days=200)]
    contacts += [contact(9, emails=(EMAIL,), days=150), contact(1, emails=(EMAIL,), days=None)]
    assert [candidate.contact.contact_id for candidate in find([JANE], contacts).candidates] == [9, 2, 3, 1]


def test_messages_have_no_personal_data() -> None:
    result = find([JANE], [contact(1, "Mary Jones", phones=(PHONE,))])
    texts = [warning.message for warning in result.warnings] + [
        candidate.viability_reason for candidate in result.candidates
    ]
    assert not any(secret in text for text in texts for secret in ("Mary", "Jane", "Jones", PHONE))


@given(SIGNUPS, CONTACTS, EARLIER, st.randoms())
def test_candidates_are_exactly_the_contacts_that_share_a_key_whatever_the_order(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor], random: Any
) -> None:
    current = {signup.external_id for signup in signups}
    expected = {
        (signup.submission_id, other.contact_id)
        for signup in signups
        for other in contacts
        if other.external_id == signup.external_id
        or other.external_id in set(signup.superseded_mn_ids) - current
        or signup.phone in other.phones
        or set(signup.emails) & set(other.emails)
    }
    found = find(signups, contacts, *earlier)
    pairs = [(candidate.submission_id, candidate.contact.contact_id) for candidate in found.candidates]
    assert sorted(pairs) == sorted(expected)
    assert find(signups, _select_by_query_keys(signups, contacts), *earlier) == found
    for listed in (signups, contacts, earlier):
        random.shuffle(listed)
    assert find(signups, contacts, *earlier) == found


def _select_by_query_keys(signups: list[Signup], contacts: list[Contact]) -> list[Contact]:
    """The contacts that a query of the database selects."""
    keys = collect_match_keys(signups, CONFIG)
    return [
        contact
        for contact in contacts
        if contact.external_id in keys.external_ids
        or keys.phones & set(contact.phones)
        or keys.emails & set(contact.emails)
    ]


@pytest.mark.parametrize(
    ("holder", "page", "viability"),
    [
        ("Brenda Smith", "Jane Smith", "doubtful"),
        ("Brenda Smith", "Brenda Smith", "doubtful"),
        ("Brenda Smith", "", "viable"),
        ("Jane Smith", "Brenda Smith", "viable"),
        ("Ann & Bob Smith", "Jane Smith", "doubtful"),
    ],
)
def test_a_page_is_not_a_student_sign_for_another_persons_contact(holder: str, page: str, viability: str) -> None:
    (first, last), (page_first, _, page_last) = holder.rsplit(" ", 1), page.partition(" ")
    member = Member(member_id=1, first_name=page_first or None, last_name=page_last or None, email=EMAIL)
    theirs = contact(first_name=first, last_name=last, phones=(PHONE,), emails=(EMAIL,))
    (candidate,) = find_candidates([JANE], [theirs], [member], CONFIG, as_of=AS_OF).candidates
    assert (candidate.viability, candidate.campaign_member) == (viability, True)
