"""Mentors who wait for a person: blocked, asked once, processed right after the answer, and nobody else moves."""

from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE
from mentorsync_pipeline.review.validation import DecisionInvalidError
from tests.support.environment import SandboxEnvironment


def question(env: SandboxEnvironment, conflict_type: str, subject: str = "") -> dict[str, Any]:
    """The first open question of this type whose subject begins so; of contacts, one with two to choose from."""
    return next(
        one
        for one in env.conflicts()
        if one["conflict_type"] == conflict_type
        and one["subject"].startswith(subject)
        and (conflict_type != "contact_selection" or one["option_b"]["value"] != NEW_CONTACT)
    )


def add_second_page(env: SandboxEnvironment) -> None:
    """A mentor who has a page makes another one."""
    row = next(row for row in env.rows(t.mentors) if row["gb_member_id"] and row["sync_state"] == "matched")
    members = next(found for found in env.world.members.values() if row["gb_member_id"] in {one.id for one in found})
    page = next(one for one in members if one.id == row["gb_member_id"])
    members.append(replace(page, id=page.id + 1_000_000, raised=page.raised + 15.0))
    env.fetch()
    env.etl()


def others(env: SandboxEnvironment, *mn_ids: str) -> dict[str, Any]:
    """The results of everybody else."""
    tables = (t.winner_contacts, t.mentors, t.mentor_bases, t.mn_gb_import)
    rows = env.results(*tables)
    return {name: [row for row in found if row["mn_id"] not in mn_ids] for name, found in rows.items()}


def test_a_blocked_mentor_waits_and_is_processed_right_after_the_answer(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked = question(env, "contact_selection")
    mn_id = asked["mn_id"]
    assert env.mentor(mn_id)["sync_state"] == "blocked"
    assert env.mentor(mn_id)["gb_contact_id"] is None
    assert env.rows(t.mn_gb_import, t.mn_gb_import.c.mn_id == mn_id) == []
    before = others(env, mn_id)

    env.decide(asked["id"], "b")
    env.etl()

    mentor = env.mentor(mn_id)
    assert (mentor["sync_state"], mentor["gb_contact_id"]) == ("matched", asked["option_b"]["value"])
    assert env.import_row(mn_id)["Givebutter Contact ID"] == str(asked["option_b"]["value"])
    assert mentor["provenance"]["gb_contact_id"]["rule"] == "human"
    assert others(env, mn_id) == before, "nobody else changes"
    assert [one["id"] for one in env.conflicts(status="decided")] == [asked["id"]]


def test_a_decision_outlives_imports_and_is_never_asked_again(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked = question(env, "contact_selection")
    env.decide(asked["id"], "a")
    env.etl()
    env.import_file(env.new_file())
    env.upload_and_recalculate()
    env.upload_and_recalculate()
    assert env.mentor(asked["mn_id"])["gb_contact_id"] == asked["option_a"]["value"]
    assert asked["id"] not in {one["id"] for one in env.conflicts()}


def test_undone_the_next_run_asks_again_and_the_mentor_keeps_the_row(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked = question(env, "contact_selection")
    env.decide(asked["id"], "a")
    env.etl()
    linked = env.mentor(asked["mn_id"])
    env.undo(asked["id"])
    env.etl()
    assert asked["id"] in {one["id"] for one in env.conflicts()}
    blocked = env.mentor(asked["mn_id"])
    assert blocked["sync_state"] == "blocked"
    assert {**blocked, "sync_state": "matched", "sync_log_id": 0} == {**linked, "sync_log_id": 0}
    assert env.rows(t.mn_gb_import, t.mn_gb_import.c.mn_id == asked["mn_id"]) == []


def test_a_new_contact_may_be_chosen_where_two_rivals_are_asked_about(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked = next(one for one in env.conflicts() if isinstance(one["option_b"]["value"], int))
    env.decide(asked["id"], "custom", NEW_CONTACT)
    env.etl()
    assert env.mentor(asked["mn_id"])["sync_state"] == "new"
    assert env.import_row(asked["mn_id"])["Givebutter Contact ID"] is None


def test_a_contact_that_nobody_proposed_may_be_chosen(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked = question(env, "contact_selection")
    unheard = env.sandbox.contacts.create(first_name="Somebody", last_name="Otherwise", emails=["any@mail.example"])
    env.upload_and_recalculate()
    env.decide(asked["id"], "custom", str(unheard.id))
    for _ in range(2):
        env.etl()
        assert env.mentor(asked["mn_id"])["gb_contact_id"] == unheard.id


def test_another_mentors_contact_cannot_be_chosen(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked = question(env, "contact_selection")
    taken = next(
        one
        for one in env.sandbox.contacts.all()
        if one.external_id and env.rows(t.mentors, t.mentors.c.mn_id == one.external_id)
    )
    with pytest.raises(DecisionInvalidError, match="another mentor"):
        env.decide(asked["id"], "custom", taken.id)


def test_while_an_id_is_held_only_its_holder_can_be_chosen(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked = question(env, "external_id_collision", "holder:")
    holder = int(asked["subject"].partition(":")[2])
    assert (asked["option_a"]["value"], asked["option_b"]["value"]) == (RELEASE, LEAVE_UNLINKED)
    with pytest.raises(DecisionInvalidError, match="Release it first"):
        env.decide(asked["id"], "custom", NEW_CONTACT)
    with pytest.raises(DecisionInvalidError, match="Release it first"):
        env.decide(asked["id"], "custom", holder + 1)
    env.decide(asked["id"], "custom", holder)
    env.etl()
    assert env.mentor(asked["mn_id"])["gb_contact_id"] == holder


def test_a_mentor_left_unlinked_stays_blocked_without_being_asked_again(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked = question(env, "external_id_collision", "contested:")
    env.decide(asked["id"], "custom", LEAVE_UNLINKED)
    env.etl()
    env.etl()
    assert env.mentor(asked["mn_id"])["sync_state"] == "blocked"
    assert [one["id"] for one in env.conflicts(status="decided")] == [asked["id"]]


def test_an_mn_id_given_twice_takes_one_of_the_two_and_no_other_answer(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked = question(env, "external_id_collision", "signups:")
    with pytest.raises(DecisionInvalidError):
        env.decide(asked["id"], "custom", "17000001")
    env.decide(asked["id"], "a")
    env.etl()
    assert env.mentor(asked["mn_id"])["submission_id"] == asked["option_a"]["value"]
    errors = env.rows(t.sync_errors, t.sync_errors.c.error_code == "MN_ID_TAKEN")
    assert [one["subject"] for one in errors] == [asked["option_b"]["value"]]


def test_two_people_with_one_phone_are_kept_until_a_person_joins_them(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked = question(env, "shared_phone")
    older, newer = asked["context"]["mn_ids"]
    assert {older, newer} <= {row["mn_id"] for row in env.rows(t.mentors)}
    env.decide(asked["id"], "b")
    env.etl()
    (signup,) = env.rows(t.deduplicated_signups, t.deduplicated_signups.c.mn_id == newer)
    assert older in signup["superseded_mn_ids"]
    assert older not in {row["mn_id"] for row in env.rows(t.mentors)}


def test_a_second_page_may_be_chosen_by_its_id(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    add_second_page(env)
    asked = question(env, "fundraising_mismatch", "campaign_member")
    with pytest.raises(DecisionInvalidError):
        env.decide(asked["id"], "custom", 1)
    env.decide(asked["id"], "custom", str(asked["option_b"]["value"]))
    env.etl()
    assert env.mentor(asked["mn_id"])["gb_member_id"] == asked["option_b"]["value"]
    env.sandbox.dashboard.edit_member(asked["option_a"]["value"], raised=500.0)
    env.upload_and_recalculate()
    assert env.mentor(asked["mn_id"])["gb_member_id"] == asked["option_b"]["value"], "money coming in asks nobody"


def test_answers_to_several_questions_hold_together(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    answered = [one for one in env.conflicts() if one["recommended_option"] is not None]
    for one in answered:
        env.decide(one["id"], one["recommended_option"])
    env.etl()
    once = env.results(t.winner_contacts, t.mentors, t.mn_gb_import)
    env.etl()
    assert env.results(t.winner_contacts, t.mentors, t.mn_gb_import) == once
    decided = {one["id"] for one in env.conflicts(status="decided")}
    assert {one["id"] for one in answered} <= decided
