"""Rulebook section 4: the score and the mass-email stub."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.config import Weights
from mentorsync_pipeline.domain.records import Contact, Member
from mentorsync_pipeline.matching.rules.scoring import CampaignMembers, is_mass_email, score_contact
from tests.support.matching import (
    AS_OF,
    CONFIG,
    DROPPED,
    EMAIL,
    MENTORS,
    OTHER_EMAIL,
    PHONE,
    SWAB,
    UGA_EMAIL,
    contact,
)


def points(row: Contact, *, campaign_member: bool = False) -> dict[str, Decimal]:
    """The parts that are not zero."""
    parts = score_contact(row, campaign_member=campaign_member, config=CONFIG, as_of=AS_OF)
    return {name: value for name, value in parts.items() if value}


@pytest.mark.parametrize(
    ("changes", "part", "value"),
    [
        ({"tags": (DROPPED,)}, "dropped_tag", 1000),
        ({"tags": (DROPPED.lower(),)}, "dropped_tag", 1000),
        ({"tags": (MENTORS,)}, "campaign_tag", 500),
        ({"tags": (MENTORS.upper(),)}, "campaign_tag", 500),
        ({"tags": ("old swab list",)}, "campaign_tag", 500),
        ({"tags": (SWAB,)}, "campaign_tag", 500),
        ({"tags": ("Old SWAB list",)}, "campaign_tag", 500),
        ({"phones": (PHONE,)}, "phone", 50),
        ({"emails": (EMAIL,)}, "primary_email", 30),
        ({"emails": (OTHER_EMAIL, EMAIL), "primary_email": None}, "additional_emails", 20),
        ({"address_line_1": "1 Prince St"}, "address", 20),
        ({"city": "Athens"}, "address", 20),
    ],
)
def test_each_part_of_the_score_has_its_points(changes: dict[str, Any], part: str, value: int) -> None:
    assert points(contact(days=None, **changes)) == {part: value}


def test_a_campaign_member_has_its_points() -> None:
    assert points(contact(days=None), campaign_member=True) == {"campaign_member": 30}


def test_several_campaign_tags_count_once_and_other_tags_never() -> None:
    assert points(contact(days=None, tags=(MENTORS, SWAB, "Mentors 2024", "Dropped 24"))) == {"campaign_tag": 500}


def test_a_primary_email_only_is_not_an_additional_email() -> None:
    assert points(contact(days=None, emails=(EMAIL,), primary_email=EMAIL.upper())) == {"primary_email": 30}


@pytest.mark.parametrize(("days", "value"), [(0, 100), (0.9, 100), (1, 99), (99.5, 1), (100, 0), (400, 0), (-3, 100)])
def test_recency_is_a_hundred_minus_the_days_since_the_last_change(days: float, value: int) -> None:
    assert points(contact(days=days)).get("recency", 0) == value


def test_an_unknown_last_change_has_no_recency_points() -> None:
    assert points(contact(days=None)) == {}


def test_all_weights_are_configurable() -> None:
    config = CONFIG.model_copy(update={"weights": Weights(phone=Decimal(7), recency=Decimal(10))})
    parts = score_contact(contact(days=4, phones=(PHONE,)), campaign_member=False, config=config, as_of=AS_OF)
    assert (parts["phone"], parts["recency"]) == (7, 6)


@pytest.mark.parametrize(
    ("member", "changes", "is_member"),
    [
        (Member(member_id=1, email=EMAIL), {"emails": (OTHER_EMAIL, EMAIL)}, True),
        (Member(member_id=1, phone=PHONE), {"phones": (PHONE,)}, True),
        (Member(member_id=1, first_name="Jane", last_name="Smith"), {"emails": (EMAIL,)}, False),
    ],
)
def test_membership_is_found_by_email_or_phone(member: Member, changes: dict[str, Any], is_member: bool) -> None:
    assert CampaignMembers([member]).include(contact(**changes)) is is_member


STUB = contact(name="", emails=(UGA_EMAIL,))


def test_a_contact_with_only_a_uga_email_is_a_mass_email_stub() -> None:
    assert is_mass_email(STUB, campaign_member=False)
    assert is_mass_email(replace(STUB, first_name="Jane", last_name="Smith", tags=(MENTORS,)), campaign_member=False)


@pytest.mark.parametrize(
    "changes",
    [
        {"emails": (UGA_EMAIL, EMAIL)},
        {"emails": (EMAIL,), "primary_email": EMAIL},
        {"emails": (), "primary_email": None},
        {"phones": (PHONE,)},
        {"primary_phone": "12"},
        {"primary_email": "jane@"},
        {"address_line_1": "1 Prince St"},
        {"state": "GA"},
        {"emails": ("zz-jane@fakeuga.edu",), "primary_email": None},
    ],
)
def test_other_contacts_are_not_mass_email_stubs(changes: dict[str, Any]) -> None:
    assert not is_mass_email(replace(STUB, **changes), campaign_member=False)


def test_a_campaign_member_is_not_a_mass_email_stub() -> None:
    assert not is_mass_email(STUB, campaign_member=True)


@given(st.floats(-500, 500), st.floats(0, 500))
def test_a_later_data_time_never_raises_a_score(days: float, later: float) -> None:
    row = contact(days=days, phones=(PHONE,))
    before = score_contact(row, campaign_member=False, config=CONFIG, as_of=AS_OF)
    after = score_contact(row, campaign_member=False, config=CONFIG, as_of=AS_OF + timedelta(days=later))
    assert sum(after.values()) <= sum(before.values())
