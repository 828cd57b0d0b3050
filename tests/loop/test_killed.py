"""A run that is killed at any step and then repeated leaves the tables of one that was never killed."""

import os

import pytest

from loop.compare import differing_tables, schema_tables
from loop.killed import run_and_kill
from mentorsync_pipeline import tables


@pytest.fixture(scope="module")
def killed(past, start):
    """A first sync that was killed in every one of its assets, one after the other, and then came to its end."""
    steps = list(past["synced"].syncs[0].assets)
    charity = start(past["configured"])
    charity.later()
    path = charity.server.dashboard.export_to(charity.folder)
    os.utime(path, (charity.now.timestamp(),) * 2)
    upload = {"ops": {"raw_gb_full_contacts": {"config": {"mode": "file", "path": str(path)}}}}
    run_and_kill(charity, "raw_gb_full_contacts", "upload_contacts", config=upload)
    assert charity.rows(tables.raw_gb_full_contacts) == []
    charity.run("upload_contacts", config=upload)
    charity.later()
    for step in steps:
        run_and_kill(charity, step, "sync", year=charity.year)
    charity.run("sync", year=charity.year)
    return charity


def test_the_tables_are_those_of_a_run_that_was_never_killed(past, killed):
    assert differing_tables(killed, past.look("synced")) == {}


def test_nothing_is_left_over_from_the_killed_runs(past, killed):
    assert schema_tables(killed) == schema_tables(past.look("synced"))
    files = [path.name for path in killed.folder.iterdir() if not path.name.startswith("contacts-")]
    assert files == [row["file_name"] for row in killed.rows(tables.gb_import_files)]


def test_the_log_says_of_every_killed_run_that_it_failed(killed):
    log = killed.rows(tables.sync_log)
    assert {row["status"] for row in log} == {"success", "failed"}
    assert {row["error"] for row in log if row["status"] == "failed"} == {"interrupted before it finished"}
