"""Rulebook section 10: plan states, order of transfer and archive, the guard, the mass-email clean-up."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mentorsync_pipeline.archiving.rules.archive_guard import PlanHistory, evaluate_guard
from mentorsync_pipeline.archiving.rules.duplicates_plan import (
    PlanContext,
    plan_fingerprint,
    plan_losers,
    plan_releases,
)
from mentorsync_pipeline.archiving.rules.mass_email_plan import plan_stubs
from mentorsync_pipeline.archiving.rules.plan_records import PastAction, PlanRow, Release
from mentorsync_pipeline.domain.config import Thresholds
from mentorsync_pipeline.domain.records import Approval, Contact, Member
from mentorsync_pipeline.matching.rules.scoring import CampaignMembers
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver
from mentorsync_pipeline.mentors.rules.losers import Loser, Protected
from tests.mentors.test_losers import HERS, JANE, WINNER_ID, judged
from tests.support.matching import AS_OF, CONFIG, DROPPED, EMAIL, OTHER_EMAIL, PHONE, UGA_EMAIL, contact

WINNER = contact(WINNER_ID, **HERS, external_id="MN0001")
LOSER = contact(2, emails=(EMAIL, OTHER_EMAIL), tags=("Alumni",))
DONOR = replace(LOSER, total_contributions=Decimal(5))


def past_action(status: Any, *, is_loaded: bool = True) -> PastAction:
    """An action after the first approval."""
    return PastAction(status=status, at=AS_OF, is_loaded=is_loaded, last_approval_id=1)


def plan(
    loser: Contact = LOSER,
    *,
    winner: Contact = WINNER,
    carried: CarryOver | None = None,
    approval: int | None = None,
    past: PastAction | None = None,
    **protected: Any,
) -> PlanRow:
    """Plan one loser of Jane's; `approval` is the id of its approval."""
    (judged_loser,) = judged(winner, loser, **protected).values()
    context = _context(winner, judged_loser, carried, approval, past)
    (row,) = plan_losers([judged_loser], context)
    return row


def _context(
    winner: Contact, loser: Loser, carried: CarryOver | None, approval: int | None, past: PastAction | None
) -> PlanContext:
    contact_id = loser.contact.contact_id
    key = contact_id, loser.input_fingerprint
    approvals = {} if approval is None else {key: Approval(id=approval, by="Ann", at=AS_OF)}
    return PlanContext(
        winners={winner.contact_id: winner},
        carried={JANE.submission_id: carried or CarryOver()},
        external_ids={JANE.submission_id: "MN0001"},
        approvals=approvals,
        past={contact_id: past} if past else {},
        dropped_tags=(DROPPED,),
    )


def state(row: PlanRow) -> tuple[str, str]:
    return row.plan_state, row.reason_code


def test_a_loser_is_planned_when_all_its_values_are_on_the_winner() -> None:
    row = plan(winner=replace(WINNER, emails=(EMAIL, OTHER_EMAIL), tags=("Alumni",)))
    assert (state(row), row.archives) == (("planned", "duplicate"), True)
    assert row.carried_over == {"on_winner": {"emails": [EMAIL, OTHER_EMAIL], "tags": ["Alumni"]}}


def test_a_loser_is_kept_while_a_value_is_not_confirmed() -> None:
    row = plan(carried=CarryOver(emails=(OTHER_EMAIL,), tags=("Alumni", "of another loser")))
    assert state(row) == ("kept", "not_confirmed")
    assert row.carried_over["waiting"] == {"emails": [OTHER_EMAIL], "tags": ["Alumni"]}
    assert EMAIL not in row.reason


def test_a_loser_is_kept_while_another_spelling_of_its_value_is_not_confirmed() -> None:
    row = plan(replace(LOSER, emails=(EMAIL, "robin.lee@gmail.com")), carried=CarryOver(emails=("robinlee@gmail.com",)))
    assert state(row) == ("kept", "not_confirmed")


@pytest.mark.parametrize("kind", ["email", "phone", "address"])
def test_a_loser_is_kept_until_its_opt_out_is_on_the_winner(kind: str) -> None:
    loser = replace(LOSER, phones=(PHONE,), address_line_1="1 Elm St", city="Athens")
    arrived = replace(WINNER, emails=(EMAIL, OTHER_EMAIL), phones=(PHONE,), tags=("Alumni",))
    subscribed = replace(arrived, **{f"{kind}_subscribed": True})
    assert state(plan(loser, winner=subscribed)) == ("kept", "opt_out_not_confirmed")
    assert state(plan(loser, winner=arrived)) == ("planned", "duplicate")


def test_a_loser_is_kept_until_the_winner_has_the_external_id() -> None:
    assert state(plan(winner=replace(WINNER, external_id=None))) == ("kept", "winner_not_linked")


def test_fields_that_are_left_behind_are_listed() -> None:
    row = plan(replace(LOSER, notes="Likes tea", custom_fields={"Diet": "none"}, emails=(EMAIL,), tags=()))
    assert row.carried_over["left_behind"] == ["notes", "Diet"]


def test_a_donor_needs_approval() -> None:
    assert state(plan(DONOR)) == ("needs_approval", "donor")
    row = plan(DONOR, approval=1)
    assert (state(row), row.approved_by, row.has_donations) == (("planned", "duplicate"), "Ann", True)


def test_an_approved_donor_is_kept_until_its_values_are_confirmed() -> None:
    row = plan(DONOR, approval=1, carried=CarryOver(emails=(OTHER_EMAIL,)))
    assert (state(row), row.approved_by) == (("kept", "not_confirmed"), "Ann")


def test_an_approval_does_not_archive_another_mentors_winner() -> None:
    assert state(plan(approval=1, winner_ids={WINNER_ID, 2})) == ("kept", "winner_elsewhere")


def test_a_rejected_contact_is_kept_and_nothing_is_copied_from_it() -> None:
    seen = plan().input_fingerprint
    assert state(plan(rejected={2: seen})) == ("kept", "rejected")
    (loser,) = judged(WINNER, LOSER, rejected={2: seen}).values()
    assert not loser.may_transfer_data({})


def test_a_contact_that_changed_since_a_rejection_needs_approval() -> None:
    assert state(plan(rejected={2: "as it was"})) == ("needs_approval", "rejected_before")
    assert state(plan(rejected={2: "as it was"}, approval=1)) == ("planned", "duplicate")


@pytest.mark.parametrize(
    ("values", "code"), [({"tags": (DROPPED,)}, "dropped_tag"), ({"phones": ("+442079460958",)}, "foreign_phone")]
)
def test_data_that_the_import_cannot_carry_needs_approval(values: dict[str, Any], code: str) -> None:
    assert state(plan(replace(LOSER, **values))) == ("needs_approval", code)


def test_a_holder_without_other_values_is_archived_and_cleared() -> None:
    row = plan(replace(LOSER, external_id="MN0001"), winner=replace(WINNER, external_id=None))
    assert (state(row), row.action, row.clears_external_id) == (("planned", "duplicate"), "archive", "MN0001")


def test_a_holder_with_unconfirmed_values_only_releases_the_external_id() -> None:
    """Otherwise the linter would keep out the winner's row, which carries those values."""
    holder, unlinked = replace(LOSER, external_id="MN0001"), replace(WINNER, external_id=None)
    waiting = CarryOver(emails=(OTHER_EMAIL,))
    row = plan(holder, winner=unlinked, carried=waiting)
    assert (state(row), row.action, row.archives) == (("planned", "release"), "release", False)
    released = past_action("cleared", is_loaded=False)
    assert state(plan(holder, winner=unlinked, carried=waiting, past=released)) == ("kept", "released")


@pytest.mark.parametrize(
    ("past", "approval", "expected"),
    [
        (past_action("archived", is_loaded=False), None, ("kept", "archived")),
        (past_action("archived", is_loaded=False), 2, ("kept", "archived")),
        (past_action("archived"), None, ("kept", "restored")),
        (past_action("restored"), None, ("kept", "restored")),
        (past_action("restored"), 1, ("kept", "restored")),
        (past_action("restored"), 2, ("planned", "duplicate")),
        (past_action("cleared"), None, ("planned", "duplicate")),
        (past_action("archiving", is_loaded=False), None, ("planned", "duplicate")),
        (past_action("archiving"), None, ("kept", "restored")),
        (past_action("archiving"), 1, ("kept", "restored")),
        (past_action("archiving"), 2, ("planned", "duplicate")),
    ],
)
@pytest.mark.parametrize("at", [AS_OF - timedelta(days=400), AS_OF, AS_OF + timedelta(days=400)])
def test_past_actions_decide_about_a_contact(
    past: PastAction, approval: int | None, expected: tuple[str, str], at: datetime
) -> None:
    """Whatever the clock of the process that archived it said."""
    assert state(plan(past=replace(past, at=at), approval=approval)) == expected


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (None, ("planned", "release")),
        (past_action("cleared", is_loaded=False), ("kept", "released")),
        (past_action("cleared"), ("planned", "release")),
        (past_action("restored"), ("kept", "restored")),
    ],
)
def test_a_decided_release_is_planned_once(past: PastAction | None, expected: tuple[str, str]) -> None:
    (loser,) = judged(WINNER, LOSER).values()
    known = _context(WINNER, loser, None, None, past)
    (row,) = plan_releases({2: Release(external_id="MN0001", mn_id="MN0001", has_donations=True)}, known)
    assert (state(row), row.action, row.clears_external_id, row.archives) == (expected, "release", "MN0001", False)


def test_the_plans_fingerprint_ignores_kept_rows() -> None:
    rows = [plan(), plan(DONOR)]
    assert plan_fingerprint(rows) == plan_fingerprint(rows[::-1])
    assert plan_fingerprint(rows) != plan_fingerprint(rows[:1])
    kept = replace(rows[0], contact_id=9, plan_state="kept")
    assert plan_fingerprint([*rows, kept]) == plan_fingerprint(rows)


# The guard


def _rows(count: int, **values: Any) -> list[PlanRow]:
    row = plan()
    return [replace(row, contact_id=number, **values) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "active", "stops"),
    [
        *[(1, 20, False), (2, 20, True), (5, 100, False), (6, 100, True), (6, 101, True)],
        *[(500, 10_000, False), (501, 20_000, True)],
    ],
)
def test_the_guard_stops_a_too_large_share_or_number(count: int, active: int, stops: bool) -> None:
    assert evaluate_guard(_rows(count), active, Thresholds(), ()).stops is stops


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
def test_the_guard_stops_a_multiple_of_the_last_plans(count: int, sizes: list[int], stops: bool) -> None:
    history = PlanHistory(sizes=sizes)
    assert evaluate_guard(_rows(count), 40_000, Thresholds(), (), history).stops is stops


def test_the_first_plan_of_a_year_needs_one_approval() -> None:
    rows = _rows(501)
    first = evaluate_guard(rows, 600, Thresholds(), (), PlanHistory(is_first=True))
    assert (first.stops, first.reasons) == (True, ())
    yes = {(row.contact_id, row.input_fingerprint) for row in rows}
    assert not evaluate_guard(rows, 600, Thresholds(), yes, PlanHistory(is_first=True)).stops
    assert evaluate_guard(_rows(1), 600, Thresholds(), (), PlanHistory(is_first=True)).stops, "however small"
    assert not evaluate_guard([], 600, Thresholds(), (), PlanHistory(is_first=True)).stops, (
        "an empty plan needs no approval"
    )


def test_the_limits_of_the_guard_are_configured() -> None:
    strict = Thresholds(archive_max=2, archive_share=Decimal("0.01"), archive_share_from=10)
    found = evaluate_guard(_rows(3), 100, strict, ())
    assert (found.archiving, found.active, len(found.reasons)) == (3, 100, 2)
    assert len(evaluate_guard(_rows(3), 10, strict, ()).reasons) == 1, "the share does not count up to that number"


def test_a_plan_passes_when_each_contact_is_approved_in_its_present_state() -> None:
    rows = _rows(501)
    yes = {(row.contact_id, row.input_fingerprint) for row in rows}
    assert not evaluate_guard(rows, 600, Thresholds(), yes).stops
    assert not evaluate_guard(rows[:505], 600, Thresholds(), yes).stops, "the rest of the plan needs no second approval"
    assert evaluate_guard([*rows, replace(rows[0], contact_id=999)], 600, Thresholds(), yes).stops
    assert evaluate_guard([replace(rows[0], input_fingerprint="changed"), *rows[1:]], 600, Thresholds(), yes).stops


def test_releases_and_kept_contacts_do_not_count() -> None:
    assert evaluate_guard(_rows(501, action="release"), 600, Thresholds(), ()).archiving == 0
    assert evaluate_guard(_rows(501, plan_state="kept"), 600, Thresholds(), ()).archiving == 0


# The mass-email clean-up

STUB = contact(5, "", emails=("zz-stub@uga.edu",))


def stubs(*contacts: Contact, members: list[Member] | None = None, **known: Any) -> dict[int, tuple[str, str]]:
    usual: Mapping[str, Any] = {"candidate_ids": (), "protected": Protected(), "approvals": {}, "past": {}}
    rows = plan_stubs(contacts, CampaignMembers(members or []), known.pop("mentors_rows", {}), **(usual | known))
    return {row.contact_id: state(row) for row in rows}


def test_a_rejected_stub_is_kept_until_it_changes() -> None:
    (row,) = plan_stubs([STUB], CampaignMembers([]), {}, candidate_ids=(), protected=Protected(), approvals={}, past={})
    assert stubs(STUB, protected=Protected(rejected={5: row.input_fingerprint})) == {5: ("kept", "rejected")}
    assert stubs(STUB, protected=Protected(rejected={5: "before"})) == {5: ("needs_approval", "rejected_before")}


def test_all_stubs_of_the_account_are_planned_and_no_other_contact() -> None:
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
        ({"total_contributions": None}, {}, ("needs_approval", "donations_unknown")),
        ({"recurring_contributions": Decimal(25)}, {}, ("needs_approval", "donor")),
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
        ({}, {"past": {5: past_action("restored")}}, ("kept", "restored")),
        ({}, {"past": {5: past_action("archived", is_loaded=False)}}, ("kept", "archived")),
    ],
)
def test_stubs_that_are_kept_or_need_approval(
    values: dict[str, Any], known: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert stubs(replace(STUB, **values), **known) == {5: expected}


def test_the_mentors_plan_decides_about_a_mentors_stub() -> None:
    mine = contact(2, "", emails=(UGA_EMAIL,))
    row = plan(mine, carried=CarryOver(emails=(UGA_EMAIL,)))
    assert stubs(mine, mentors_rows={2: row}, candidate_ids={2}) == {2: ("kept", "not_confirmed")}
    assert stubs(mine, mentors_rows={2: plan(mine)}, candidate_ids={2}) == {2: ("planned", "mass_email")}


def test_the_configuration_has_the_defaults_of_the_guard() -> None:
    assert CONFIG.archive_nightly == "plan"
    assert (CONFIG.thresholds.archive_share, CONFIG.thresholds.archive_max) == (Decimal("0.05"), 500)
