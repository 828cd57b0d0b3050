"""Mentors who wait for a person: blocked, asked once, processed right after the answer, and nobody else moves."""

from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE
from mentorsync_pipeline.review.validation import DecisionInvalidError
from tests.support.house import SandboxEnvironment


def question(house: SandboxEnvironment, conflict_type: str, subject: str = "") -> dict[str, Any]:
    """The first open question of this type whose subject begins so, and both of whose options have a value."""
    return next(
        one
        for one in house.conflicts()
        if one["conflict_type"] == conflict_type
        and one["subject"].startswith(subject)
        and None not in (one["option_a"]["value"], one["option_b"]["value"])
    )


def others(house: SandboxEnvironment, *mn_ids: str) -> dict[str, Any]:
    """The results of everybody else."""
    tables = (t.winner_contacts, t.mentors, t.mentor_bases, t.mn_gb_import)
    rows = house.picture(*tables)
    return {name: [row for row in found if row["mn_id"] not in mn_ids] for name, found in rows.items()}


def test_a_blocked_mentor_waits_and_is_processed_right_after_the_answer(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = question(house, "contact_selection")
    mn_id = asked["mn_id"]
    assert house.mentor(mn_id)["sync_state"] == "blocked"
    assert house.mentor(mn_id)["gb_contact_id"] is None
    assert house.rows(t.mn_gb_import, t.mn_gb_import.c.mn_id == mn_id) == []
    before = others(house, mn_id)

    house.decide(asked["id"], "b")
    house.etl()

    mentor = house.mentor(mn_id)
    assert (mentor["sync_state"], mentor["gb_contact_id"]) == ("matched", asked["option_b"]["value"])
    assert house.import_row(mn_id)["Givebutter Contact ID"] == str(asked["option_b"]["value"])
    assert mentor["provenance"]["gb_contact_id"]["rule"] == "human"
    assert others(house, mn_id) == before, "nobody else changes"
    assert [one["id"] for one in house.conflicts(status="decided")] == [asked["id"]]


def test_a_decision_outlives_imports_and_is_never_asked_again(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = question(house, "contact_selection")
    house.decide(asked["id"], "a")
    house.etl()
    house.import_file(house.file())
    house.sync()
    house.sync()
    assert house.mentor(asked["mn_id"])["gb_contact_id"] == asked["option_a"]["value"]
    assert asked["id"] not in {one["id"] for one in house.conflicts()}


def test_undone_the_next_run_asks_again_and_the_mentor_keeps_the_row(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = question(house, "contact_selection")
    house.decide(asked["id"], "a")
    house.etl()
    linked = house.mentor(asked["mn_id"])
    house.undo(asked["id"])
    house.etl()
    assert asked["id"] in {one["id"] for one in house.conflicts()}
    blocked = house.mentor(asked["mn_id"])
    assert blocked["sync_state"] == "blocked"
    assert {**blocked, "sync_state": "matched", "sync_log_id": 0} == {**linked, "sync_log_id": 0}
    assert house.rows(t.mn_gb_import, t.mn_gb_import.c.mn_id == asked["mn_id"]) == []


def test_a_new_contact_may_be_chosen_where_two_rivals_are_asked_about(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = next(one for one in house.conflicts() if isinstance(one["option_b"]["value"], int))
    house.decide(asked["id"], "custom", NEW_CONTACT)
    house.etl()
    assert house.mentor(asked["mn_id"])["sync_state"] == "new"
    assert house.import_row(asked["mn_id"])["Givebutter Contact ID"] is None


def test_a_contact_that_nobody_proposed_may_be_chosen(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = question(house, "contact_selection")
    unheard = house.sandbox.contacts.create(first_name="Somebody", last_name="Otherwise", emails=["any@mail.example"])
    house.sync()
    house.decide(asked["id"], "custom", str(unheard.id))
    for _ in range(2):
        house.etl()
        assert house.mentor(asked["mn_id"])["gb_contact_id"] == unheard.id


def test_another_mentors_contact_cannot_be_chosen(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = question(house, "contact_selection")
    taken = next(
        one
        for one in house.sandbox.contacts.all()
        if one.external_id and house.rows(t.mentors, t.mentors.c.mn_id == one.external_id)
    )
    with pytest.raises(DecisionInvalidError, match="another mentor"):
        house.decide(asked["id"], "custom", taken.id)


def test_while_an_id_is_held_only_its_holder_can_be_chosen(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = question(house, "external_id_collision", "holder:")
    holder = int(asked["subject"].partition(":")[2])
    assert (asked["option_a"]["value"], asked["option_b"]["value"]) == (RELEASE, LEAVE_UNLINKED)
    with pytest.raises(DecisionInvalidError, match="Release it first"):
        house.decide(asked["id"], "custom", NEW_CONTACT)
    with pytest.raises(DecisionInvalidError, match="Release it first"):
        house.decide(asked["id"], "custom", holder + 1)
    house.decide(asked["id"], "custom", holder)
    house.etl()
    assert house.mentor(asked["mn_id"])["gb_contact_id"] == holder


def test_a_mentor_left_unlinked_stays_blocked_without_being_asked_again(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = question(house, "external_id_collision", "contested:")
    house.decide(asked["id"], "custom", LEAVE_UNLINKED)
    house.etl()
    house.etl()
    assert house.mentor(asked["mn_id"])["sync_state"] == "blocked"
    assert [one["id"] for one in house.conflicts(status="decided")] == [asked["id"]]


def test_an_mn_id_given_twice_takes_one_of_the_two_and_no_other_answer(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = question(house, "external_id_collision", "signups:")
    with pytest.raises(DecisionInvalidError):
        house.decide(asked["id"], "custom", "17000001")
    house.decide(asked["id"], "a")
    house.etl()
    assert house.mentor(asked["mn_id"])["submission_id"] == asked["option_a"]["value"]
    errors = house.rows(t.sync_errors, t.sync_errors.c.error_code == "MN_ID_TAKEN")
    assert [one["subject"] for one in errors] == [asked["option_b"]["value"]]


def test_two_people_with_one_phone_are_kept_until_a_person_joins_them(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = question(house, "shared_phone")
    older, newer = asked["context"]["mn_ids"]
    assert {older, newer} <= {row["mn_id"] for row in house.rows(t.mentors)}
    house.decide(asked["id"], "b")
    house.etl()
    (signup,) = house.rows(t.deduplicated_signups, t.deduplicated_signups.c.mn_id == newer)
    assert older in signup["superseded_mn_ids"]
    assert older not in {row["mn_id"] for row in house.rows(t.mentors)}


def test_a_second_page_may_be_chosen_by_its_id(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked = question(house, "fundraising_mismatch", "campaign_member")
    with pytest.raises(DecisionInvalidError):
        house.decide(asked["id"], "custom", 1)
    house.decide(asked["id"], "custom", str(asked["option_b"]["value"]))
    house.etl()
    assert house.mentor(asked["mn_id"])["gb_member_id"] == asked["option_b"]["value"]
    house.sandbox.dashboard.edit_member(asked["option_a"]["value"], raised=500.0)
    house.sync()
    assert house.mentor(asked["mn_id"])["gb_member_id"] == asked["option_b"]["value"], "money coming in asks nobody"


def test_answers_to_several_questions_hold_together(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    answered = [one for one in house.conflicts() if one["recommended_option"] is not None]
    for one in answered:
        house.decide(one["id"], one["recommended_option"])
    house.etl()
    once = house.picture(t.winner_contacts, t.mentors, t.mn_gb_import)
    house.etl()
    assert house.picture(t.winner_contacts, t.mentors, t.mn_gb_import) == once
    decided = {one["id"] for one in house.conflicts(status="decided")}
    assert {one["id"] for one in answered} <= decided
