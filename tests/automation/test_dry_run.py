"""A dry run reports the changes of the real run, and writes nothing."""

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.cli.dry_run_job import dry_run
from mentorsync_pipeline.db import tables

EVERYTHING = [table for table in tables.metadata.sorted_tables if table.name != "raw_gb_full_contacts"]


def state(charity):
    return {table.name: charity.rows(table) for table in EVERYTHING}


def clock(charity):
    return {"clock": charity.definitions().resources["clock"]}


def test_a_dry_run_of_a_calculated_year_reports_no_changes(charity):
    charity.run("etl", year=charity.year)
    before = state(charity)
    found = dry_run(charity.engine, charity.year, resources=clock(charity))
    found.report.raise_on_failure()
    assert {name: one for name, one in found.tables.items() if one.added or one.removed or one.changed} == {}
    assert state(charity) == before


def test_it_reports_the_changes_of_the_real_run(charity):
    with charity.engine.begin() as conn:
        configuration.set_value(conn, charity.year, "fundraising_goal", "1")
        configuration.set_value(conn, charity.year, "thresholds", '{"clear_winner_points": "100000"}')
    before = state(charity)
    found = dry_run(charity.engine, charity.year, resources=clock(charity))
    found.report.raise_on_failure()
    assert state(charity) == before
    winners = {row["mn_id"]: row for row in before["winner_contacts"] if row["campaign_year"] == charity.year}
    charity.run("etl", year=charity.year)
    after = charity.by_mn_id(tables.winner_contacts)
    really = {mn_id for mn_id in after if after[mn_id]["decision"] != winners[mn_id]["decision"]}
    assert really
    assert really <= {key[0] for key in found.tables["winner_contacts"].changed}
    statuses = {row["mn_id"]: row["status"] for row in before["mentors"] if row["campaign_year"] == charity.year}
    changed = {mn_id for mn_id, row in charity.by_mn_id(tables.mentors).items() if row["status"] != statuses[mn_id]}
    assert changed
    tags = {row["mn_id"]: row["tags"] for row in before["mentors"] if row["campaign_year"] == charity.year}
    retagged = {mn_id for mn_id, row in charity.by_mn_id(tables.mentors).items() if row["tags"] != tags[mn_id]}
    assert retagged == {key[0] for key, columns in found.tables["mentors"].changed.items() if "tags" in columns}
    assert changed == {key[0] for key, columns in found.tables["mentors"].changed.items() if "status" in columns}


def test_a_failed_dry_run_writes_nothing(charity, monkeypatch):
    monkeypatch.setattr("mentorsync_pipeline.assets.mentors.year_data", None)
    before = state(charity)
    assert not dry_run(charity.engine, charity.year, resources=clock(charity)).report.success
    assert state(charity) == before
