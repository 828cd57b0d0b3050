"""A run that is killed at any step and then repeated leaves the tables of one that was never killed."""

import hashlib
import os

import pytest

from mentorsync_pipeline.automation.jobs import FILE
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.domain.errors import MentorSyncError
from tests.support.compare import differing_tables, schema_tables
from tests.support.environment import SandboxEnvironment
from tests.support.killed import run_and_kill

pytestmark = pytest.mark.slow


def test_a_sync_that_was_killed_at_every_step_leaves_what_one_leaves_that_never_was(rounds, start):
    undisturbed = rounds.read_only("synced")
    env = start(rounds["configured"])
    kill_at_every_step_and_repeat(env, list(rounds["synced"].syncs[0].assets))
    assert differing_tables(env, undisturbed) == {}

    # No remainders: no temporary table, and no unrecorded file.
    assert schema_tables(env) == schema_tables(undisturbed)
    files = [path.name for path in env.folder.iterdir() if not path.name.startswith("contacts-")]
    assert files == [row["file_name"] for row in env.rows(tables.gb_import_files)]

    # Every killed run is logged as failed.
    log = env.rows(tables.sync_log)
    assert {row["status"] for row in log} == {"success", "failed"}
    assert {row["error"] for row in log if row["status"] == "failed"} == {"interrupted before it finished"}


def test_a_file_whose_run_was_killed_after_its_commit_is_finished_by_the_next(rounds, start):
    env = start(rounds["synced"])
    env.upload()
    env.later()
    before = {path.name for path in env.folder.iterdir()}
    run_and_kill(env, "gb_import_file", "export", year=env.year, committed=True)
    killed = env.rows(tables.gb_import_files)[-1]
    assert {path.name for path in env.folder.iterdir()} - before == {f".{killed['file_name']}.unfinished"}
    env.later()
    with pytest.raises(MentorSyncError, match="DATA_STALE"):
        env.export()  # also a run that writes no file itself
    assert {path.name for path in env.folder.iterdir()} - before == {killed["file_name"]}
    content = (env.folder / killed["file_name"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == killed["sha256"]


def kill_at_every_step_and_repeat(env: SandboxEnvironment, steps: list[str]) -> None:
    """Upload, run each step of a sync again after a run was killed in it, and sync again after a sync was killed."""
    env.later()
    path = env.server.dashboard.export_to(env.folder)
    os.utime(path, (env.now.timestamp(),) * 2)
    upload = {"ops": {"raw_gb_full_contacts": {"config": {"mode": "file", "path": str(path)}}}}
    run_and_kill(env, "raw_gb_full_contacts", "upload_contacts", config=upload)
    assert env.rows(tables.raw_gb_full_contacts) == []
    env.run("upload_contacts", config=upload)
    env.later()
    for step in steps:
        if step != FILE:
            run_and_kill(env, step, "sync", year=env.year, assets=[step])
            env.run("sync", year=env.year, assets=[step])
    run_and_kill(env, FILE, "sync", year=env.year)
    env.run("sync", year=env.year)
