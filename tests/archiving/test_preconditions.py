"""Rulebook section 10, *Apply*: what has changed in Givebutter since the contact data was taken."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mentorsync_pipeline.archiving.rules.preconditions import find_loser_changes, is_winner_incomplete
from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.gb_json import contact_json
from tests.support.feeds import read_contact

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
BEFORE: dict[str, Any] = {
    "first_name": "Jane",
    "last_name": "Smith",
    "emails": ["jane@mail.example"],
    "phones": ["+17065550101"],
    "tags": ["Newsletter"],
    "external_id": "MN0001",
}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({}, ()),
        ({"note": "called"}, ()),
        ({"first_name": "JANE", "tags": ["newsletter"], "emails": ["Jane@Mail.Example"]}, ()),
        ({"tags": ["Newsletter", "Donor"]}, ("tags",)),
        ({"last_name": "Jones"}, ("name",)),
        ({"total_contributions": 5.0}, ("donations",)),
        ({"recurring_contributions": 5.0}, ("recurring donations",)),
        ({"emails": ["other@mail.example"]}, ("emails",)),
        ({"phones": []}, ("phones",)),
        ({"external_id": "MN0002"}, ("External ID",)),
        ({"email_subscribed": False}, ("subscriptions",)),
        ({"phone_subscribed": False, "address_subscribed": False}, ("subscriptions",)),
    ],
)
def test_a_change_since_the_contact_data_is_named(change: dict[str, Any], named: tuple[str, ...]) -> None:
    store = ContactStore([], [], lambda: NOW)
    contact = store.create(**BEFORE)
    planned = read_contact(contact, store)
    store.change(contact, **change)
    assert (
        find_loser_changes(planned, contact_json(contact, store.custom_fields), begun_image=None, is_cleared=False)
        == named
    )


@pytest.mark.parametrize(("is_begun", "named"), [(True, ("last modified",)), (False, ())])
@pytest.mark.parametrize("is_cleared", [True, False])
@pytest.mark.parametrize("last_modified", [NOW, None])
def test_any_change_counts_after_an_interrupted_archive(
    last_modified: datetime | None, named: tuple[str, ...], *, is_begun: bool, is_cleared: bool
) -> None:
    """A contact that a person has restored has nothing else that differs, and an export may lack the time of change."""
    store = ContactStore([], [], lambda: NOW)
    contact = store.create(**BEFORE)
    planned = replace(read_contact(contact, store), last_modified=last_modified)
    record = contact_json(contact, store.custom_fields)
    image = record if is_begun else None
    assert find_loser_changes(planned, record, begun_image=image, is_cleared=is_cleared) == ()
    restored = {**record, "updated_at": "2025-10-01T12:00:01+00:00"}
    assert find_loser_changes(planned, restored, begun_image=image, is_cleared=is_cleared) == named


def test_a_change_that_newer_contact_data_shows_is_none() -> None:
    store = ContactStore([], [], lambda: NOW)
    contact = store.create(**BEFORE)
    image = contact_json(contact, store.custom_fields)
    later = {**image, "updated_at": "2025-10-02T12:00:00+00:00"}
    planned = replace(read_contact(contact, store), last_modified=NOW + timedelta(days=1))
    assert find_loser_changes(planned, later, begun_image=image, is_cleared=False) == ()


def test_a_tag_with_a_comma_that_an_export_has_divided_is_no_change() -> None:
    store = ContactStore([], [], lambda: NOW)
    contact = store.create(**BEFORE | {"tags": ["Doe, J"]})
    record = contact_json(contact, store.custom_fields)
    for known_tags in (("Doe, J",), ("Doe", "J")):
        planned = replace(read_contact(contact, store), tags=known_tags)
        assert find_loser_changes(planned, record, begun_image=None, is_cleared=False) == ()
        assert not is_winner_incomplete(record, None, {"tags": known_tags})
    assert is_winner_incomplete(record, None, {"tags": ("Doe", "K")})


@pytest.mark.parametrize(
    ("before", "now", "named"),
    [
        (None, None, ()),
        (None, 0, ()),
        (None, 5, ("donations",)),
        (0, None, ()),
        (5, None, ()),
        (0, 5, ("donations",)),
        (5, 5, ()),
    ],
)
def test_donations_that_the_plan_did_not_consider_are_a_change(
    before: int | None, now: int | None, named: tuple[str, ...]
) -> None:
    store = ContactStore([], [], lambda: NOW)
    contact = store.create(**BEFORE)
    stats = None if now is None else {"total_contributions": now}
    record = {**contact_json(contact, store.custom_fields), "stats": stats}
    planned = replace(read_contact(contact, store), total_contributions=None if before is None else Decimal(before))
    assert (
        find_loser_changes(planned, {**record, "last_donation_amount": None}, begun_image=None, is_cleared=False)
        == named
    )


def test_a_new_subscription_and_an_answer_without_subscriptions_are_no_change() -> None:
    store = ContactStore([], [], lambda: NOW)
    contact = store.create(**BEFORE, email_subscribed=False)
    planned = read_contact(contact, store)
    store.change(contact, email_subscribed=True)
    record = dict(contact_json(contact, store.custom_fields))
    assert find_loser_changes(planned, record, begun_image=None, is_cleared=False) == ()
    for name in ("is_email_subscribed", "is_phone_subscribed", "is_address_subscribed"):
        record.pop(name)
    assert find_loser_changes(planned, record, begun_image=None, is_cleared=False) == ()
