"""Approvals, restores and releases in an archive plan of a whole generated year."""

import pytest

from mentorsync_pipeline.db.tables import sync_conflicts, winner_contacts
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.review.decision_store import Answer, record_answer
from tests.support.archiving import apply, approve, archived, false_archives, gone, plan, restore

pytestmark = pytest.mark.slow


def test_an_approval_of_a_plan_does_not_hold_for_another_plan(settled):
    approve(settled)
    contact_id = next(iter(plan(settled, "planned")))
    settled.server.dashboard.edit(contact_id, tags=["New"])
    settled.round()
    settled.upload_and_recalculate()
    settled.plan_archive()
    assert plan(settled)[contact_id]["plan_state"] == "planned"
    with pytest.raises(MentorSyncError, match="ARCHIVE_GUARD"):
        apply(settled)


def test_an_approval_of_an_outdated_plan_is_refused(settled):
    with pytest.raises(MentorSyncError, match=r"ARCHIVE_APPROVAL.*has changed since it was shown"):
        approve(settled, plan_fingerprint="0" * 64)
    with pytest.raises(MentorSyncError, match=r"ARCHIVE_APPROVAL.*does not ask for an approval of contacts: 1"):
        approve(settled, contact_ids=[1])


def test_a_donor_is_archived_after_an_approval_and_after_its_data_is_on_the_winner(settled):
    donors = [
        contact_id for contact_id, row in plan(settled, "needs_approval").items() if row["reason_code"] == "donor"
    ]
    assert donors
    approve(settled, contact_ids=donors)
    settled.etl()
    settled.plan_archive()
    kept = {contact_id for contact_id in donors if plan(settled)[contact_id]["plan_state"] == "kept"}
    assert {plan(settled)[contact_id]["reason_code"] for contact_id in kept} <= {"not_confirmed"}
    settled.round()
    settled.upload_and_recalculate()
    settled.plan_archive()
    approve(settled)
    apply(settled)
    assert set(donors) <= archived(settled).keys()
    assert {archived(settled)[contact_id]["approved_by"] for contact_id in donors} == {"Ann"}
    assert false_archives(settled) == []


def test_a_restored_contact_is_kept_until_an_approval(settled):
    approve(settled)
    first = apply(settled)
    chosen = next(row for row in archived(settled).values() if row["mn_id"])
    restore(settled, mn_id=chosen["mn_id"])
    assert chosen["contact_id"] not in gone(settled)
    settled.upload_and_recalculate()
    settled.plan_archive()
    assert plan(settled)[chosen["contact_id"]]["reason_code"] == "restored"
    apply(settled)
    assert chosen["contact_id"] not in gone(settled)
    approve(settled, contact_ids=[chosen["contact_id"]])
    settled.plan_archive()
    apply(settled)
    assert chosen["contact_id"] in gone(settled)
    restore(settled, run_id=first.run_id)
    assert gone(settled) == {chosen["contact_id"]}


def test_a_released_external_id_is_assigned_to_the_mentor(settled):
    conflicts = [
        row
        for row in settled.rows(sync_conflicts, year=settled.year)
        if row["option_a"]["value"] == "release" and row["status"] == "pending"
    ]
    conflict = conflicts[0]
    holder = conflict["option_a"]["metadata"]["contact_id"]
    with settled.engine.begin() as conn:
        record_answer(conn, conflict["id"], Answer(choice="a", by="Ann"), now=settled.now)
    approve(settled)
    settled.etl()
    settled.plan_archive()
    row = plan(settled)[holder]
    assert (row["action"], row["plan_state"], row["clears_external_id"]) == ("release", "planned", conflict["mn_id"])
    apply(settled)
    assert holder not in gone(settled)
    assert settled.server.sandbox.contacts.get(holder).external_id is None
    settled.round()
    settled.upload_and_recalculate()
    settled.plan_archive()
    winner = next(row for row in settled.rows(winner_contacts) if row["mn_id"] == conflict["mn_id"])
    assert winner["decision"] != "blocked"
    assert settled.server.sandbox.contacts.get(winner["contact_id"]).external_id == conflict["mn_id"]
    assert holder not in plan(settled, "planned")
    assert false_archives(settled) == []
