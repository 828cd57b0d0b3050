"""Rulebook section 10, restore: any contact, any mentor's set or any run, from the ledger."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.archiving import approvals
from mentorsync_pipeline.archiving.ledger_queries import confirm_archives, find_restore_errors, read_past_actions
from mentorsync_pipeline.db.tables import archive_approvals, mn_changes
from mentorsync_pipeline.sandbox.faults import Fault
from mentorsync_pipeline.sandbox.gb_json import contact_json
from tests.archiving.archive_environment import NOW, YEAR

pytestmark = pytest.mark.slow

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def archived_twice(archive):
    """Return an archive whose losers were archived by two runs: two by the first, the others by the second."""
    archive.apply(archive.plan(archive.loser_ids[:2]), run_id="run 1")
    archive.apply(archive.plan(archive.loser_ids[2:]), run_id="run 2")
    return archive


@pytest.mark.parametrize(
    ("scope", "places"),
    [
        ({"run_id": "run 2"}, {2, 3, 4, 5}),
        ({"mn_id": "MN9000"}, {0, 1}),
        ({"contact_id": None}, {3}),
    ],
)
def test_only_the_requested_contacts_are_restored(archived_twice, scope, places):
    if "contact_id" in scope:
        scope = {"contact_id": archived_twice.loser_ids[3]}
    counts = archived_twice.restore(now=LATER, **scope)
    expected = {archived_twice.loser_ids[place] for place in places}
    assert counts == {"restored": len(places)}
    assert archived_twice.archived() == set(archived_twice.loser_ids) - expected
    restored = {row["contact_id"]: row for row in archived_twice.entries() if row["status"] == "restored"}
    assert restored.keys() == expected
    assert {(row["restored_by"], row["restored_at"], row["restore_run_id"]) for row in restored.values()} == {
        ("Ann", LATER, "restore")
    }


def test_a_restored_contact_equals_its_before_image(archived_twice):
    contact_id = archived_twice.loser_ids[0]
    archived_twice.restore(contact_id=contact_id)
    now = contact_json(
        archived_twice.givebutter_contact(contact_id), archived_twice.server.sandbox.contacts.custom_fields
    )
    assert now == archived_twice.entry(contact_id)["before_image"] | {"updated_at": now["updated_at"]}


def test_the_mentors_history_has_the_restore(archived_twice):
    archived_twice.restore(mn_id="MN9000")
    changes = [row for row in archived_twice.rows(mn_changes) if row["change_type"] == "duplicates_restored"]
    assert sorted(row["old_value"]["contact_id"] for row in changes) == sorted(archived_twice.loser_ids[:2])
    assert {row["mn_id"] for row in changes} == {"MN9000"}


def test_restoring_twice_restores_once(archived_twice):
    archived_twice.restore(run_id="run 1")
    assert archived_twice.restore(run_id="run 1") == {}


def test_contacts_archived_by_hand_are_not_restored_with_a_run(archive):
    archived_by_hand = archive.loser_ids[0]
    plan = archive.plan()
    archive.server.dashboard.archive(archived_by_hand)
    archive.apply(plan)
    archive.restore(run_id="run 1")
    assert archive.archived() == {archived_by_hand}
    archive.restore(contact_id=archived_by_hand)
    assert archive.archived() == set()


def test_a_failed_restore_is_an_error_until_it_succeeds(archived_twice):
    contact_id = archived_twice.loser_ids[0]
    archived_twice.server.sandbox.faults.add(
        Fault("givebutter", "server_error", rate=1.0, path=f"/contacts/{contact_id}/restore")
    )
    assert archived_twice.restore(run_id="run 1") == {"failed": 1, "restored": 1}
    with archived_twice.engine.connect() as conn:
        (error,) = find_restore_errors(conn, YEAR, source_table="restored_duplicates")
    assert (error.error_code, error.subject, error.mn_id) == ("RESTORE_FAILED", str(contact_id), "MN9000")
    archived_twice.server.sandbox.faults.clear()
    assert archived_twice.restore(run_id="run 1") == {"restored": 1}
    with archived_twice.engine.connect() as conn:
        assert find_restore_errors(conn, YEAR, source_table="restored_duplicates") == []


def test_a_released_external_id_is_restored(archive):
    holder = archive.loser_ids[0]
    archive.change(holder, external_id="MN8001")
    archive.apply(archive.plan([holder], action="release", winner_contact_id=None, clears_external_id="MN8001"))
    assert archive.restore(contact_id=holder) == {"External IDs restored": 1}
    assert (archive.givebutter_contact(holder).external_id, archive.entry(holder)["status"]) == ("MN8001", "restored")


def test_a_released_external_id_that_another_contact_holds_is_not_restored(archive):
    holder, mentors = archive.loser_ids[0], archive.loser_ids[1]
    archive.change(holder, external_id="MN8001")
    archive.apply(archive.plan([holder], action="release", winner_contact_id=None, clears_external_id="MN8001"))
    archive.change(mentors, external_id="MN8001")
    assert archive.restore(contact_id=holder) == {"failed": 1}
    assert (archive.givebutter_contact(holder).external_id, archive.givebutter_contact(mentors).external_id) == (
        None,
        "MN8001",
    )
    assert "another contact has it" in archive.entry(holder)["error"]


def test_a_loser_is_restored_without_an_external_id_that_the_winner_holds(archive):
    loser, winner = archive.loser_ids[0], archive.winner_ids[0]
    archive.change(winner, external_id=None)
    archive.change(loser, external_id="MN9000")
    archive.apply(archive.plan([loser], clears_external_id="MN9000"))
    archive.change(winner, external_id="MN9000")
    assert archive.restore(contact_id=loser) == {"restored": 1}
    assert (archive.givebutter_contact(loser).external_id, archive.givebutter_contact(winner).external_id) == (
        None,
        "MN9000",
    )
    assert "another contact has it" in archive.entry(loser)["error"]


@pytest.mark.parametrize("action", ["archive", "release"])
def test_an_external_id_that_a_person_has_entered_since_stays(archive, action):
    loser, winner = archive.loser_ids[0], archive.winner_ids[0]
    archive.change(winner, external_id=None)
    archive.change(loser, external_id="MN9000")
    archive.apply(archive.plan([loser], action=action, clears_external_id="MN9000"))
    archive.change(loser, external_id="MN8001", archived_at=None)
    assert archive.restore(contact_id=loser) == ({"restored": 1} if action == "archive" else {"failed": 1})
    assert archive.givebutter_contact(loser).external_id == "MN8001"
    assert "another External ID" in archive.entry(loser)["error"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_contact_that_a_person_has_restored_before_counts_as_restored(archived_twice, status):
    """Givebutter may refuse to restore a contact that is active."""
    contact_id = archived_twice.loser_ids[0]
    archived_twice.server.dashboard.restore(contact_id)
    archived_twice.server.sandbox.faults.add(
        Fault("givebutter", "server_error", rate=1.0, path=f"/contacts/{contact_id}/restore", status=status)
    )
    assert archived_twice.restore(contact_id=contact_id) == {"restored": 1}
    assert archived_twice.entry(contact_id)["status"] == "restored"


def test_the_last_action_of_a_contact_is_read(archived_twice):
    contact_id = archived_twice.loser_ids[0]
    archived_twice.restore(contact_id=contact_id, now=LATER)
    with archived_twice.engine.connect() as conn:
        past = read_past_actions(conn)
    assert (past[contact_id].status, past[contact_id].at) == ("restored", LATER)
    assert past[archived_twice.loser_ids[1]].status == "archived"


def test_the_ledger_records_the_approvals_before_an_action(archive):
    """The console's clock is ahead, so that the first approval seems to be later than the archive."""
    contact_id = archive.loser_ids[0]
    plan = archive.plan([contact_id], approved_by="Ann", approved_at=LATER)

    def approve():
        with archive.engine.begin() as conn:
            approvals.approve(conn, YEAR, plan.rows.values(), scope="contact", by="Ann", now=LATER)
            return conn.execute(sa.select(sa.func.max(archive_approvals.c.id))).scalar_one()

    def last_approval():
        with archive.engine.connect() as conn:
            return read_past_actions(conn)[contact_id].last_approval_id

    first = approve()
    archive.apply(plan)
    assert last_approval() == first
    archive.change(contact_id, archived_at=None)
    archive.apply(plan)
    assert [row["status"] for row in archive.entries()] == ["archived"], "that approval was about the first archive"
    second = approve()
    archive.apply(plan)
    assert [row["status"] for row in archive.entries()] == ["restored", "archived"]
    assert last_approval() == second


def test_an_archive_after_a_restore_is_a_new_entry(archived_twice):
    contact_id = archived_twice.loser_ids[0]
    archived_twice.restore(contact_id=contact_id)
    archived_twice.apply(archived_twice.plan([contact_id]), run_id="run 3")
    assert [row["status"] for row in archived_twice.entries() if row["contact_id"] == contact_id] == [
        "restored",
        "archived",
    ]
    archived_twice.restore(run_id="run 1")
    assert contact_id in archived_twice.archived(), "a later run archived it"


def test_contact_data_confirms_archives_and_restores(archived_twice):
    """No contact data is loaded, so all these contacts count as archived."""
    archived_twice.restore(contact_id=archived_twice.loser_ids[0])
    with archived_twice.engine.begin() as conn:
        assert confirm_archives(conn, YEAR, NOW) == 0
        assert confirm_archives(conn, YEAR, LATER) == 6
        assert confirm_archives(conn, YEAR, LATER) == 0
    restored = [row for row in archived_twice.rows(mn_changes) if row["change_type"] == "duplicates_restored"]
    assert [row["synced_to_gb"] for row in restored] == [None]
