"""Rulebook section 10, restore: any contact, any mentor's set or any run, from the ledger."""

from datetime import timedelta

import pytest

from mentorsync_pipeline.archiving.history import archive_history, confirm_archives, not_restored
from mentorsync_pipeline.db.tables import mn_changes
from mentorsync_pipeline.sandbox.faults import Fault
from mentorsync_pipeline.sandbox.gb_json import contact_json
from tests.archiving.attic import NOW, YEAR

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def gone(attic):
    """Losers archived by two runs: the first mentor's two by the first, the others by the second."""
    attic.apply(attic.plan(attic.loser_ids[:2]), run_id="run 1")
    attic.apply(attic.plan(attic.loser_ids[2:]), run_id="run 2")
    return attic


@pytest.mark.parametrize(
    ("what", "back"),
    [
        ({"run_id": "run 2"}, {2, 3, 4, 5}),
        ({"mn_id": "MN9000"}, {0, 1}),
        ({"contact_id": None}, {3}),
    ],
)
def test_what_is_asked_for_comes_back_and_nothing_else(gone, what, back):
    if "contact_id" in what:
        what = {"contact_id": gone.loser_ids[3]}
    counts = gone.restore(now=LATER, **what)
    wanted = {gone.loser_ids[place] for place in back}
    assert counts == {"restored": len(back)}
    assert gone.archived() == set(gone.loser_ids) - wanted
    restored = {row["contact_id"]: row for row in gone.rows() if row["status"] == "restored"}
    assert restored.keys() == wanted
    assert {(row["restored_by"], row["restored_at"], row["restore_run_id"]) for row in restored.values()} == {
        ("Ann", LATER, "restore")
    }


def test_a_restored_contact_is_as_it_was(gone):
    one = gone.loser_ids[0]
    gone.restore(contact_id=one)
    now = contact_json(gone.held(one), gone.server.sandbox.contacts.custom_fields)
    assert now == gone.entry(one)["before_image"] | {"updated_at": now["updated_at"]}


def test_the_mentors_history_tells_it(gone):
    gone.restore(mn_id="MN9000")
    told = [row for row in gone.rows(mn_changes) if row["change_type"] == "duplicates_restored"]
    assert sorted(row["old_value"]["contact_id"] for row in told) == sorted(gone.loser_ids[:2])
    assert {row["mn_id"] for row in told} == {"MN9000"}


def test_restoring_twice_restores_once(gone):
    gone.restore(run_id="run 1")
    assert gone.restore(run_id="run 1") == {}


def test_what_others_had_archived_is_no_part_of_a_run(attic):
    theirs = attic.loser_ids[0]
    plan = attic.plan()
    attic.server.dashboard.archive(theirs)
    attic.apply(plan)
    attic.restore(run_id="run 1")
    assert attic.archived() == {theirs}
    attic.restore(contact_id=theirs)
    assert attic.archived() == set()


def test_one_that_fails_can_be_tried_again_and_is_told_until_then(gone):
    one = gone.loser_ids[0]
    gone.server.sandbox.faults.add(Fault("givebutter", "server_error", rate=1.0, path=f"/contacts/{one}/restore"))
    assert gone.restore(run_id="run 1") == {"failed": 1, "restored": 1}
    with gone.engine.connect() as conn:
        (error,) = not_restored(conn, YEAR, source_table="restored_duplicates")
    assert (error.error_code, error.subject, error.mn_id) == ("RESTORE_FAILED", str(one), "MN9000")
    gone.server.sandbox.faults.clear()
    assert gone.restore(run_id="run 1") == {"restored": 1}
    with gone.engine.connect() as conn:
        assert not_restored(conn, YEAR, source_table="restored_duplicates") == []


def test_a_released_external_id_goes_back(attic):
    holder = attic.loser_ids[0]
    attic.change(holder, external_id="MN8001")
    attic.apply(attic.plan([holder], action="release", winner_contact_id=None, clears_external_id="MN8001"))
    assert attic.restore(contact_id=holder) == {"External IDs given back": 1}
    assert (attic.held(holder).external_id, attic.entry(holder)["status"]) == ("MN8001", "restored")


def test_a_released_external_id_that_another_contact_has_by_now_stays_there(attic):
    holder, mentors = attic.loser_ids[0], attic.loser_ids[1]
    attic.change(holder, external_id="MN8001")
    attic.apply(attic.plan([holder], action="release", winner_contact_id=None, clears_external_id="MN8001"))
    attic.change(mentors, external_id="MN8001")
    assert attic.restore(contact_id=holder) == {"failed": 1}
    assert (attic.held(holder).external_id, attic.held(mentors).external_id) == (None, "MN8001")
    assert "another contact holds it" in attic.entry(holder)["error"]


def test_a_loser_comes_back_without_the_external_id_that_the_kept_contact_has(attic):
    loser, winner = attic.loser_ids[0], attic.winner_ids[0]
    attic.change(winner, external_id=None)
    attic.change(loser, external_id="MN9000")
    attic.apply(attic.plan([loser], clears_external_id="MN9000"))
    attic.change(winner, external_id="MN9000")
    assert attic.restore(contact_id=loser) == {"restored": 1}
    assert (attic.held(loser).external_id, attic.held(winner).external_id) == (None, "MN9000")
    assert "another contact holds it" in attic.entry(loser)["error"]


def test_the_past_says_what_happened_last(gone):
    one = gone.loser_ids[0]
    gone.restore(contact_id=one, now=LATER)
    with gone.engine.connect() as conn:
        known = archive_history(conn)
    assert (known[one].status, known[one].at) == ("restored", LATER)
    assert known[gone.loser_ids[1]].status == "archived"


def test_an_archive_that_a_person_asks_for_after_a_restore_gets_a_row_of_its_own(gone):
    one = gone.loser_ids[0]
    gone.restore(contact_id=one)
    gone.apply(gone.plan([one]), run_id="run 3")
    assert [row["status"] for row in gone.rows() if row["contact_id"] == one] == ["restored", "archived"]


def test_contact_data_confirms_what_it_shows(gone):
    """No contact data is loaded here, so none of these contacts is alive in it."""
    gone.restore(contact_id=gone.loser_ids[0])
    with gone.engine.begin() as conn:
        assert confirm_archives(conn, YEAR, NOW) == 0
        assert confirm_archives(conn, YEAR, LATER) == 6
        assert confirm_archives(conn, YEAR, LATER) == 0
    restored = [row for row in gone.rows(mn_changes) if row["change_type"] == "duplicates_restored"]
    assert [row["synced_to_gb"] for row in restored] == [None]
