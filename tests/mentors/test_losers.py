"""Rulebook, section 10: which contacts are losers, and which of them need approval."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.known_mentors import NO_LINKS, Link
from mentorsync_pipeline.domain.records import Contact, Signup, Winner
from mentorsync_pipeline.matching.rules.candidates import find_candidates
from mentorsync_pipeline.mentors.rules.losers import (
    Loser,
    Protected,
    find_losers,
    find_transferable_values,
    recheck_losers,
)
from tests.support.matching import (
    AS_OF,
    CONFIG,
    DROPPED,
    EMAIL,
    MENTORS,
    OTHER_EMAIL,
    OTHER_PHONE,
    PHONE,
    UGA_EMAIL,
    contact,
    signup,
)

JANE = signup(phone=PHONE, personal_email=EMAIL, uga_email=UGA_EMAIL)
WINNER_ID = 1
HERS = {"emails": (EMAIL,), "phones": (PHONE,)}


def judged(
    *contacts: Contact,
    signups: Iterable[Signup] = (JANE,),
    winners: dict[str, int | None] | None = None,
    blocked: Iterable[str] = (),
    as_of: datetime = AS_OF,
    links: Mapping[str, Link] = NO_LINKS,
    **protected: Any,
) -> dict[int, Loser]:
    """The losers by contact id; contact 1 is Jane's winner."""
    listed, usual_winners = list(signups), {JANE.submission_id: WINNER_ID}
    found = find_candidates(listed, contacts, (), CONFIG, as_of=as_of, links=links).candidates
    chosen = {
        sign_up.submission_id: (usual_winners if winners is None else winners).get(sign_up.submission_id)
        for sign_up in listed
    }
    decided = {
        sign_up.submission_id: Winner(
            submission_id=sign_up.submission_id,
            mn_id=sign_up.mn_id,
            contact_id=None if sign_up.submission_id in blocked else chosen[sign_up.submission_id],
            decision="blocked" if sign_up.submission_id in blocked else "clear_winner",
            reason="",
        )
        for sign_up in listed
    }
    defaults = {
        "winner_ids": frozenset(winner.contact_id for winner in decided.values() if winner.contact_id),
        "external_ids": frozenset(sign_up.external_id for sign_up in listed),
    }
    overrides = {name: value if isinstance(value, dict) else frozenset(value) for name, value in protected.items()}
    known = Protected(**(defaults | overrides))
    return {
        loser.contact.contact_id: loser for loser in find_losers(listed, found, decided, known, dropped_tags=(DROPPED,))
    }


def verdict(loser: Loser) -> str:
    return loser.kept.code if loser.kept else ",".join(cause.code for cause in loser.doubts) or "loses"


@pytest.mark.parametrize(
    ("typed", "name", "values", "expected"),
    [
        ("n/a Smith", "Judith Smith", {"phones": (PHONE,), "emails": (OTHER_EMAIL,)}, "doubtful"),
        ("n/a Smith", "Judith Smith", {"phones": (PHONE,), "total_contributions": Decimal(5)}, "doubtful"),
        ("n/a Smith", "Judith Brown", {"phones": (PHONE,)}, "doubtful"),
        ("n/a Smith", "Judith Smith", HERS, "doubtful"),
        ("n/a Smith", "Judith Smith", HERS | {"tags": (MENTORS,)}, "names_differ"),
        ("n/a Smith", "Jane Smith", {"phones": (PHONE,)}, "names_unclear"),
        ("n/a Smith", "Jenny Smith", HERS, "doubtful"),
        ("秀英 Smith", "Yvonne Smith", {"phones": (PHONE,)}, "doubtful"),
        ("秀英 Smith", "秀英 Smith", {"phones": (PHONE,)}, "loses"),
        ("Jane Smith", "Jane Smith", HERS | {"suffix": "Sr."}, "doubtful"),
        ("Jane Smith", "Jane Smith", {"phones": (PHONE,), "suffix": "Sr."}, "doubtful"),
        ("Jane Smith", "Jane Smith", HERS | {"suffix": "Jr."}, "loses"),
        ("Jane Smith", "Jane Smith", HERS, "loses"),
    ],
)
def test_the_winners_names_tell_where_the_sign_ups_cannot(
    typed: str, name: str, values: dict[str, Any], expected: str
) -> None:
    first, _, last = typed.partition(" ")
    winner = contact(WINNER_ID, **HERS, suffix="Jr." if typed == "Jane Smith" else None)
    losers = judged(winner, contact(2, name, **values), signups=[replace(JANE, first_name=first, last_name=last)])
    assert verdict(losers[2]) == expected


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("Jane Smith", HERS, "loses"),
        ("", HERS, "loses"),
        ("Jane Smith", HERS | {"total_contributions": Decimal("0.01")}, "donor"),
        ("Jane Smith", HERS | {"total_contributions": None}, "donations_unknown"),
        ("Jane Smith", HERS | {"recurring_contributions": Decimal(25)}, "donor"),
        ("Mary Brown", HERS, "doubtful"),
        ("Mary Brown", HERS | {"tags": (MENTORS,)}, "names_differ"),
        ("Mary Brown", HERS | {"tags": (MENTORS,), "total_contributions": Decimal(5)}, "donor,names_differ"),
        ("Mary Brown", {"phones": (PHONE,)}, "refused"),
        ("明 Smith", {"phones": (PHONE,)}, "names_unclear"),
        ("明 Smith", {"phones": (PHONE,), "emails": (EMAIL,)}, "loses"),
        ("Janet Smith", {"phones": (PHONE,)}, "names_alike"),
        ("Janet Smith", {"phones": (PHONE,), "emails": (EMAIL,)}, "loses"),
        ("Анна Smith", {"phones": (PHONE,)}, "doubtful"),
        ("Анна Smith", {"phones": (PHONE,), "emails": (EMAIL,)}, "doubtful"),
        ("", {"phones": (PHONE,)}, "loses"),
        (". Smith", {"phones": (PHONE,)}, "loses"),
        ("", {"phones": (PHONE,), "emails": (OTHER_EMAIL,)}, "names_unclear"),
        (". Smith", {"phones": (PHONE,), "emails": (OTHER_EMAIL,)}, "names_unclear"),
        (". Brown", {"phones": (PHONE,)}, "names_unclear"),
        (". Brown", HERS, "loses"),
        ("Mary Brown", {"emails": (EMAIL,)}, "doubtful"),
        ("Mary Smith", {"phones": (PHONE,)}, "doubtful"),
        ("Jane Smith", HERS | {"external_id": "MN7777"}, "doubtful"),
        ("Jane Smith", {"external_id": "MN0001"}, "loses"),
        ("", {"external_id": "MN0001"}, "external_id_alone"),
        ("Zoe Brown", {"external_id": "MN0001"}, "names_differ,external_id_alone"),
        ("", {"emails": (UGA_EMAIL,)}, "loses"),
        ("Zoe Brown", {"emails": (UGA_EMAIL,)}, "names_differ,doubtful_stub"),
    ],
)
def test_a_candidate_that_is_not_the_winner(name: str, values: dict[str, Any], expected: str) -> None:
    losers = judged(contact(WINNER_ID, **HERS), contact(2, name, **values))
    assert {contact_id: verdict(loser) for contact_id, loser in losers.items()} == {2: expected}


def test_the_external_id_that_the_winner_needs_is_named() -> None:
    losers = judged(contact(WINNER_ID, **HERS), contact(2, **HERS, external_id="MN0001"), contact(3, **HERS))
    assert {contact_id: loser.clears for contact_id, loser in losers.items()} == {2: "MN0001", 3: None}


@pytest.mark.parametrize(
    ("values", "protected", "expected"),
    [
        ({}, {"winner_ids": {WINNER_ID, 2}}, "winner_elsewhere"),
        ({"external_id": "MN0050"}, {"external_ids": {"MN0001", "MN0050"}}, "other_mentors_id"),
        ({}, {"blocked_contact_ids": {2}}, "blocked_mentor"),
        ({}, {"declined_contact_ids": {2}}, "declined"),
    ],
)
def test_what_another_mentor_of_any_active_year_needs(
    values: dict[str, Any], protected: dict[str, Any], expected: str
) -> None:
    losers = judged(contact(WINNER_ID, **HERS), contact(2, **HERS, **values), **protected)
    assert verdict(losers[2]) == expected


def test_a_contact_that_only_the_link_before_shows_is_kept() -> None:
    links = {JANE.submission_id: Link(contact_id=2)}
    hers, before = contact(WINNER_ID, **HERS, external_id="MN0001"), contact(2, emails=(OTHER_EMAIL,))
    kept = judged(hers, before, links=links)[2].kept
    assert kept is not None
    assert kept.code == "link_alone"
    assert 2 not in judged(hers, before, links={JANE.submission_id: Link(contact_id=WINNER_ID)})
    assert verdict(judged(before, links=links, winners={})[2]) == "no_winner_yet"


def test_no_contact_of_a_blocked_mentor_is_archived() -> None:
    losers = judged(contact(2, **HERS), contact(3, **HERS), blocked={JANE.submission_id})
    assert {verdict(loser) for loser in losers.values()} == {"blocked_mentor"}


def test_a_contact_that_a_blocked_mentor_may_have_is_no_others_loser() -> None:
    tom = signup(2, "Tom Brown", phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    shared = contact(2, "", emails=(EMAIL,), phones=(OTHER_PHONE,))
    losers = judged(contact(WINNER_ID, **HERS), shared, signups=[JANE, tom], blocked={tom.submission_id})
    assert verdict(losers[2]) == "blocked_mentor"


def test_a_contact_that_fits_two_mentors_is_given_up_by_a_person_alone() -> None:
    """The parents' contact with the phone of one child and the email of the other."""
    tom = signup(2, "Tom Smith", phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    toms = contact(3, "Tom Smith", emails=(OTHER_EMAIL,), phones=(OTHER_PHONE,))
    parents = contact(2, "", emails=(EMAIL,), phones=(OTHER_PHONE,))
    losers = judged(
        contact(WINNER_ID, **HERS),
        parents,
        toms,
        signups=[JANE, tom],
        winners={JANE.submission_id: WINNER_ID, tom.submission_id: 3},
    )
    assert {contact_id: verdict(loser) for contact_id, loser in losers.items()} == {2: "names_unclear,fits_two_mentors"}


def test_before_the_import_creates_the_contact_data_is_copied_and_nothing_archived() -> None:
    losers = judged(contact(2, "", emails=(UGA_EMAIL,)), winners={})
    assert verdict(losers[2]) == "no_winner_yet"
    assert losers[2].may_transfer_data({})


def test_nothing_is_copied_from_a_doubtful_contact_before_approval() -> None:
    loser = judged(contact(WINNER_ID, **HERS), contact(2, **HERS, total_contributions=Decimal(5)))[2]
    assert not loser.may_transfer_data({})
    assert loser.may_transfer_data({(2, loser.input_fingerprint): object()})
    assert not loser.may_transfer_data({(2, "of other inputs"): object()})


def test_the_fingerprint_does_not_change_with_the_last_change_alone() -> None:
    first = judged(contact(WINNER_ID, **HERS), contact(2, **HERS))[2]
    later = judged(contact(WINNER_ID, **HERS), contact(2, **HERS, days=1))[2]
    assert first.input_fingerprint == later.input_fingerprint


@pytest.mark.parametrize("changes", [{"tags": ("Board",)}, {"total_contributions": Decimal(6)}])
def test_the_fingerprint_changes_with_the_contact(changes: dict[str, Any]) -> None:
    first = judged(contact(WINNER_ID, **HERS), contact(2, **HERS))[2]
    other = judged(contact(WINNER_ID, **HERS), contact(2, **HERS, **changes))[2]
    assert first.input_fingerprint != other.input_fingerprint


def test_the_fingerprint_changes_with_the_winner_and_the_sign_up_and_with_nothing_else() -> None:
    pair = contact(WINNER_ID, **HERS), contact(2, **HERS)
    first = judged(*pair)[2].input_fingerprint
    assert judged(pair[0], pair[1], contact(3, **HERS), winners={JANE.submission_id: 3})[2].input_fingerprint != first
    renamed = signup(name="Jane Miller", phone=PHONE, personal_email=EMAIL, uga_email=UGA_EMAIL)
    assert judged(*pair, signups=[renamed])[2].input_fingerprint != first
    later = judged(contact(WINNER_ID, tags=("New",), **HERS), pair[1], as_of=AS_OF.replace(day=9))
    assert later[2].input_fingerprint == first


@given(
    name=st.sampled_from(["Jane Smith", "", "Mary Brown", "Mary Smith", "Jane Jones"]),
    emails=st.sets(st.sampled_from([EMAIL, OTHER_EMAIL, UGA_EMAIL])),
    phones=st.sets(st.sampled_from([PHONE, OTHER_PHONE])),
    external_id=st.sampled_from([None, "MN0001", "MN0050", "MN7777"]),
    gifts=st.sampled_from([Decimal(0), Decimal(20)]),
    winner_elsewhere=st.booleans(),
)
def test_whatever_the_contact_a_donor_another_name_or_another_mentors_never_loses_unasked(
    name: str, emails: set[str], phones: set[str], external_id: str | None, gifts: Decimal, winner_elsewhere: bool
) -> None:
    other = contact(
        2,
        name,
        emails=tuple(sorted(emails)),
        phones=tuple(sorted(phones)),
        external_id=external_id,
        total_contributions=gifts,
    )
    winner_ids = {WINNER_ID, 2} if winner_elsewhere else {WINNER_ID}
    losers = judged(contact(WINNER_ID, **HERS), other, winner_ids=winner_ids, external_ids={"MN0001", "MN0050"})
    loses = 2 in losers and verdict(losers[2]) == "loses"
    if gifts or winner_elsewhere or external_id in ("MN0050", "MN7777") or name in ("Mary Brown", "Mary Smith"):
        assert not loses


# Judged again later, when the contacts or other years have moved on


def again(loser: Loser, *, contact_now: Contact | None = None, winner_id: int = WINNER_ID, **protected: Any) -> str:
    winner = Winner(
        submission_id=JANE.submission_id, mn_id=JANE.mn_id, contact_id=winner_id, decision="clear_winner", reason=""
    )
    known = Protected(**({"winner_ids": frozenset({winner_id})} | protected))
    stored = replace(loser, contact=contact_now or loser.contact)
    (now,) = recheck_losers([stored], [JANE], {JANE.submission_id: winner}, known)
    return verdict(now)


def test_nothing_has_moved_and_it_still_loses() -> None:
    assert again(judged(contact(WINNER_ID, **HERS), contact(2, **HERS))[2]) == "loses"


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ({"contact_now": contact(2, **HERS, total_contributions=Decimal(5))}, "changed"),
        ({"winner_id": 3}, "changed"),
        ({"winner_ids": frozenset({WINNER_ID, 2})}, "winner_elsewhere"),
        ({"blocked_contact_ids": frozenset({2})}, "blocked_mentor"),
    ],
)
def test_whatever_has_moved_since_keeps_it(moved: dict[str, Any], expected: str) -> None:
    assert again(judged(contact(WINNER_ID, **HERS), contact(2, **HERS))[2], **moved) == expected


def test_a_no_counts_at_once_and_what_was_kept_stays_kept() -> None:
    loser = judged(contact(WINNER_ID, **HERS), contact(2, **HERS))[2]
    assert again(loser, rejected={2: loser.input_fingerprint}) == "rejected"
    kept = judged(contact(WINNER_ID, **HERS), contact(2, **HERS), winner_ids={WINNER_ID, 2})[2]
    assert again(kept) == "winner_elsewhere"


def test_a_deleted_sign_up_keeps_its_losers() -> None:
    loser = judged(contact(WINNER_ID, **HERS), contact(2, **HERS))[2]
    (now,) = recheck_losers([loser], [], {}, Protected())
    assert verdict(now) == "changed"


def test_copied_values_exclude_other_mentors_foreign_phones_and_the_dropped_tag() -> None:
    tom = signup(2, "Tom Brown", phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    values = HERS | {"phones": (PHONE, OTHER_PHONE, "+442079460958"), "tags": (DROPPED, "Alumni", "Board")}
    loser = judged(contact(WINNER_ID, **HERS), contact(2, **values), signups=[JANE, tom])[2]
    assert (loser.emails, loser.phones, loser.tags) == ((EMAIL,), (PHONE,), ("Alumni", "Board"))


def test_placeholders_are_not_copied() -> None:
    loser = contact(
        20, "Robin Tull", emails=("none@none.com", "own@mail.example"), phones=("+17777777777", "+17065550107")
    )
    handed_on = find_transferable_values(loser, others_keys=frozenset(), dropped_tags=())
    assert (handed_on["emails"], handed_on["phones"]) == (("own@mail.example",), ("+17065550107",))
