"""Rulebook section 9, "Subscriptions": the strictest of the winner and the losers, also before a loser is approved."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from mentorsync_pipeline.domain.records import Contact
from tests.support.matching import AS_OF, CONFIG, EMAIL, OTHER_EMAIL, PHONE, UGA_EMAIL, contact, submission
from tests.support.pure_year import Feed, PureYear

SUBSCRIBED = {"email_subscribed": True, "phone_subscribed": True, "address_subscribed": True}
ADDRESS = {"address_line_1": "1 Baxter St", "city": "Athens", "state": "GA", "zip_code": "30605"}
DONOR = SUBSCRIBED | ADDRESS | {"total_contributions": Decimal(25)}
COLUMNS = {
    "email_subscribed": "Email Subscription Status",
    "phone_subscribed": "Phone Subscription Status",
    "address_subscribed": "Address Subscription Status",
}


def statuses(duplicate: Contact, *, approved: bool = False, kept: bool = False) -> dict[str, str | None]:
    """The statuses in the file for a mentor whose winner is subscribed to everything."""
    jane = submission(1, phone=PHONE, personal_email=EMAIL)
    winner = contact(1, emails=(EMAIL,), phones=(PHONE,), tags=("SWAB",), days=1, **SUBSCRIBED)
    year = PureYear(CONFIG, clock=lambda: datetime(2025, 10, 1, 13, tzinfo=UTC))
    feed = Feed(AS_OF, {jane.submission_id: jane}, {1: winner, 2: duplicate})
    (planned,) = year.sync(feed).plan
    if approved:
        year.approve(planned)
    if kept:
        year.reject(planned)
    year.sync(feed)
    (row,) = year.import_rows()
    return {flag: row.cells[column] for flag, column in COLUMNS.items()}


@pytest.mark.parametrize("flag", COLUMNS)
@pytest.mark.parametrize("approved", [False, True])
def test_an_opt_out_of_a_donors_duplicate_counts_before_and_after_its_approval(flag: str, approved: bool) -> None:
    duplicate = contact(2, emails=(OTHER_EMAIL,), phones=(PHONE,), days=300, **DONOR | {flag: False})
    assert statuses(duplicate, approved=approved)[flag] == "No"


def test_an_opt_out_of_a_donors_duplicate_counts_before_the_import_creates_the_winner() -> None:
    jane = submission(1, phone=PHONE, uga_email=UGA_EMAIL)
    stub = contact(2, emails=(UGA_EMAIL,), days=300, **SUBSCRIBED | {"email_subscribed": False})
    donor = contact(3, emails=(UGA_EMAIL,), days=300, **SUBSCRIBED | {"total_contributions": Decimal(25)})
    for contacts in ((stub, donor), (replace(stub, total_contributions=Decimal(5)), donor)):
        year = PureYear(CONFIG, clock=lambda: datetime(2025, 10, 1, 13, tzinfo=UTC))
        year.sync(Feed(AS_OF, {jane.submission_id: jane}, {item.contact_id: item for item in contacts}))
        (row,) = year.import_rows()
        assert (row.cells["Givebutter Contact ID"], row.cells["Email Subscription Status"]) == (None, "No")


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({}, False),  # subscribed
        ({"first_name": "Mary", "tags": ("Mentors 2023",), "email_subscribed": False}, False),  # another person's name
        ({"email_subscribed": False}, True),  # a person has decided to keep it
    ],
)
def test_other_contacts_opt_nobody_out(values: dict[str, Any], kept: bool) -> None:
    duplicate = contact(2, emails=(EMAIL,), phones=(PHONE,), days=300, **DONOR | values)
    assert statuses(duplicate, kept=kept) == {
        "email_subscribed": "Yes",
        "phone_subscribed": None,
        "address_subscribed": None,
    }
