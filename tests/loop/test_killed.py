"""A run that is killed at any step and then repeated leaves the tables of one that was never killed."""

import hashlib
import os

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.domain.errors import MentorSyncError
from tests.support.charity import Charity
from tests.support.compare import differing_tables, schema_tables
from tests.support.killed import run_and_kill


def test_a_sync_that_was_killed_at_every_step_leaves_what_one_leaves_that_never_was(past, start):
    undisturbed = past.look("synced")
    charity = start(past["configured"])
    kill_at_every_step_and_repeat(charity, list(past["synced"].syncs[0].assets))
    assert differing_tables(charity, undisturbed) == {}

    # Nothing is left over: no table half built, no file that no table knows.
    assert schema_tables(charity) == schema_tables(undisturbed)
    files = [path.name for path in charity.folder.iterdir() if not path.name.startswith("contacts-")]
    assert files == [row["file_name"] for row in charity.rows(tables.gb_import_files)]

    # The log says of every killed run that it failed.
    log = charity.rows(tables.sync_log)
    assert {row["status"] for row in log} == {"success", "failed"}
    assert {row["error"] for row in log if row["status"] == "failed"} == {"interrupted before it finished"}


def test_a_file_whose_run_was_killed_after_its_commit_is_finished_by_the_next(past, start):
    charity = start(past["synced"])
    charity.upload()
    charity.later()
    before = {path.name for path in charity.folder.iterdir()}
    run_and_kill(charity, "gb_import_file", "export", year=charity.year, committed=True)
    killed = charity.rows(tables.gb_import_files)[-1]
    assert {path.name for path in charity.folder.iterdir()} - before == {f".{killed['file_name']}.unfinished"}
    charity.later()
    with pytest.raises(MentorSyncError, match="DATA_STALE"):
        charity.export()  # also a run that writes no file itself
    assert {path.name for path in charity.folder.iterdir()} - before == {killed["file_name"]}
    content = (charity.folder / killed["file_name"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == killed["sha256"]


def kill_at_every_step_and_repeat(charity: Charity, steps: list[str]) -> None:
    """Upload and sync; each run gets one step further than the one before it, and is killed there."""
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
