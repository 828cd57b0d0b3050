"""Blocked mentors: one question each, processed right after the answer, without effect on other mentors."""

from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE
from mentorsync_pipeline.review.validation import DecisionInvalidError
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow


def find_question(env: SandboxEnvironment, conflict_type: str, subject: str = "") -> dict[str, Any]:
    """Return the first open conflict of this type and subject prefix; about contacts, one with two contacts."""
    return next(
        conflict
        for conflict in env.conflicts()
        if conflict["conflict_type"] == conflict_type
        and conflict["subject"].startswith(subject)
        and (conflict_type != "contact_selection" or conflict["option_b"]["value"] != NEW_CONTACT)
    )


def add_second_page(env: SandboxEnvironment) -> None:
    """A mentor who has a page makes another one."""
    row = next(row for row in env.rows(t.mentors) if row["gb_member_id"] and row["sync_state"] == "matched")
    members = next(
        own_members
        for own_members in env.world.members.values()
        if row["gb_member_id"] in {member.id for member in own_members}
    )
    page = next(member for member in members if member.id == row["gb_member_id"])
    members.append(replace(page, id=page.id + 1_000_000, raised=page.raised + 15.0))
    env.fetch()
    env.etl()


def results_of_others(env: SandboxEnvironment, *mn_ids: str) -> dict[str, Any]:
    """Return the results of all other mentors."""
    tables = (t.winner_contacts, t.mentors, t.mentor_bases, t.mn_gb_import)
    rows = env.results(*tables)
    return {name: [row for row in found if row["mn_id"] not in mn_ids] for name, found in rows.items()}


def test_a_blocked_mentor_waits_and_is_processed_right_after_the_answer(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    question = find_question(env, "contact_selection")
    mn_id = question["mn_id"]
    assert env.mentor(mn_id)["sync_state"] == "blocked"
    assert env.mentor(mn_id)["gb_contact_id"] is None
    assert env.rows(t.mn_gb_import, t.mn_gb_import.c.mn_id == mn_id) == []
    before = results_of_others(env, mn_id)

    env.decide(question["id"], "b")
    env.etl()

    mentor = env.mentor(mn_id)
    assert (mentor["sync_state"], mentor["gb_contact_id"]) == ("matched", question["option_b"]["value"])
    assert env.import_row(mn_id)["Givebutter Contact ID"] == str(question["option_b"]["value"])
    assert mentor["provenance"]["gb_contact_id"]["rule"] == "human"
    assert results_of_others(env, mn_id) == before, "nobody else changes"
    assert [conflict["id"] for conflict in env.conflicts(status="decided")] == [question["id"]]


def test_a_decision_outlives_imports_and_is_never_asked_again(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    question = find_question(env, "contact_selection")
    env.decide(question["id"], "a")
    env.etl()
    env.import_file(env.new_file())
    env.upload_and_recalculate()
    env.upload_and_recalculate()
    assert env.mentor(question["mn_id"])["gb_contact_id"] == question["option_a"]["value"]
    assert question["id"] not in {conflict["id"] for conflict in env.conflicts()}


def test_undone_the_next_run_asks_again_and_the_mentor_keeps_the_row(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    question = find_question(env, "contact_selection")
    env.decide(question["id"], "a")
    env.etl()
    linked = env.mentor(question["mn_id"])
    env.undo(question["id"])
    env.etl()
    assert question["id"] in {conflict["id"] for conflict in env.conflicts()}
    blocked = env.mentor(question["mn_id"])
    assert blocked["sync_state"] == "blocked"
    assert {**blocked, "sync_state": "matched", "sync_log_id": 0} == {**linked, "sync_log_id": 0}
    assert env.rows(t.mn_gb_import, t.mn_gb_import.c.mn_id == question["mn_id"]) == []


def test_a_new_contact_may_be_chosen_where_two_rivals_are_asked_about(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    question = next(conflict for conflict in env.conflicts() if isinstance(conflict["option_b"]["value"], int))
    env.decide(question["id"], "custom", NEW_CONTACT)
    env.etl()
    assert env.mentor(question["mn_id"])["sync_state"] == "new"
    assert env.import_row(question["mn_id"])["Givebutter Contact ID"] is None


def test_a_contact_that_nobody_proposed_may_be_chosen(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    question = find_question(env, "contact_selection")
    unheard = env.sandbox.contacts.create(first_name="Somebody", last_name="Otherwise", emails=["any@mail.example"])
    env.upload_and_recalculate()
    env.decide(question["id"], "custom", str(unheard.id))
    for _ in range(2):
        env.etl()
        assert env.mentor(question["mn_id"])["gb_contact_id"] == unheard.id


def test_another_mentors_contact_cannot_be_chosen(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    question = find_question(env, "contact_selection")
    taken = next(
        contact
        for contact in env.sandbox.contacts.all()
        if contact.external_id and env.rows(t.mentors, t.mentors.c.mn_id == contact.external_id)
    )
    with pytest.raises(DecisionInvalidError, match="another mentor"):
        env.decide(question["id"], "custom", taken.id)


def test_while_an_id_is_held_only_its_holder_can_be_chosen(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    question = find_question(env, "external_id_collision", "holder:")
    holder = int(question["subject"].partition(":")[2])
    assert (question["option_a"]["value"], question["option_b"]["value"]) == (RELEASE, LEAVE_UNLINKED)
    with pytest.raises(DecisionInvalidError, match="Release it first"):
        env.decide(question["id"], "custom", NEW_CONTACT)
    with pytest.raises(DecisionInvalidError, match="Release it first"):
        env.decide(question["id"], "custom", holder + 1)
    env.decide(question["id"], "custom", holder)
    env.etl()
    assert env.mentor(question["mn_id"])["gb_contact_id"] == holder


def test_a_mentor_left_unlinked_stays_blocked_without_being_asked_again(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    question = find_question(env, "external_id_collision", "contested:")
    env.decide(question["id"], "custom", LEAVE_UNLINKED)
    env.etl()
    env.etl()
    assert env.mentor(question["mn_id"])["sync_state"] == "blocked"
    assert [conflict["id"] for conflict in env.conflicts(status="decided")] == [question["id"]]


def test_an_mn_id_given_twice_takes_one_of_the_two_and_no_other_answer(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    question = find_question(env, "external_id_collision", "signups:")
    with pytest.raises(DecisionInvalidError):
        env.decide(question["id"], "custom", "17000001")
    env.decide(question["id"], "a")
    env.etl()
    assert env.mentor(question["mn_id"])["submission_id"] == question["option_a"]["value"]
    errors = env.rows(t.sync_errors, t.sync_errors.c.error_code == "MN_ID_TAKEN")
    assert [error["subject"] for error in errors] == [question["option_b"]["value"]]


def test_two_people_with_one_phone_are_kept_until_a_person_joins_them(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    question = find_question(env, "shared_phone")
    older, newer = question["context"]["mn_ids"]
    assert {older, newer} <= {row["mn_id"] for row in env.rows(t.mentors)}
    env.decide(question["id"], "b")
    env.etl()
    (signup,) = env.rows(t.deduplicated_signups, t.deduplicated_signups.c.mn_id == newer)
    assert older in signup["superseded_mn_ids"]
    assert older not in {row["mn_id"] for row in env.rows(t.mentors)}


def test_a_second_page_may_be_chosen_by_its_id(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    add_second_page(env)
    question = find_question(env, "fundraising_mismatch", "campaign_member")
    with pytest.raises(DecisionInvalidError):
        env.decide(question["id"], "custom", 1)
    env.decide(question["id"], "custom", str(question["option_b"]["value"]))
    env.etl()
    assert env.mentor(question["mn_id"])["gb_member_id"] == question["option_b"]["value"]
    env.sandbox.dashboard.edit_member(question["option_a"]["value"], raised=500.0)
    env.upload_and_recalculate()
    assert env.mentor(question["mn_id"])["gb_member_id"] == question["option_b"]["value"], "money coming in asks nobody"


def test_answers_to_several_questions_hold_together(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    answered = [conflict for conflict in env.conflicts() if conflict["recommended_option"] is not None]
    for question in answered:
        env.decide(question["id"], question["recommended_option"])
    env.etl()
    once = env.results(t.winner_contacts, t.mentors, t.mn_gb_import)
    env.etl()
    assert env.results(t.winner_contacts, t.mentors, t.mn_gb_import) == once
    decided = {conflict["id"] for conflict in env.conflicts(status="decided")}
    assert {conflict["id"] for conflict in answered} <= decided
