"""The archive plan of a whole generated year, which syncs made."""

from collections import Counter

import pytest

from mentorsync_pipeline.db.tables import archived_duplicates, contact_candidates, raw_gb_full_contacts, winner_contacts
from tests.support.archiving import gone, plan

pytestmark = pytest.mark.slow


@pytest.fixture
def settled(rounds):
    """The environment after two syncs, to read."""
    return rounds.read_only("settled")


def test_only_contacts_of_a_winner_that_holds_the_mn_id_are_planned_before_the_import(rounds):
    env = rounds.read_only("synced")
    holders = {
        row["contact_id"]: row["external_id"]
        for row in env.rows(raw_gb_full_contacts)
        if row["external_id"] is not None
    }
    assert all(holders.get(row["winner_contact_id"]) == row["mn_id"] for row in plan(env, "planned").values())
    assert Counter(row["reason_code"] for row in plan(env).values())["not_confirmed"] > 10


def test_every_losing_candidate_is_in_the_plan_with_a_reason(settled):
    winners = {row["submission_id"]: row["contact_id"] for row in settled.rows(winner_contacts, year=settled.year)}
    losing = {
        row["contact_id"]
        for row in settled.rows(contact_candidates, year=settled.year)
        if winners[row["submission_id"]] != row["contact_id"]
    }
    assert plan(settled).keys() == losing
    assert all(row["reason"] and row["reason_code"] for row in plan(settled).values())


def test_planned_contacts_have_no_data_that_the_winner_lacks_and_a_sync_does_not_archive_them(settled):
    contacts = settled.server.sandbox.contacts
    planned = plan(settled, "planned")
    assert len(planned) > 10
    for contact_id, row in planned.items():
        loser, winner = contacts.get(contact_id), contacts.get(row["winner_contact_id"])
        assert {email.casefold() for email in loser.emails} <= {email.casefold() for email in winner.emails}
        assert set(loser.tags) <= set(winner.tags)
        assert loser.total_contributions == 0
    assert gone(settled) == set()
    assert settled.rows(archived_duplicates) == []
