"""Contacts by upload or by API, all or only what changed: the same contacts make the same mentors."""

import pytest

from mentorsync_pipeline.db import tables
from tests.support.charity import Charity
from tests.support.compare import differing_tables

# Known to the export alone; a load over the API keeps what the last export said.
HOUSEHOLD = ("household", "household_primary_contact")
WITHOUT = (*HOUSEHOLD, "origin", "payload", "observed_at", "load_id")


def contacts(charity: Charity) -> list[dict]:
    return charity.rows(tables.raw_gb_full_contacts, without=WITHOUT)


def edit_by_hand(charity: Charity) -> dict[str, int]:
    """What a day of a team in Givebutter's dashboard leaves behind; returns the contacts by what happened to them."""
    charity.later(hours=2)
    dashboard, truth = charity.server.dashboard, charity.server.world.truth
    kept = {one.scenario: one.contact_id for one in truth.mentors if one.contact_id is not None and not one.must_block}
    parts = {one.scenario: one.contact_id for one in truth.contacts.values()}
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
def by_api(past, start):
    """As in `synced`, with the contacts read over the API instead of uploaded from an export."""
    charity = start(past["configured"])
    charity.refresh("api_full")
    charity.sync()
    return charity


def test_an_upload_and_a_full_load_over_the_api_make_the_same_mentors(past, by_api):
    differing = differing_tables(by_api, past.look("synced"), way_in=True)
    # An export leaves out what is archived and the companies: neither can be anybody's contact.
    assert differing.keys() <= {"raw_gb_full_contacts"}


def test_the_contacts_of_an_export_are_those_of_the_api(past, by_api):
    exported = contacts(past.look("synced"))
    shown = [row for row in contacts(by_api) if row["archived_at"] is None and row["contact_type"] == "individual"]
    assert exported == shown
    assert len(exported) > 300


def test_the_changes_since_the_last_load_lead_to_what_a_full_load_gives(past, start):
    changes, full = start(past["synced"]), start(past["synced"])
    for charity, mode in ((full, "api_full"), (changes, "api_changes")):
        edit_by_hand(charity)
        charity.refresh(mode)
    known = {row["contact_id"] for row in contacts(changes)}
    # What the export left out and nobody touched stays unknown to the changes.
    everything = contacts(full)
    unknown = [row for row in everything if row["contact_id"] not in known]
    assert contacts(changes) == [row for row in everything if row["contact_id"] in known]
    assert all(row["archived_at"] is not None or row["contact_type"] == "company" for row in unknown)
    for charity in (full, changes):
        charity.run("etl", year=charity.year)
    assert differing_tables(changes, full, way_in=True).keys() <= {"raw_gb_full_contacts"}


def test_changes_are_few(past, start):
    charity = start(past["synced"])
    edited = edit_by_hand(charity)
    report = charity.refresh("api_changes")
    assert report.assets["raw_gb_full_contacts"]["rows read"] <= len(edited) + 2


def test_the_mentors_alone_can_be_refreshed(past, start):
    charity = start(past["synced"])
    before = {row["contact_id"]: row for row in contacts(charity)}
    edited = edit_by_hand(charity)
    report = charity.refresh("api_mentors", year=charity.year)
    after = {row["contact_id"]: row for row in contacts(charity)}
    changed = {contact_id for contact_id, row in after.items() if row != before.get(contact_id)}
    assert changed == {edited[what] for what in ("emails", "tags", "name", "archived")}
    assert after[edited["archived"]]["archived_at"] is not None
    candidates = {row["contact_id"] for row in charity.rows(tables.contact_candidates, year=charity.year)}
    assert report.assets["raw_gb_full_contacts"]["rows read"] == len(candidates) - 1
