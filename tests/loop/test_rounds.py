"""The closed loop (rulebook, all of it): sync, file, import, export, upload, repeated until nothing changes."""

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.runtime.in_process import RunReport
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from tests.support.environment import SandboxEnvironment
from tests.support.rounds import Rounds
from tests.support.snapshots import NewEnvironment
from tests.support.truth import blocked, created_contacts, wrongly_decided

pytestmark = pytest.mark.slow

SETTLED = ("winner_contacts", "mentors", "mentor_bases", "mn_gb_import", "archive_plan", "sync_conflicts")


@pytest.fixture(scope="module")
def third_round(rounds: Rounds, start_shared: NewEnvironment) -> tuple[SandboxEnvironment, ImportResult, RunReport]:
    """An environment after a third round."""
    env = start_shared(rounds["settled"])
    imported = env.import_file(rounds["settled"].syncs[-1])
    env.upload()
    return env, imported, env.sync()


@pytest.mark.parametrize("moment", ["synced", "settled"])
def test_every_winner_that_was_decided_without_a_person_is_right(rounds, moment):
    assert wrongly_decided(rounds.read_only(moment)) == []


@pytest.mark.parametrize("moment", ["synced", "settled"])
def test_a_person_is_asked_about_those_who_cannot_be_decided_and_about_nobody_else(rounds, moment):
    env = rounds.read_only(moment)
    mentors = env.server.world.truth.mentors
    assert blocked(env) == {mentor.submission_id: mentor.scenario for mentor in mentors if mentor.must_block}


def test_givebutter_takes_every_row(rounds, third_round):
    _, third, _ = third_round
    for imported in (*rounds["settled"].imports, third):
        assert (imported.rejected, imported.ignored_columns) == (0, [])
        assert imported.accepted > 40


def test_the_file_of_a_settled_year_changes_nothing_in_givebutter(third_round):
    _, imported, _ = third_round
    assert (imported.created, imported.updated) == ([], [])


def test_the_second_sync_learns_the_ids_of_new_contacts_and_changes_nothing_else(rounds):
    before, after = rounds.read_only("synced"), rounds.read_only("settled")
    created = created_contacts(after)
    assert len(created) == len(rounds["settled"].imports[0].created) > 0
    assert after.by_mn_id(tables.mentors).keys() == before.by_mn_id(tables.mentors).keys()
    changes = after.rows(tables.mn_changes)[len(before.rows(tables.mn_changes)) :]
    assert {(row["mn_id"], row["field"], row["new_value"]) for row in changes} == {
        (mn_id, "gb_contact_id", contact_id) for mn_id, contact_id in created.items()
    }
    assert len(changes) == len(created)


def test_the_second_sync_links_every_mentor_who_waits_for_nobody(rounds):
    env = rounds.read_only("settled")
    states = {row["sync_state"] for row in env.rows(tables.mentors, year=env.year)}
    assert states == {"matched", "blocked"}
    holders = {c.external_id: c.id for c in env.server.sandbox.contacts.all() if c.external_id}
    for mentor in env.rows(tables.mentors, year=env.year):
        if mentor["sync_state"] == "matched":
            assert holders[mentor["mn_id"]] == mentor["gb_contact_id"]


def test_the_contact_data_confirms_what_the_import_has_done(rounds):
    env = rounds.read_only("settled")
    waiting = [row for row in env.rows(tables.mn_changes) if not row["resolved"] and row["synced_to_gb"] is None]
    blocked_ids = {m["mn_id"] for m in env.rows(tables.mentors, year=env.year) if m["sync_state"] == "blocked"}
    assert {row["mn_id"] for row in waiting} <= blocked_ids


def test_the_third_sync_changes_nothing(rounds, third_round):
    before = rounds.read_only("settled")
    after, _, report = third_round
    assert after.rows(tables.mn_changes) == before.rows(tables.mn_changes)
    for name in SETTLED:
        table = tables.metadata.tables[f"{tables.SCHEMA}.{name}"]
        assert after.rows(table) == before.rows(table), name
    etl = {name: counts for name, counts in report.assets.items() if name in SETTLED}
    assert {sum(counts[f"rows {kind}"] for kind in ("added", "changed", "removed")) for counts in etl.values()} == {0}


def test_a_sync_days_later_without_news_writes_nothing(third_round):
    env, _, _ = third_round
    env.refresh("api_changes")
    env.etl()
    env.later(days=3)
    env.refresh("api_changes")
    written = {
        name: sum(counts[f"rows {kind}"] for kind in ("added", "changed", "removed"))
        for name, counts in env.run("etl", year=env.year).assets.items()
        if "rows added" in counts
    }
    assert written.keys() >= {"contact_candidates", *SETTLED} - {"mentor_bases", "sync_conflicts", "archive_plan"}
    assert set(written.values()) == {0}
