"""A dry run reports the changes of the real run, and writes nothing."""

import pytest

from mentorsync_pipeline.cli.dry_run_job import dry_run
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.runtime.run_tags import EVERY_STEP

pytestmark = pytest.mark.slow

EVERYTHING = [table for table in tables.metadata.sorted_tables if table.name != "raw_gb_full_contacts"]


def state(env):
    return {table.name: env.rows(table) for table in EVERYTHING}


def clock(env):
    return {"clock": env.definitions().resources["clock"]}


def test_a_dry_run_of_a_calculated_year_reports_no_changes(env):
    env.run("etl", year=env.year)
    before = state(env)
    report = dry_run(env.engine, env.year, tags={EVERY_STEP: "true"}, resources=clock(env))
    report.report.raise_on_failure()
    assert {
        name: changes for name, changes in report.tables.items() if changes.added or changes.removed or changes.changed
    } == {}
    assert state(env) == before


def test_it_reports_the_changes_of_the_real_run(env):
    env.change_setting("fundraising_goal", "1")
    env.change_setting("thresholds", '{"clear_winner_points": "100000"}')
    before = state(env)
    report = dry_run(env.engine, env.year, resources=clock(env))
    report.report.raise_on_failure()
    assert state(env) == before
    winners = {row["mn_id"]: row for row in before["winner_contacts"] if row["campaign_year"] == env.year}
    env.run("etl", year=env.year)
    after = env.by_mn_id(tables.winner_contacts)
    really = {mn_id for mn_id in after if after[mn_id]["decision"] != winners[mn_id]["decision"]}
    assert really
    assert really <= {key[0] for key in report.tables["winner_contacts"].changed}
    statuses = {row["mn_id"]: row["status"] for row in before["mentors"] if row["campaign_year"] == env.year}
    changed = {mn_id for mn_id, row in env.by_mn_id(tables.mentors).items() if row["status"] != statuses[mn_id]}
    assert changed
    tags = {row["mn_id"]: row["tags"] for row in before["mentors"] if row["campaign_year"] == env.year}
    retagged = {mn_id for mn_id, row in env.by_mn_id(tables.mentors).items() if row["tags"] != tags[mn_id]}
    assert retagged == {key[0] for key, columns in report.tables["mentors"].changed.items() if "tags" in columns}
    assert changed == {key[0] for key, columns in report.tables["mentors"].changed.items() if "status" in columns}


def test_a_failed_dry_run_writes_nothing(env, monkeypatch):
    monkeypatch.setattr("mentorsync_pipeline.assets.steps.mentors.read_year_data", None)
    before = state(env)
    assert not dry_run(env.engine, env.year, tags={EVERY_STEP: "true"}, resources=clock(env)).report.success
    assert state(env) == before
