"""The drop folder sensor, for every state of a file and its runs, with real runs."""

import errno
import os
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from upath import UPath

from mentorsync_pipeline.automation import drop_folder_sensor
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.resources import drop_folder
from mentorsync_pipeline.resources.drop_folder import DropFolderError, DropFolderResource
from mentorsync_pipeline.runtime.run_attempts import MAX_RUNS
from mentorsync_pipeline.uploads import drop_files
from tests.automation.daemon import Daemon
from tests.support.environment import SandboxEnvironment

SENSOR = "contact_exports"


@pytest.fixture
def daemon(daemon: Daemon) -> Daemon:
    """A daemon that loads files; one test recalculates the years as well."""
    daemon.pretended = frozenset({"etl_to_file"})
    return daemon


def dropped(env: SandboxEnvironment, folder: Path) -> Path:
    """An export taken now, with contacts that were edited since the last one."""
    env.later()
    edited = env.server.sandbox.contacts.all()[0].id
    env.server.dashboard.edit(edited, title=f"Seen {env.now:%H:%M:%S}")
    path = env.server.dashboard.export_to(folder)
    os.utime(path, (env.now.timestamp(),) * 2)
    return path


def names(folder: Path) -> list[str]:
    entries = folder.iterdir() if folder.exists() else ()
    return sorted(entry.name for entry in entries if os.path.isfile(entry))  # noqa: PTH113  # raises for no link


def loads(env: SandboxEnvironment) -> list[dict]:
    return env.rows(tables.gb_contact_loads)


def errors(env: SandboxEnvironment) -> list[dict]:
    return [row for row in env.rows(tables.sync_errors) if row["source_table"] == "drop_folder"]


def settle(daemon: Daemon, ticks: int = 12) -> list[dg.DagsterRun]:
    """Tick until three ticks in a row, or the last one, have requested no more runs."""
    runs, idle = [], 0
    for _ in range(ticks):
        requested = daemon.tick(SENSOR)
        runs += requested
        idle = 0 if requested else idle + 1
        if idle == 3:
            break
    return runs


def test_a_dropped_export_is_loaded_and_every_active_year_is_updated(daemon, env, drop):
    daemon.pretended = frozenset()
    before = len(loads(env))
    path = dropped(env, drop)
    first = daemon.ask(SENSOR)
    assert first.run_requests == [], "it may still grow"
    assert "not complete" in first.skip_message
    runs = settle(daemon)
    assert [run.job_name for run in runs] == ["upload_contacts", "etl_to_file", "etl_to_file"]
    assert all(run.is_success for run in runs)
    assert {run.tags["dagster/partition"] for run in runs[1:]} == {str(env.year - 1), str(env.year)}
    (load,) = loads(env)[before:]
    assert load["file_name"] == path.name
    assert load["sha256"]
    assert names(drop) == []
    assert names(drop / "processed") == [path.name]
    assert settle(daemon, 2) == []


def test_a_growing_or_empty_file_is_not_loaded(daemon, env, drop):
    path = dropped(env, drop)
    whole = path.read_bytes()
    path.write_bytes(b"")
    for size in (0, 0, 100, 200, 300, len(whole)):
        path.write_bytes(whole[:size])
        os.utime(path, (env.now.timestamp(),) * 2)
        assert daemon.ask(SENSOR).run_requests == []
    (request,) = daemon.ask(SENSOR).run_requests
    assert request.job_name == "upload_contacts"


def test_the_same_content_is_loaded_once(daemon, env, drop):
    path = dropped(env, drop)
    content = path.read_bytes()
    for number in range(4):
        (drop / f"again-{number}.csv").write_bytes(content)
    before = len(loads(env))
    assert [run.job_name for run in settle(daemon)].count("upload_contacts") == 1
    path.write_bytes(content)
    assert settle(daemon) == []
    assert len(loads(env)) == before + 1
    assert len(names(drop / "processed")) == 6
    assert names(drop) == []


def test_a_later_export_with_the_same_content_refreshes_the_contact_data(daemon, env, drop):
    path = dropped(env, drop)
    settle(daemon)
    before = loads(env)[-1]
    env.later(days=2)
    again = env.server.dashboard.export_to(drop)
    os.utime(again, (env.now.timestamp(),) * 2)
    taken = env.now
    content = again.read_bytes()
    assert again.name != path.name
    assert content == (drop / "processed" / path.name).read_bytes()
    (drop / f"{again.stem} (1).csv").write_bytes(content)
    runs = settle(daemon)
    assert [run.job_name for run in runs] == ["upload_contacts", "etl_to_file", "etl_to_file"]
    assert all(run.is_success for run in runs)
    after = loads(env)[-1]
    assert (after["id"], after["sha256"], after["as_of"]) == (before["id"] + 1, before["sha256"], taken)
    assert len(names(drop / "processed")) == 3
    assert names(drop) == []


def test_an_old_export_that_reappears_is_not_new_data(daemon, env, drop):
    contents = {path: path.read_bytes() for path in (dropped(env, drop), dropped(env, drop))}
    settle(daemon)
    count = len(loads(env))
    for path, content in contents.items():
        path.write_bytes(content)
    assert settle(daemon) == []
    assert len(loads(env)) == count


def test_a_canceled_run_is_not_a_failed_attempt_but_attempts_are_limited(daemon, env, drop):
    path = dropped(env, drop)
    daemon.ask(SENSOR)
    for number in range(1, MAX_RUNS + 1):
        (request,) = daemon.ask(SENSOR).run_requests
        assert request.run_key.endswith(f"#{number}")
        daemon.instance.report_run_canceled(daemon.pretend(request, dg.DagsterRunStatus.STARTED))
    assert daemon.ask(SENSOR).run_requests == []
    assert names(drop / "quarantine") == [path.name]


def test_several_files_are_loaded_in_turn_and_the_years_updated_once(daemon, env, drop):
    for number in range(3):
        path = dropped(env, drop)
        path.rename(drop / f"contacts-{number}.csv")
    runs = settle(daemon)
    assert [run.job_name for run in runs] == ["upload_contacts"] * 3 + ["etl_to_file"] * 2
    assert [row["file_name"] for row in loads(env)[-3:]] == [f"contacts-{number}.csv" for number in range(3)]


def test_only_the_newest_of_several_exports_is_loaded(daemon, env, drop):
    paths = [dropped(env, drop) for _ in range(4)]
    os.utime(paths[-1], (0, 0))  # copying changes the time of a file
    newest = paths[-1].name
    runs = settle(daemon)
    assert [run.job_name for run in runs] == ["upload_contacts", "etl_to_file", "etl_to_file"]
    assert loads(env)[-1]["file_name"] == newest
    assert names(drop / "processed") == [newest]
    assert names(drop / "superseded") == sorted(path.name for path in paths[:-1])
    assert names(drop) == []


def test_an_older_export_is_loaded_if_the_newest_one_is_refused(daemon, env, drop):
    older, newest = dropped(env, drop), dropped(env, drop)
    newest.write_bytes(newest.read_bytes()[:-40])
    settle(daemon, 8)
    assert names(drop / "quarantine") == [newest.name]
    assert loads(env)[-1]["file_name"] == older.name
    assert names(drop / "processed") == [older.name]
    assert not (drop / "superseded").exists()


def test_no_run_is_requested_while_one_is_in_progress(daemon, env, drop):
    path = dropped(env, drop)
    daemon.ask(SENSOR)
    (request,) = daemon.ask(SENSOR).run_requests
    run = daemon.pretend(request, dg.DagsterRunStatus.STARTED)
    waiting = daemon.ask(SENSOR)
    assert waiting.run_requests == []
    assert "loading a dropped file" in waiting.skip_message
    assert names(drop) == [path.name]
    daemon.instance.report_run_failed(run)
    (again,) = daemon.ask(SENSOR).run_requests
    assert again.run_key == request.run_key.removesuffix("1") + "2"


def test_a_file_that_cannot_be_loaded_is_tried_three_times_and_quarantined(daemon, env, drop):
    path = dropped(env, drop)
    path.write_bytes(path.read_bytes()[:-40])
    runs = settle(daemon, 8)
    assert [(run.job_name, run.status) for run in runs] == [("upload_contacts", dg.DagsterRunStatus.FAILURE)] * 3
    assert names(drop / "quarantine") == [path.name]
    (error,) = errors(env)
    assert (error["error_code"], error["resolved"]) == ("DROP_FILE_FAILED", False)
    assert "EXPORT_TRUNCATED" in error["message"]


def test_an_unknown_file_is_quarantined_with_an_error(daemon, env, drop):
    (drop / "list.csv").write_text("Name,Colour\nA,red\n")
    (drop / ".hidden").write_text("x")
    (drop / "export.csv.part").write_text("x")
    os.mkfifo(drop / "fifo.csv")
    for link, target in {
        "zero.csv": "/dev/zero",
        "gone.csv": "nowhere",
        "loop.csv": "loop.csv",
        "root.csv": "/",
        "long.csv": "x" * 300,
    }.items():
        (drop / link).symlink_to(target)
    unusual = ["a\n\x1b[31mb.csv", os.fsdecode(b"list-\xff.csv"), "x" * 255]
    for number, name in enumerate(unusual):
        (drop / name).write_text(f"Name,Colour {number}\nA,red\n")
    assert settle(daemon, 3) == []
    assert names(drop / "quarantine") == sorted(["list.csv", *unusual])
    assert {error["error_code"] for error in errors(env)} == {"DROP_FILE_UNKNOWN"}
    assert all("not a contacts export" in error["message"] for error in errors(env))
    assert all(error["message"].isprintable() for error in errors(env))
    assert names(drop) == [".hidden", "export.csv.part"]


def test_files_with_equal_names_are_quarantined_in_turn(daemon, env, drop):
    """Also when the mark of a later one would make its name too long."""
    for number in range(2):
        for name in ("list.csv", "é" * 125 + ".csv", "x" * 255):
            (drop / name).write_text(f"Name,Colour {number}{name[0]}\nA,red\n")
        assert settle(daemon, 3) == []
        assert names(drop) == []
    assert len(names(drop / "quarantine")) == 6
    assert {error["error_code"] for error in errors(env)} == {"DROP_FILE_UNKNOWN"}


def test_workbooks_and_empty_files_are_quarantined(daemon, env, drop):
    (drop / "contacts.xlsx").write_bytes(b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml")
    empty = drop / "contacts-2026-10-01-1.csv"
    empty.write_bytes(b"")
    os.utime(empty, (env.now.timestamp() - 3600,) * 2)
    assert settle(daemon, 3) == []
    assert names(drop / "quarantine") == [empty.name, "contacts.xlsx"]
    messages = [row["message"] for row in errors(env)]
    assert any("workbook" in message for message in messages)
    assert any("is empty" in message for message in messages)


def test_a_file_that_stopped_a_tick_is_quarantined_by_the_next_tick(daemon, env, drop, monkeypatch):
    wide = drop / "a.csv"
    wide.write_text(",".join(["Shirt"] * 30_000))
    os.utime(wide, (env.now.timestamp() - 60,) * 2)
    path = dropped(env, drop)

    class Killed(BaseException):
        """Simulates a kill of the process, without clean-up."""

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("mentorsync_pipeline.uploads.drop_files._find_kind", killed)
        patch.setattr(DropFolderResource, "end_examination", lambda *_: None)
        daemon.ask(SENSOR)
        with pytest.raises(Killed):
            daemon.ask(SENSOR)
    runs = settle(daemon)
    assert [run.job_name for run in runs] == ["upload_contacts", "etl_to_file", "etl_to_file"]
    assert names(drop / "quarantine") == ["a.csv"]
    assert names(drop / "processed") == [path.name]
    assert [row["error_code"] for row in errors(env)] == ["DROP_FILE_UNFINISHED"]
    assert names(drop) == []


def test_a_file_with_an_endless_header_is_quarantined_immediately(daemon, env, drop):
    (drop / "a.csv").write_text(",".join(["Shirt"] * 30_000))
    (drop / "b-failed.csv").write_text("ERRORS," + ",".join(["id"] * 30_000) + "\n" + "x\n" * 1_000)
    settle(daemon, 3)
    assert names(drop / "quarantine") == ["a.csv", "b-failed.csv"]
    assert {row["error_code"] for row in errors(env)} == {"DROP_FILE_UNKNOWN"}
    assert sorted(row["message"].partition(".csv")[0] for row in errors(env)) == ["a", "b-failed"]


@pytest.mark.parametrize("at", ["the scan", "the decision"])
def test_a_file_that_causes_an_unexpected_error_does_not_stop_the_others(daemon, env, drop, monkeypatch, at):
    broken = drop / "broken.csv"
    broken.write_text("x")
    os.utime(broken, (env.now.timestamp() - 60,) * 2)
    dropped(env, drop)
    kind = drop_files._find_kind

    def fail(local):
        if local.name == broken.name:
            raise MemoryError
        return kind(local)

    def fail_later(content):
        if content == b"x":
            raise MemoryError
        return ()

    if at == "the scan":
        monkeypatch.setattr(drop_files, "_find_kind", fail)
    else:
        monkeypatch.setattr(drop_files, "is_failed_rows", lambda head: head == "x")
        monkeypatch.setattr(drop_folder_sensor, "read_identities", fail_later)
    assert next(run.job_name for run in settle(daemon, 4)) == "upload_contacts"
    assert names(drop / "quarantine") == [broken.name]
    assert [row["error_code"] for row in errors(env)] == ["DROP_FILE_UNFINISHED"]
    assert broken.name in errors(env)[0]["message"]


def test_a_file_that_cannot_be_moved_is_reported_and_does_not_stop_the_others(daemon, env, drop):
    (drop / "quarantine").write_text("a file where the folder should be")
    (drop / "list.csv").write_text("Name,Colour\nA,red\n")
    os.utime(drop / "list.csv", (env.now.timestamp() - 60,) * 2)
    os.utime(drop / "quarantine", (env.now.timestamp() + 10**6,) * 2)
    path = dropped(env, drop)
    runs = settle(daemon, 6)
    assert runs[0].job_name == "upload_contacts"
    assert path.name in names(drop / "processed")
    assert "list.csv" in names(drop)
    assert "DROP_FILE_NOT_MOVED" in {row["error_code"] for row in errors(env)}


def test_a_full_or_read_only_folder_is_an_error_with_a_code(tmp_path, monkeypatch):
    folder = DropFolderResource(path=str(tmp_path))
    (tmp_path / "a.csv").write_text("x")
    (file,) = folder.files()

    def refuse(code):
        def write_bytes(*_):
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(type(file.path), "write_bytes", write_bytes)

    for code, error_code in ((errno.ENOSPC, "DISK_FULL"), (errno.EROFS, "FOLDER_NOT_WRITABLE")):
        refuse(code)
        with pytest.raises(DropFolderError, match=rf"{error_code}: .*MENTORSYNC_DROP_DIR"):
            folder.begin_examination(file)


def test_a_storage_that_no_package_reads_is_an_error_with_a_code():
    with pytest.raises(DropFolderError, match=r"nosuch.*MENTORSYNC_DROP_DIR"):
        DropFolderResource(path="nosuch://bucket/exports").files()


def test_the_only_file_may_disappear_while_the_folder_is_listed(tmp_path, monkeypatch):
    def describe(path):
        path.unlink()
        return described(path)

    (tmp_path / "a.csv").write_text("x")
    described = drop_folder._describe_file
    monkeypatch.setattr(drop_folder, "_describe_file", describe)
    assert DropFolderResource(path=str(tmp_path)).files() == []


def test_givebutters_failed_rows_become_errors_of_their_year(daemon, env, drop):
    mn_id = env.rows(tables.mentors, year=env.year)[0]["mn_id"]
    (drop / "contacts-2026-10-01-1-failed.csv").write_text(
        f'ERRORS,external_id,last_name\n"A contact with External ID [{mn_id}] already exists.",{mn_id},Zz\n'
    )
    (run,) = settle(daemon, 3)
    assert (run.job_name, run.tags["dagster/partition"], run.is_success) == ("rejected_rows", str(env.year), True)
    errors_of_rows = [row for row in env.rows(tables.sync_errors) if row["error_code"] == "GB_EXTERNAL_ID_EXISTS"]
    assert [(row["mn_id"], row["campaign_year"]) for row in errors_of_rows] == [(mn_id, env.year)]
    assert names(drop / "processed") == ["contacts-2026-10-01-1-failed.csv"]


def test_an_unreadable_folder_is_an_error(daemon, env, drop, tmp_path):
    dropped(env, drop)
    daemon.ask(SENSOR)
    cursor = daemon.cursors[SENSOR]
    drop.rename(tmp_path / "elsewhere")
    with pytest.raises(DropFolderError):
        daemon.ask(SENSOR)
    assert daemon.cursors[SENSOR] == cursor
    (tmp_path / "elsewhere").rename(drop)
    assert len(daemon.ask(SENSOR).run_requests) == 1


def test_the_folder_can_be_a_url(daemon, env, drop):
    remote = UPath("memory://exports")
    remote.mkdir()
    path = dropped(env, drop)
    (remote / path.name).write_bytes(path.read_bytes())
    daemon.resources["drop_folder"] = DropFolderResource(path="memory://exports")
    runs = settle(daemon, 6)
    assert [run.job_name for run in runs] == ["upload_contacts", "etl_to_file", "etl_to_file"]
    assert all(run.is_success for run in runs)
    assert (remote / "processed" / path.name).exists()
    assert not (remote / path.name).exists()


def test_a_manual_upload_starts_no_runs(daemon, env):
    env.upload()
    assert settle(daemon, 2) == []


def test_a_failed_year_is_retried(daemon, env, drop):
    dropped(env, drop)
    daemon.ask(SENSOR)
    daemon.tick(SENSOR)
    requests = daemon.ask(SENSOR).run_requests
    daemon.instance.report_run_failed(daemon.pretend(requests[0], dg.DagsterRunStatus.STARTED))
    daemon.pretend(requests[1], dg.DagsterRunStatus.STARTED)
    (again,) = daemon.ask(SENSOR).run_requests
    assert again.partition_key == requests[0].partition_key
    assert again.run_key.endswith("#2")


def test_each_file_is_recorded_as_one_load(env):
    with env.engine.connect() as conn:
        table = tables.gb_contact_loads
        assert conn.execute(sa.select(sa.func.count()).where(table.c.sha256.is_not(None))).scalar_one() == 1
