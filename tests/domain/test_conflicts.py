"""Rulebook section 5: the parts of a conflict."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from mentorsync_pipeline.domain import conflicts
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.records import Contact
from tests.support.matching import EMAIL, PHONE, contact, signup

EARLY = datetime(2025, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("a", "b", "letter"),
    [(Decimal(640), Decimal(600), "a"), (Decimal("1.50"), Decimal(2), "b"), (Decimal(10), Decimal(10), None)],
)
def test_the_higher_number_is_recommended_and_none_when_equal(a: Decimal, b: Decimal, letter: Any) -> None:
    assert conflicts.recommend_higher(a, b) == letter


@pytest.mark.parametrize(
    ("a", "b", "letter"),
    [
        (EARLY, EARLY + timedelta(days=1), "b"),
        (EARLY, EARLY - timedelta(days=1), "a"),
        (EARLY, EARLY, None),
        (None, EARLY, None),
        (EARLY, None, None),
    ],
)
def test_the_newer_side_is_recommended_and_none_when_unknown(a: Any, b: Any, letter: Any) -> None:
    assert conflicts.recommend_newer(a, b)[0] == letter


def test_a_contact_without_candidacy_is_described_without_a_score() -> None:
    option = conflicts.contact_option(contact(5, phones=(PHONE,), emails=(EMAIL,)))
    assert (option.value, option.source) == (5, "raw_gb_full_contacts")
    assert "score" not in option.metadata


def test_conflict_options_can_be_stored_as_json() -> None:
    for shown in (conflicts.contact_option(contact(5, phones=(PHONE,))), conflicts.new_contact_option(signup())):
        assert json.dumps(plain(dict(shown.metadata)))


def test_a_sign_up_without_usable_keys_shows_what_was_typed() -> None:
    shown = conflicts.signup_metadata(signup(phone_raw="call me", personal_email_raw="jane@"))
    assert (shown["phone"], shown["emails"]) == ("call me", ("jane@",))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"total_contributions": Decimal(5)}, {"total_contributions": Decimal("5.00")}),
        ({"tags": ("a", "b")}, {"tags": ("b", "a")}),
        ({"emails": ("x@mail.example", EMAIL)}, {"emails": (EMAIL, "x@mail.example")}),
        ({"last_modified": EARLY}, {"last_modified": EARLY.astimezone(timezone(timedelta(hours=-5)))}),
        ({"first_name": "José"}, {"first_name": "JOSE"}),
    ],
)
def test_equal_contacts_in_different_spellings_have_the_same_inputs(
    left: dict[str, Any], right: dict[str, Any]
) -> None:
    def inputs(changes: dict[str, Any]) -> dict[str, Any]:
        made: Contact = contact(1, **({"primary_email": None, "primary_phone": None} | changes))
        return conflicts.contact_inputs(made, campaign_member=False)

    assert inputs(left) == inputs(right)
