"""Contacts by upload or API, all or only changes: equal contacts give equal mentors."""

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.domain.label_matching import label_key
from tests.support.compare import differing_tables
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow

# Only in exports; a load over the API keeps the values of the last export.
HOUSEHOLD = ("household", "household_primary_contact")
WITHOUT = (*HOUSEHOLD, "origin", "payload", "observed_at", "load_id")


def contacts(env: SandboxEnvironment) -> list[dict]:
    return env.rows(tables.raw_gb_full_contacts, without=WITHOUT)


def edit_by_hand(env: SandboxEnvironment) -> dict[str, int]:
    """Apply a day of edits in Givebutter's dashboard; return the contacts by kind of edit."""
    env.later(hours=2)
    dashboard, truth = env.server.dashboard, env.server.world.truth
    kept = {
        mentor.scenario: mentor.contact_id
        for mentor in truth.mentors
        if mentor.contact_id is not None and not mentor.must_block
    }
    parts = {contact.scenario: contact.contact_id for contact in truth.contacts.values()}
    edited = {
        "emails": kept["linked"],
        "tags": kept["single"],
        "name": kept["junk_name"],
        "archived": parts["equal_rival"],
        "restored": parts["archived"],
        "donor": parts["donor"],
    }
    dashboard.edit(edited["emails"], emails=["a.new.address@mail.example"], phones=["+17065550142"])
    dashboard.edit(edited["tags"], tags=["Guest list"], note="Called\nand written to.")
    dashboard.edit(edited["name"], first_name="Wilhelmina", custom={"✅ Attended Training": "Yes"})
    dashboard.edit(edited["donor"], total_contributions=500.0)
    dashboard.archive(edited["archived"])
    dashboard.restore(edited["restored"])
    return edited


@pytest.fixture(scope="module")
def by_api(rounds, start_shared):
    """As in `synced`, with the contacts read over the API instead of uploaded from an export."""
    env = start_shared(rounds["configured"])
    env.refresh("api_full")
    env.sync()
    return env


def test_an_upload_and_a_full_load_over_the_api_make_the_same_mentors(rounds, by_api):
    synced = rounds.read_only("synced")
    differing = differing_tables(by_api, synced, way_in=True)
    # An export leaves out what is archived and the companies: neither can be anybody's contact. It has the labels of
    # custom fields without a value, which the API does not show.
    by_label = {"mn_gb_import", "gb_import_files", "sync_warnings"}
    assert differing.keys() <= {"raw_gb_full_contacts"} | by_label
    assert import_rows(by_api) == import_rows(synced)


def import_rows(env):
    """The import rows, with custom fields by the text of their labels."""
    return [
        {name: value for name, value in row.items() if name not in ("custom_fields", "sync_log_id")}
        | {label_key(label): value for label, value in row["custom_fields"].items()}
        for row in env.rows(tables.mn_gb_import)
    ]


def test_the_contacts_of_an_export_are_those_of_the_api(rounds, by_api):
    exported = contacts(rounds.read_only("synced"))
    shown = [row for row in contacts(by_api) if row["archived_at"] is None and row["contact_type"] == "individual"]
    assert exported == shown
    assert len(exported) > 150


def test_the_changes_since_the_last_load_lead_to_what_a_full_load_gives(rounds, start):
    changes, full = start(rounds["synced"]), start(rounds["synced"])
    for env, mode in ((full, "api_full"), (changes, "api_changes")):
        edit_by_hand(env)
        env.refresh(mode)
    known = {row["contact_id"] for row in contacts(changes)}
    # What the export left out and nobody touched stays unknown to the changes.
    everything = contacts(full)
    unknown = [row for row in everything if row["contact_id"] not in known]
    assert contacts(changes) == [row for row in everything if row["contact_id"] in known]
    assert all(row["archived_at"] is not None or row["contact_type"] == "company" for row in unknown)
    for env in (full, changes):
        env.run("etl", year=env.year)
    assert differing_tables(changes, full, way_in=True).keys() <= {"raw_gb_full_contacts"}


def test_changes_are_few(rounds, start):
    env = start(rounds["synced"])
    edited = edit_by_hand(env)
    report = env.refresh("api_changes")
    assert report.assets["raw_gb_full_contacts"]["rows read"] <= len(edited) + 2


@pytest.mark.parametrize("most_asked", [50, 0])
def test_a_contact_that_was_merged_into_a_changed_one_is_archived_with_the_changes(
    rounds, start, monkeypatch, most_asked
):
    """If too many contacts may have been merged, none is requested, and the next full load finds it."""
    monkeypatch.setattr("mentorsync_pipeline.contacts.load.upsert._MOST_PERHAPS_MERGED", most_asked)
    env = start(rounds["synced"])
    mentor = next(mentor for mentor in env.world.truth.mentors if mentor.scenario == "linked_with_duplicate")
    store, kept = env.sandbox.contacts, mentor.contact_id
    gone = next(contact_id for contact_id in mentor.own_contacts if contact_id != kept)
    # Givebutter lists the kept contact as changed, not the other one.
    store.get(gone).archived_at = env.now
    env.edit(kept, note="Merged.")
    env.refresh("api_changes")
    active = {row["contact_id"] for row in contacts(env) if row["archived_at"] is None}
    assert (kept in active, gone in active) == (True, most_asked == 0)


def test_the_mentors_alone_can_be_refreshed(rounds, start):
    env = start(rounds["synced"])
    before = {row["contact_id"]: row for row in contacts(env)}
    edited = edit_by_hand(env)
    report = env.refresh("api_mentors", year=env.year)
    after = {row["contact_id"]: row for row in contacts(env)}
    changed = {contact_id for contact_id, row in after.items() if row != before.get(contact_id)}
    assert changed == {edited[what] for what in ("emails", "tags", "name", "archived")}
    assert after[edited["archived"]]["archived_at"] is not None
    candidates = {row["contact_id"] for row in env.rows(tables.contact_candidates, year=env.year)}
    assert report.assets["raw_gb_full_contacts"]["rows read"] == len(candidates) - 1
