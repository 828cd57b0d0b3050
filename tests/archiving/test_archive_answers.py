"""What people answer to an archive plan of a whole generated year, and what comes of it."""

import pytest

from mentorsync_pipeline.db.tables import sync_conflicts, winner_contacts
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.review.decisions import Answer, resolve
from tests.support.archiving import apply, approve, archived, false_archives, gone, plan, restore


def test_an_approval_of_the_plan_holds_for_that_plan_alone(settled):
    approve(settled)
    one = next(iter(plan(settled, "planned")))
    settled.server.dashboard.edit(one, tags=["New"])
    settled.upload()
    settled.sync()
    settled.import_file(settled.sync())
    settled.upload()
    settled.sync()
    assert plan(settled)[one]["plan_state"] == "planned"
    with pytest.raises(MentorSyncError, match="ARCHIVE_GUARD"):
        apply(settled)


def test_an_approval_of_a_plan_that_was_not_the_one_seen_is_refused(settled):
    with pytest.raises(MentorSyncError, match=r"ARCHIVE_APPROVAL.*another one"):
        approve(settled, plan_fingerprint="0" * 64)
    with pytest.raises(MentorSyncError, match=r"ARCHIVE_APPROVAL.*asks for no approval of: 1"):
        approve(settled, contact_ids=[1])


def test_a_donor_goes_after_a_yes_and_after_what_it_hands_on_has_arrived(settled):
    donors = [one for one, row in plan(settled, "needs_approval").items() if row["reason_code"] == "donor"]
    assert donors
    approve(settled, contact_ids=donors)
    settled.later()
    settled.run("etl", year=settled.year)
    settled.run("plan_archive", year=settled.year)
    waiting = {one for one in donors if plan(settled)[one]["plan_state"] == "kept"}
    assert {plan(settled)[one]["reason_code"] for one in waiting} <= {"not_confirmed"}
    settled.upload()
    settled.import_file(settled.sync())
    settled.upload()
    settled.sync()
    approve(settled)
    apply(settled)
    assert set(donors) <= archived(settled).keys()
    assert {archived(settled)[one]["approved_by"] for one in donors} == {"Ann"}
    assert false_archives(settled) == []


def test_what_is_brought_back_stays_until_a_person_asks(settled):
    approve(settled)
    first = apply(settled)
    chosen = next(row for row in archived(settled).values() if row["mn_id"])
    restore(settled, mn_id=chosen["mn_id"])
    assert chosen["contact_id"] not in gone(settled)
    settled.upload()
    settled.sync()
    assert plan(settled)[chosen["contact_id"]]["reason_code"] == "restored"
    apply(settled)
    assert chosen["contact_id"] not in gone(settled)
    approve(settled, contact_ids=[chosen["contact_id"]])
    settled.run("plan_archive", year=settled.year)
    apply(settled)
    assert chosen["contact_id"] in gone(settled)
    restore(settled, run_id=first.run_id)
    assert gone(settled) == {chosen["contact_id"]}


def test_an_external_id_that_a_person_released_goes_to_the_mentor(settled):
    conflicts = [
        row
        for row in settled.rows(sync_conflicts, year=settled.year)
        if row["option_a"]["value"] == "release" and row["status"] == "pending"
    ]
    conflict = conflicts[0]
    holder = conflict["option_a"]["metadata"]["contact_id"]
    with settled.engine.begin() as conn:
        resolve(conn, conflict["id"], Answer(choice="a", by="Ann"), now=settled.now)
    approve(settled)
    settled.later()
    settled.run("etl", year=settled.year)
    settled.run("plan_archive", year=settled.year)
    row = plan(settled)[holder]
    assert (row["action"], row["plan_state"], row["clears_external_id"]) == ("release", "planned", conflict["mn_id"])
    apply(settled)
    assert holder not in gone(settled)
    assert settled.server.sandbox.contacts.get(holder).external_id is None
    settled.upload()
    settled.import_file(settled.sync())
    settled.upload()
    settled.sync()
    linked = next(row for row in settled.rows(winner_contacts) if row["mn_id"] == conflict["mn_id"])
    assert linked["decision"] != "blocked"
    assert settled.server.sandbox.contacts.get(linked["contact_id"]).external_id == conflict["mn_id"]
    assert holder not in plan(settled, "planned")
    assert false_archives(settled) == []
