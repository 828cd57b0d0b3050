"""Rulebook sections 9 and 10: which contacts hand something on to the winner, and what."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mentorsync_pipeline.rules.carry_over import losers
from mentorsync_pipeline.rules.records import Candidate, Winner
from tests.rules.loop import SHIRT, START, Loop, contact, phone, signup

WINNER = Winner(submission_id="1", mn_id="MN0001", contact_id=10, decision="clear_winner", reason="")


def _candidate(contact_id: int, **values: Any) -> Candidate:
    about_contact = {name: values.pop(name) for name in ("external_id", "total_contributions") if name in values}
    given: dict[str, Any] = {
        "viability": "viable",
        "viability_reason": "",
        "name_agreement": "agree",
        "is_mass_email": False,
        "campaign_member": False,
        "score": Decimal(0),
        "score_parts": {},
    } | values
    return Candidate(
        submission_id="1",
        mn_id="MN0001",
        contact=contact(contact_id, **about_contact),
        matched_on=("phone",),
        **given,
    )


def _ids(*candidates: Candidate, winner: Winner = WINNER, **given: Any) -> list[int]:
    known = {"winner_ids": {10, 90}, "other_external_ids": {"MN0002"}} | given
    return [one.contact_id for one in losers(candidates, winner, **known)]


@pytest.mark.parametrize(
    ("values", "is_loser"),
    [
        ({}, True),
        ({"name_agreement": "unclear"}, True),
        ({"viability": "doubtful", "is_mass_email": True}, True),
        ({"viability": "doubtful"}, False),
        ({"viability": "refused", "is_mass_email": True}, False),
        ({"name_agreement": "differ"}, False),
        ({"total_contributions": Decimal("5.00")}, False),
        ({"external_id": "MN0002"}, False),
        ({"external_id": "MN0001"}, True),
    ],
)
def test_who_hands_something_on(values: dict[str, Any], is_loser: bool) -> None:
    assert _ids(_candidate(20, **values)) == ([20] if is_loser else [])


def test_neither_the_winner_nor_anothers_winner_is_a_loser() -> None:
    assert _ids(_candidate(10), _candidate(90), _candidate(30), _candidate(20)) == [20, 30]


def test_nothing_is_handed_on_while_the_mentor_is_blocked() -> None:
    blocked = Winner(submission_id="1", mn_id="MN0001", contact_id=None, decision="blocked", reason="")
    assert _ids(_candidate(20), winner=blocked) == []


def test_a_donor_hands_on_after_an_approval() -> None:
    assert _ids(_candidate(20, total_contributions=Decimal(5)), approved={20}) == [20]


def test_an_older_export_forgets_nothing_that_was_removed() -> None:
    loop = Loop.of_one(signup(), contact(tags=("Alumni",)), contact(20, tags=("Alumni",), custom_fields={SHIRT: "M"}))
    loop.sync()
    past, before = loop.as_of, loop.bases
    loop.as_of = START - timedelta(days=30)
    loop.edit(10, tags=())
    loop.sync()
    assert loop.bases["MN0001"]["tags"] == before["MN0001"]["tags"]
    loop.as_of = past
    loop.sync()
    assert loop.mentor().tags == ("Mentors 2025",)
    assert loop.mentor().phone == phone(1)
