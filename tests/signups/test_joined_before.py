"""A corrected sign-up makes no second mentor of the sign-up that it superseded (rulebook sections 2, 3 and 6)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentorsync_pipeline.domain.records import Submission
from tests.support.matching import AS_OF, CONFIG, EMAIL, OTHER_EMAIL, OTHER_PHONE, PHONE, contact, submission
from tests.support.pure_year import Feed, PureYear

FIRST = submission(1, "Jane Smith", phone=PHONE, personal_email=EMAIL)
CONTACT = contact(1, "Jane Smith", phones=(PHONE,), emails=(EMAIL,))
NEW_KEYS = {"phone": OTHER_PHONE, "personal_email": OTHER_EMAIL}


def sync(year: PureYear, *people: Submission) -> list[str]:
    year.sync(Feed(AS_OF, {one.submission_id: one for one in people}, {1: CONTACT}))
    return sorted(year.mentors)


@pytest.mark.parametrize(
    ("name", "second", "corrected", "mentors"),
    [
        ("Jane Smith", {}, NEW_KEYS, ["MN0002"]),
        ("Jane Smith", {}, {**NEW_KEYS, "last_name": "Jones"}, ["MN0002"]),
        ("Jane Smith", {}, {"personal_email": OTHER_EMAIL, "last_name": "Jones"}, ["MN0002"]),
        ("Jane Smith", {}, {**NEW_KEYS, "mn_id": "MN0009"}, ["MN0009"]),
        ("Jane Smith", {}, {**NEW_KEYS, "first_name": "Rosa"}, ["MN0001", "MN0002"]),
        ("Jane Smith", {}, {**NEW_KEYS, "uga_email": "zz-a@uga.edu"}, ["MN0002"]),
        # Joined by a brother's or sister's email, which was typed by mistake.
        ("Janet Smith", {}, NEW_KEYS, ["MN0001", "MN0002"]),
        (". Smith", {}, NEW_KEYS, ["MN0001", "MN0002"]),
        ("Jane Smith Jr.", {}, NEW_KEYS, ["MN0001", "MN0002"]),
        # Never joined.
        ("Jane Smith", NEW_KEYS, {}, ["MN0001", "MN0002"]),
    ],
)
def test_names_decide_whether_a_corrected_sign_up_still_supersedes_another(
    name: str, second: dict[str, Any], corrected: dict[str, Any], mentors: list[str]
) -> None:
    year, again = PureYear(CONFIG, clock=lambda: AS_OF), submission(2, name, phone=PHONE, personal_email=EMAIL)
    again = replace(again, **second)
    sync(year, FIRST, again)
    for _ in range(2):
        assert sync(year, FIRST, replace(again, **corrected)) == mentors
    if len(mentors) == 1:
        assert year.mentors[mentors[0]].gb_contact_id == 1
        assert not [one for one in year.open_conflicts() if one.conflict.blocking]


def test_two_ugas_of_one_superseded_sign_up_are_two_students() -> None:
    year, again = PureYear(CONFIG, clock=lambda: AS_OF), submission(2, "Jane Smith", phone=PHONE, personal_email=EMAIL)
    first = replace(FIRST, uga_email="zz-a@uga.edu")
    assert sync(year, first, again) == ["MN0002"]
    assert sync(year, first, replace(again, uga_email="zz-b@uga.edu", **NEW_KEYS)) == ["MN0001", "MN0002"]


def test_an_answer_that_two_sign_ups_are_one_person_holds_after_a_correction() -> None:
    year, again = PureYear(CONFIG, clock=lambda: AS_OF), submission(2, "Jane Jones", phone=PHONE)
    assert sync(year, FIRST, again) == ["MN0001", "MN0002"]
    (question,) = (one for one in year.open_conflicts() if one.conflict.conflict_type == "shared_phone")
    year.decide(question, "b")
    assert sync(year, FIRST, again) == ["MN0002"]
    corrected = replace(again, phone=OTHER_PHONE)
    for _ in range(2):
        assert sync(year, FIRST, corrected) == ["MN0002"]
        (reopened,) = year.open_conflicts()
        assert (reopened.key, reopened.conflict.recommended_option) == (question.key, None)
    year.undo(question.key)
    assert sync(year, FIRST, corrected) == ["MN0001", "MN0002"]


def test_two_mentors_of_one_name_are_two_again_after_a_mistake() -> None:
    """One of them typed the other's email for a while; each had a contact."""
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    other = submission(2, "Jane Smith", **NEW_KEYS)
    contacts = {1: CONTACT, 2: contact(2, "Jane Smith", phones=(OTHER_PHONE,), emails=(OTHER_EMAIL,))}
    expected = {"MN0001": 1, "MN0002": 2}
    for email in (OTHER_EMAIL, EMAIL, OTHER_EMAIL):
        people = (FIRST, replace(other, personal_email=email))
        year.sync(Feed(AS_OF, {one.submission_id: one for one in people}, contacts))
        links = {mn_id: mentor.gb_contact_id for mn_id, mentor in year.mentors.items()}
        assert (links == expected) is (email != EMAIL)


@pytest.mark.parametrize("brother", ["Janet Smith", "Janes Smith"])
def test_a_mentor_who_types_the_email_of_a_brother_with_a_like_name_stays_a_mentor(brother: str) -> None:
    """Both have contacts of their own, also while a sign-up is missing. Another sign-up of either is still joined."""
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    other = submission(2, brother, phone=PHONE, personal_email=OTHER_EMAIL)
    contacts = {1: CONTACT, 2: contact(2, brother, phones=(PHONE,), emails=(OTHER_EMAIL,))}
    again = submission(3, "Jane Smith", phone=PHONE, personal_email=EMAIL)
    mistaken = replace(other, personal_email=EMAIL)
    for people, links in (
        ((FIRST, other), {"MN0001": 1, "MN0002": 2}),
        ((FIRST, mistaken), {"MN0001": 1, "MN0002": 2}),
        ((mistaken,), {"MN0002": 2}),
        ((FIRST, mistaken), {"MN0001": 1, "MN0002": 2}),
        ((FIRST, mistaken, again), {"MN0003": 1, "MN0002": 2}),
        ((FIRST, other, again), {"MN0003": 1, "MN0002": 2}),
    ):
        for _ in range(2):
            year.sync(Feed(AS_OF, {one.submission_id: one for one in people}, contacts))
            assert {mn_id: mentor.gb_contact_id for mn_id, mentor in year.mentors.items()} == links
        assert [row for row in year.result.plan if row.plan_state != "kept"] == []


def test_the_superseded_sign_ups_of_a_deleted_one_stay_together() -> None:
    year, second, third = PureYear(CONFIG, clock=lambda: AS_OF), replace(FIRST, submission_id="7002"), submission(3)
    second = replace(second, mn_id="MN0002", created_at=third.created_at)
    third = replace(third, phone=PHONE, personal_email=EMAIL, created_at=third.created_at + timedelta(days=1))
    assert sync(year, FIRST, second, third) == ["MN0003"]
    second = replace(second, **NEW_KEYS)
    assert sync(year, FIRST, second, third) == ["MN0003"]
    assert sync(year, FIRST, second) == ["MN0002"]
    assert year.mentors["MN0002"].gb_contact_id == 1


@pytest.mark.parametrize(
    "corrected", [{"last_name": "Jones"}, {"phone": OTHER_PHONE}, {"phone": OTHER_PHONE, "last_name": "Jones"}]
)
def test_one_mentor_stays_one_after_the_import_has_replaced_the_contact(corrected: dict[str, Any]) -> None:
    year, again = PureYear(CONFIG, clock=lambda: AS_OF), submission(2, "Jane Smith", phone=PHONE, personal_email=EMAIL)
    sync(year, FIRST)
    first = replace(FIRST, personal_email=OTHER_EMAIL)
    assert sync(year, first, again) == ["MN0002"]
    again = replace(again, **corrected)
    name, phones = f"Jane {again.last_name}", (again.phone or "",)
    new = contact(2, name, phones=phones, emails=(again.personal_email or "",), external_id="MN0002")
    for contacts, linked in ({}, None), ({2: new}, 2), ({2: new}, 2):
        year.sync(Feed(AS_OF, {one.submission_id: one for one in (first, again)}, contacts))
        assert {mn_id: mentor.gb_contact_id for mn_id, mentor in year.mentors.items()} == {"MN0002": linked}
