"""Rulebook section 10: what is planned, what needs a yes, what is kept; the safe order; the guard; the stubs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mentorsync_pipeline.archiving.rules.guard import PlanHistory, guard
from mentorsync_pipeline.archiving.rules.mass_email_plan import plan_stubs
from mentorsync_pipeline.archiving.rules.plan import PlanContext, plan_fingerprint, plan_losers, plan_releases
from mentorsync_pipeline.archiving.rules.records import Past, PlanRow, Release
from mentorsync_pipeline.domain.approvals import Approval
from mentorsync_pipeline.domain.config import Thresholds
from mentorsync_pipeline.domain.records import Contact, Member
from mentorsync_pipeline.matching.rules.scoring import CampaignMembers
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver
from mentorsync_pipeline.mentors.rules.losers import Loser, Protected
from tests.mentors.test_losers import HERS, JANE, WINNER_ID, judged
from tests.support.matching import AS_OF, CONFIG, DROPPED, EMAIL, OTHER_EMAIL, PHONE, UGA_EMAIL, contact

WINNER = contact(WINNER_ID, **HERS, external_id="MN0001")
LOSER = contact(2, emails=(EMAIL, OTHER_EMAIL), tags=("Alumni",))
DONOR = replace(LOSER, total_contributions=Decimal(5))
YESTERDAY, TOMORROW = AS_OF - timedelta(days=1), AS_OF + timedelta(days=1)


def plan(
    loser: Contact = LOSER,
    *,
    winner: Contact = WINNER,
    carried: CarryOver | None = None,
    approved_at: Any = None,
    past: Past | None = None,
    **protected: Any,
) -> PlanRow:
    """The plan of one loser of Jane's."""
    (one,) = judged(winner, loser, **protected).values()
    known = _knowledge(winner, one, carried, approved_at, past)
    (row,) = plan_losers([one], known)
    return row


def _knowledge(
    winner: Contact, loser: Loser, carried: CarryOver | None, approved_at: Any, past: Past | None
) -> PlanContext:
    contact_id = loser.contact.contact_id
    approval = {(contact_id, loser.input_fingerprint): Approval(by="Ann", at=approved_at)} if approved_at else {}
    return PlanContext(
        winners={winner.contact_id: winner},
        carried={JANE.submission_id: carried or CarryOver()},
        external_ids={JANE.submission_id: "MN0001"},
        approvals=approval,
        past={contact_id: past} if past else {},
        dropped_tag=DROPPED,
        as_of=AS_OF,
    )


def state(row: PlanRow) -> tuple[str, str]:
    return row.plan_state, row.reason_code


def test_a_loser_goes_when_all_that_it_hands_on_has_arrived() -> None:
    row = plan(winner=replace(WINNER, emails=(EMAIL, OTHER_EMAIL), tags=("Alumni",)))
    assert (state(row), row.archives) == (("planned", "duplicate"), True)
    assert row.carried_over == {"on_winner": {"emails": [EMAIL, OTHER_EMAIL], "tags": ["Alumni"]}}


def test_it_stays_while_something_has_yet_to_arrive() -> None:
    row = plan(carried=CarryOver(emails=(OTHER_EMAIL,), tags=("Alumni", "of another loser")))
    assert state(row) == ("kept", "not_confirmed")
    assert row.carried_over["waiting"] == {"emails": [OTHER_EMAIL], "tags": ["Alumni"]}
    assert EMAIL not in row.reason


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_it_stays_until_its_opt_out_is_on_the_kept_contact(kind: str) -> None:
    loser = replace(LOSER, phones=(PHONE,))
    arrived = replace(WINNER, emails=(EMAIL, OTHER_EMAIL), phones=(PHONE,), tags=("Alumni",))
    subscribed = replace(arrived, **{f"{kind}_subscribed": True})
    assert state(plan(loser, winner=subscribed)) == ("kept", "opt_out_not_confirmed")
    assert state(plan(loser, winner=arrived)) == ("planned", "duplicate")


def test_it_stays_until_the_import_has_linked_the_kept_contact() -> None:
    assert state(plan(winner=replace(WINNER, external_id=None))) == ("kept", "winner_not_linked")


def test_what_stays_behind_is_listed() -> None:
    row = plan(replace(LOSER, notes="Likes tea", custom_fields={"Diet": "none"}, emails=(EMAIL,), tags=()))
    assert row.carried_over["left_behind"] == ["notes", "Diet"]


def test_a_donor_waits_for_a_yes_and_goes_with_it() -> None:
    assert state(plan(DONOR)) == ("needs_approval", "donor")
    row = plan(DONOR, approved_at=AS_OF)
    assert (state(row), row.approved_by, row.has_donations) == (("planned", "duplicate"), "Ann", True)


def test_an_approved_donor_still_waits_for_what_it_hands_on() -> None:
    row = plan(DONOR, approved_at=AS_OF, carried=CarryOver(emails=(OTHER_EMAIL,)))
    assert (state(row), row.approved_by) == (("kept", "not_confirmed"), "Ann")


def test_no_yes_helps_a_contact_that_is_kept() -> None:
    assert state(plan(approved_at=AS_OF, winner_ids={WINNER_ID, 2})) == ("kept", "winner_elsewhere")


def test_a_no_keeps_a_contact_and_nothing_of_it_is_handed_on() -> None:
    seen = plan().input_fingerprint
    assert state(plan(rejected={2: seen})) == ("kept", "rejected")
    (loser,) = judged(WINNER, LOSER, rejected={2: seen}).values()
    assert not loser.hands_on({})


def test_a_contact_that_has_changed_since_a_no_asks_again() -> None:
    assert state(plan(rejected={2: "as it was"})) == ("needs_approval", "rejected_before")
    assert state(plan(rejected={2: "as it was"}, approved_at=AS_OF)) == ("planned", "duplicate")


@pytest.mark.parametrize(
    ("values", "code"), [({"tags": (DROPPED,)}, "dropped_tag"), ({"phones": ("+442079460958",)}, "foreign_phone")]
)
def test_what_the_import_cannot_carry_asks_a_person(values: dict[str, Any], code: str) -> None:
    assert state(plan(replace(LOSER, **values))) == ("needs_approval", code)


def test_the_external_id_is_taken_off_first_when_the_kept_contact_has_everything() -> None:
    row = plan(replace(LOSER, external_id="MN0001"), winner=replace(WINNER, external_id=None))
    assert (state(row), row.action, row.clears_external_id) == (("planned", "duplicate"), "archive", "MN0001")


def test_a_holder_that_has_more_to_hand_on_gives_up_the_external_id_alone() -> None:
    """Else neither goes: the linter keeps the winner's row back while another contact holds its External ID."""
    holder, unlinked = replace(LOSER, external_id="MN0001"), replace(WINNER, external_id=None)
    waiting = CarryOver(emails=(OTHER_EMAIL,))
    row = plan(holder, winner=unlinked, carried=waiting)
    assert (state(row), row.action, row.archives) == (("planned", "release"), "release", False)
    released = Past(status="cleared", at=TOMORROW)
    assert state(plan(holder, winner=unlinked, carried=waiting, past=released)) == ("kept", "released")


@pytest.mark.parametrize(
    ("past", "approved_at", "expected"),
    [
        (Past(status="archived", at=AS_OF), None, ("kept", "archived")),
        (Past(status="archived", at=TOMORROW), TOMORROW, ("kept", "archived")),
        (Past(status="archived", at=YESTERDAY), None, ("kept", "restored")),
        (Past(status="restored", at=YESTERDAY), None, ("kept", "restored")),
        (Past(status="restored", at=YESTERDAY), YESTERDAY - timedelta(days=1), ("kept", "restored")),
        (Past(status="restored", at=YESTERDAY), AS_OF, ("planned", "duplicate")),
        (Past(status="cleared", at=YESTERDAY), None, ("planned", "duplicate")),
    ],
)
def test_what_was_archived_or_brought_back(past: Past, approved_at: Any, expected: tuple[str, str]) -> None:
    assert state(plan(past=past, approved_at=approved_at)) == expected


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (None, ("planned", "release")),
        (Past(status="cleared", at=TOMORROW), ("kept", "released")),
        (Past(status="cleared", at=YESTERDAY), ("planned", "release")),
        (Past(status="restored", at=YESTERDAY), ("kept", "restored")),
    ],
)
def test_a_release_that_a_person_decided(past: Past | None, expected: tuple[str, str]) -> None:
    (loser,) = judged(WINNER, LOSER).values()
    known = _knowledge(WINNER, loser, None, None, past)
    (row,) = plan_releases({2: Release(external_id="MN0001", mn_id="MN0001", has_donations=True)}, known)
    assert (state(row), row.action, row.clears_external_id, row.archives) == (expected, "release", "MN0001", False)


def test_the_plans_fingerprint_is_that_of_what_it_does_and_asks() -> None:
    rows = [plan(), plan(DONOR)]
    assert plan_fingerprint(rows) == plan_fingerprint(rows[::-1])
    assert plan_fingerprint(rows) != plan_fingerprint(rows[:1])
    kept = replace(rows[0], contact_id=9, plan_state="kept")
    assert plan_fingerprint([*rows, kept]) == plan_fingerprint(rows)


# The guard


def _rows(count: int, **values: Any) -> list[PlanRow]:
    return [replace(plan(), contact_id=number, **values) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "active", "stops"),
    [(20, 100, False), (100, 100, False), (5, 101, False), (6, 101, True), (500, 10_000, False), (501, 20_000, True)],
)
def test_too_large_a_share_or_too_many_stops(count: int, active: int, stops: bool) -> None:
    assert guard(_rows(count), active, Thresholds(), ()).stops is stops


@pytest.mark.parametrize(
    ("count", "sizes", "stops"),
    [
        (31, [10] * 10, True),
        (30, [10] * 10, False),
        (31, [10] * 9, False),
        (31, [10] * 9 + [0], False),
        (31, [1, 100] * 5, False),
        (40, [10] * 10 + [500] * 20, True),
    ],
    ids=["more", "three times", "too few plans", "an empty plan is none", "the median counts", "the last ten count"],
)
def test_far_more_than_the_years_last_plans_stops(count: int, sizes: list[int], stops: bool) -> None:
    history = PlanHistory(sizes=sizes)
    assert guard(_rows(count), 40_000, Thresholds(), (), history).stops is stops


def test_the_first_plan_of_a_year_is_no_alarm_and_needs_one_yes() -> None:
    rows = _rows(501)
    first = guard(rows, 600, Thresholds(), (), PlanHistory(is_first=True))
    assert (first.stops, first.reasons) == (True, ())
    yes = {(row.contact_id, row.input_fingerprint) for row in rows}
    assert not guard(rows, 600, Thresholds(), yes, PlanHistory(is_first=True)).stops
    assert guard(_rows(1), 600, Thresholds(), (), PlanHistory(is_first=True)).stops, "however small"
    assert not guard([], 600, Thresholds(), (), PlanHistory(is_first=True)).stops, "an empty plan asks nothing"


def test_the_guards_numbers_are_the_years_own() -> None:
    strict = Thresholds(archive_max=2, archive_share=Decimal("0.01"), archive_share_from=10)
    found = guard(_rows(3), 100, strict, ())
    assert (found.archiving, found.active, len(found.reasons)) == (3, 100, 2)


def test_a_plan_passes_with_a_yes_to_each_of_its_contacts_as_it_is() -> None:
    rows = _rows(501)
    yes = {(row.contact_id, row.input_fingerprint) for row in rows}
    assert not guard(rows, 600, Thresholds(), yes).stops
    assert not guard(rows[:505], 600, Thresholds(), yes).stops, "what is left of it needs no second yes"
    assert guard([*rows, replace(rows[0], contact_id=999)], 600, Thresholds(), yes).stops
    assert guard([replace(rows[0], input_fingerprint="changed"), *rows[1:]], 600, Thresholds(), yes).stops


def test_releases_and_kept_ones_do_not_count() -> None:
    assert guard(_rows(501, action="release"), 600, Thresholds(), ()).archiving == 0
    assert guard(_rows(501, plan_state="kept"), 600, Thresholds(), ()).archiving == 0


# The mass-email clean-up

STUB = contact(5, "", emails=("zz-stub@uga.edu",))


def stubs(*contacts: Contact, members: list[Member] | None = None, **known: Any) -> dict[int, tuple[str, str]]:
    usual: Mapping[str, Any] = {"candidate_ids": (), "protected": Protected(), "approvals": {}, "past": {}}
    rows = plan_stubs(
        contacts, CampaignMembers(members or []), known.pop("mentors_rows", {}), **(usual | known), as_of=AS_OF
    )
    return {row.contact_id: state(row) for row in rows}


def test_a_stub_that_a_person_said_no_to_stays_and_asks_again_once_it_has_changed() -> None:
    (row,) = plan_stubs(
        [STUB], CampaignMembers([]), {}, candidate_ids=(), protected=Protected(), approvals={}, past={}, as_of=AS_OF
    )
    assert stubs(STUB, protected=Protected(rejected={5: row.input_fingerprint})) == {5: ("kept", "rejected")}
    assert stubs(STUB, protected=Protected(rejected={5: "before"})) == {5: ("needs_approval", "rejected_before")}


def test_every_stub_of_the_account_goes_and_nobody_else() -> None:
    others = (
        contact(6, emails=("zz-a@uga.edu",), phones=(PHONE,)),
        contact(7, emails=("zz-b@uga.edu", EMAIL)),
        contact(8, emails=("zz-c@uga.edu",), address_line_1="1 Main St"),
        contact(9, emails=(EMAIL,)),
        contact(10, emails=("zz-d@uga.edu",)),
    )
    member = Member(member_id=1, email="zz-d@uga.edu")
    assert stubs(STUB, *others, members=[member]) == {5: ("planned", "mass_email")}


@pytest.mark.parametrize(
    ("values", "known", "expected"),
    [
        ({"total_contributions": Decimal(1)}, {}, ("needs_approval", "donor")),
        ({"external_id": "MN7777"}, {}, ("needs_approval", "holds_external_id")),
        (
            {"external_id": "MN0001"},
            {"protected": Protected(external_ids=frozenset({"MN0001"}))},
            ("kept", "other_mentors_id"),
        ),
        ({}, {"protected": Protected(winner_ids=frozenset({5}))}, ("kept", "winner_elsewhere")),
        ({}, {"protected": Protected(blocked_contact_ids=frozenset({5}))}, ("kept", "blocked_mentor")),
        ({}, {"protected": Protected(declined_contact_ids=frozenset({5}))}, ("needs_approval", "declined")),
        ({}, {"candidate_ids": {5}}, ("kept", "mentors_candidate")),
        ({}, {"past": {5: Past(status="restored", at=YESTERDAY)}}, ("kept", "restored")),
        ({}, {"past": {5: Past(status="archived", at=AS_OF)}}, ("kept", "archived")),
    ],
)
def test_a_stub_that_stays_or_asks(values: dict[str, Any], known: dict[str, Any], expected: tuple[str, str]) -> None:
    assert stubs(replace(STUB, **values), **known) == {5: expected}


def test_a_mentors_stub_goes_when_the_mentors_plan_lets_it_go() -> None:
    mine = contact(2, "", emails=(UGA_EMAIL,))
    row = plan(mine, carried=CarryOver(emails=(UGA_EMAIL,)))
    assert stubs(mine, mentors_rows={2: row}, candidate_ids={2}) == {2: ("kept", "not_confirmed")}
    assert stubs(mine, mentors_rows={2: plan(mine)}, candidate_ids={2}) == {2: ("planned", "mass_email")}


def test_the_years_configuration_has_the_guards_and_the_nightly_setting() -> None:
    assert CONFIG.archive_nightly == "plan"
    assert (CONFIG.thresholds.archive_share, CONFIG.thresholds.archive_max) == (Decimal("0.05"), 500)
