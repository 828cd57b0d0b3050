"""A blocked mentor is unchanged until the question is answered or closed (rulebook, section 5)."""

import pytest

from mentorsync_pipeline.db import tables
from tests.support.environment import Row, SandboxEnvironment, file_of

pytestmark = pytest.mark.slow


def conflicts_of(env: SandboxEnvironment, mn_id: str) -> list[Row]:
    return [row for row in env.rows(tables.sync_conflicts, year=env.year) if row["mn_id"] == mn_id]


def test_a_new_mentor_who_waits_is_in_the_table_and_not_in_the_file(rounds):
    env = rounds.read_only("synced")
    blocked = {mentor.mn_id for mentor in env.server.world.truth.mentors if mentor.must_block}
    mentors = env.by_mn_id(tables.mentors)
    assert {mn_id for mn_id, row in mentors.items() if row["sync_state"] == "blocked"} == blocked
    assert {mentors[mn_id]["gb_contact_id"] for mn_id in blocked} == {None}
    assert env.by_mn_id(tables.mn_gb_import).keys() == mentors.keys() - blocked
    file = file_of(rounds["synced"].syncs[0]).read_text(encoding="utf-8-sig")
    assert not any(mn_id in file for mn_id in blocked)


def test_none_of_the_contacts_of_a_mentor_who_waits_is_archived(rounds):
    env = rounds.read_only("settled")
    blocked = [mentor for mentor in env.server.world.truth.mentors if mentor.must_block]
    planned = {row["contact_id"] for row in env.rows(tables.archive_plan, year=env.year) if row["plan_state"] != "kept"}
    assert planned
    assert not planned & {contact_id for mentor in blocked for contact_id in mentor.own_contacts}


@pytest.fixture(scope="module")
def rivalled(rounds, start_shared):
    """After the first sync, a mentor's contact gets an equal rival, so that a person must choose."""
    env = start_shared(rounds["synced"])
    signups = {row["submission_id"]: row for row in env.rows(tables.deduplicated_signups, year=env.year)}
    mentor = next(
        mentor
        for mentor in env.server.world.truth.mentors
        if mentor.scenario == "changed_phone"
        and len(mentor.own_contacts) == 1
        and signups[mentor.submission_id]["uga_email"]
    )
    store = env.server.sandbox.contacts
    kept, signup = store.get(mentor.contact_id), signups[mentor.submission_id]
    env.later(hours=1)
    env.server.dashboard.edit(kept.id, title="Intern")
    same = ("first_name", "last_name", "phones", "tags", "custom")
    rival = store.create(emails=[signup["uga_email"]], **{name: getattr(kept, name) for name in same})
    env.refresh("api_changes")
    env.run("etl", year=env.year)
    return env, mentor.mn_id, rival.id


def test_a_mentor_who_has_to_wait_keeps_the_row_of_before(rounds, rivalled):
    env, mn_id, _ = rivalled
    before, after = rounds.read_only("synced").by_mn_id(tables.mentors)[mn_id], env.by_mn_id(tables.mentors)[mn_id]
    assert (before["sync_state"], after["sync_state"]) == ("matched", "blocked")
    of_the_run = ("sync_state", "sync_log_id")
    assert {key: after[key] for key in after if key not in of_the_run} == {
        key: before[key] for key in before if key not in of_the_run
    }
    assert mn_id not in env.by_mn_id(tables.mn_gb_import)
    (winner,) = (row for row in env.rows(tables.winner_contacts, year=env.year) if row["mn_id"] == mn_id)
    assert (winner["decision"], winner["contact_id"]) == ("blocked", None)


def test_the_question_is_asked_once_however_often_it_comes_up(rivalled):
    env, mn_id, rival = rivalled
    conflicts = conflicts_of(env, mn_id)
    (question,) = (row for row in conflicts if row["conflict_type"] == "contact_selection")
    assert (question["status"], question["blocking"], question["severity"]) == ("pending", True, "high")
    assert rival in (question["option_a"]["value"], question["option_b"]["value"])
    env.later()
    env.run("etl", year=env.year)
    assert conflicts_of(env, mn_id) == conflicts


def test_the_question_is_closed_with_its_cause(rivalled):
    env, mn_id, rival = rivalled
    env.later()
    env.server.dashboard.archive(rival)
    env.refresh("api_changes")
    env.run("etl", year=env.year)
    (question,) = (row for row in conflicts_of(env, mn_id) if row["conflict_type"] == "contact_selection")
    assert question["status"] == "obsolete"
    assert question["closed_at"] == env.now
    assert env.by_mn_id(tables.mentors)[mn_id]["sync_state"] == "matched"
    assert mn_id in env.by_mn_id(tables.mn_gb_import)
