"""Uploads of exports and rejected rows, and downloads of the import file."""

import os
import re
import time
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from starlette.testclient import TestClient

from mentorsync_pipeline.console import upload_storage
from mentorsync_pipeline.console.auth import size
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.domain.import_columns import EXTERNAL_ID
from mentorsync_pipeline.resources.drop_folder import DropFolderResource
from tests.automation.daemon import Daemon
from tests.console.conftest import Console

SENSOR = "contact_exports"


@pytest.fixture
def drop(console: Console) -> Path:
    folder = Path(console.services.settings.drop_dir)
    folder.mkdir()
    return folder


@pytest.fixture
def program(console: Console) -> TestClient:
    return console.client(console.token())


def export(console: Console, tmp_path: Path) -> Path:
    """An export of the current contacts, which differ from the loaded ones."""
    env = console.env
    env.later()
    env.server.dashboard.edit(env.server.sandbox.contacts.all()[0].id, title="Changed")
    folder = tmp_path / "downloads"
    folder.mkdir(exist_ok=True)
    return env.server.dashboard.export_to(folder)


def upload(client: TestClient, content: bytes, name: str = "contacts.csv", **query: object):
    return client.post("/api/uploads", params={"name": name, **query}, content=content)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def audit(console: Console) -> list[dict]:
    return console.env.rows(tables.audit_log)


def test_an_upload_uses_the_drop_folder_and_reports_progress(console, program, drop, tmp_path):
    path = export(console, tmp_path)
    taken = upload(program, path.read_bytes(), path.name, modified=console.env.now.timestamp())
    assert taken.status_code == 202, taken.text
    assert taken.json()["kind"] == "export"
    assert names(drop) == [path.name]
    assert (drop / path.name).stat().st_mtime == pytest.approx(console.env.now.timestamp(), abs=1)
    assert not list((console.services.settings.home / "uploads").iterdir())

    address = taken.headers["Location"]
    state = program.get(address).json()
    assert (state["state"], state["uploaded_by"], state["is_settled"]) == ("waiting", "a editor's program", False)

    console.env.now -= timedelta(minutes=2)  # the clock of the machine that loads it is late
    daemon = Daemon(console.env, {"drop_folder": DropFolderResource(path=str(drop))})
    daemon.ask(SENSOR)
    (run,) = daemon.tick(SENSOR)
    state = program.get(address).json()
    assert (state["state"], state["run_id"], state["is_settled"]) == ("loaded", run.run_id, False)
    assert state["rows"] == taken.json()["rows"]
    assert {entry["year"]: entry["done"] for entry in state["years"]} == {console.year: False}
    page = console.browser().get(f"/{console.year}/files/uploads").text
    assert "follows" in page
    assert f'data-events="/api/{console.year}/events"' in page
    assert "No runs are started at the moment" in page

    for _ in range(4):
        console.env.later(seconds=30)
        daemon.tick(SENSOR)
    assert program.get(address).json()["is_settled"]
    settled = console.browser().get(f"/{console.year}/files/uploads?until_settled=yes")
    assert "until_settled" not in settled.text
    assert settled.headers["HX-Refresh"] == "true"
    again = upload(program, path.read_bytes(), path.name)
    assert (again.status_code, again.json()["code"]) == (409, "FILE_LOADED_BEFORE")
    forced = upload(program, path.read_bytes(), path.name, force_reason="The later one was a mistake.")
    assert forced.json()["code"] == "DAGSTER_UNAVAILABLE"  # it is accepted, and would be loaded at once
    assert upload(program, path.read_bytes(), path.name, force_reason="\u200b").json()["code"] == "REASON_MISSING"


def test_an_incomplete_export_is_refused_with_the_reason(console, program, drop, tmp_path, written):
    whole = export(console, tmp_path).read_bytes()
    lines = whole.splitlines(keepends=True)
    import_file = written.read_bytes()
    refused = {
        "EXPORT_EMPTY": b"",
        "EXPORT_TRUNCATED": whole[:-40],
        "EXPORT_WRONG_FILE": import_file,
        "EXPORT_ENCODING": "Name,Größe\n".encode("utf-16"),
        "LIST_SHRUNK": b"".join(lines[: len(lines) // 2]),
        "REJECTED_FILE_INVALID": b"ERRORS,external_id\nno such person,MN9999\n",
    }
    for code, content in refused.items():
        answer = upload(program, content, "contacts of somebody.csv")
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert answer.json()["what_to_do"]
    assert upload(program, b"a,b\n1,2\n").json()["code"] == "EXPORT_WRONG_FILE"
    assert names(drop) == []
    assert audit(console) == []


def test_many_missing_contacts_need_a_reason_and_dagster(console, program, drop, tmp_path):
    """The drop folder cannot mark a file as forced, so a forced one is started or refused, and never remains there."""
    lines = export(console, tmp_path).read_bytes().splitlines(keepends=True)
    half = b"".join(lines[: len(lines) // 2])
    assert upload(program, half, force_reason=" ").json()["code"] == "REASON_MISSING"
    assert upload(program, half, force_reason="Half were deleted.").json()["code"] == "DAGSTER_UNAVAILABLE"
    assert names(drop) == []


def test_other_file_names_than_givebutters_are_not_stored(console, program, drop, tmp_path):
    content = export(console, tmp_path).read_bytes()
    assert upload(program, content, "../../etc/Ada Zz 2026-10-01\r\n.csv").status_code == 202
    (name,) = names(drop)
    assert re.fullmatch(r"upload-2026-10-01-[0-9a-f]{8}\.csv", name)


def test_rejected_rows_become_errors_with_the_next_step(console, program, drop):
    mentor = console.env.rows(tables.mentors, year=console.year)[0]
    mn_id = mentor["mn_id"]
    content = (
        f'ERRORS,external_id,last_name\n"A contact with External ID [{mn_id}] already exists.",{mn_id},Zz\n'.encode()
    )
    taken = upload(program, content, "contacts-2026-10-01-1-failed.csv")
    assert taken.json() | {"sha256": "", "state_url": ""} == {
        "sha256": "",
        "kind": "failed_rows",
        "rows": 1,
        "campaign_year": console.year,
        "state_url": "",
    }
    daemon = Daemon(console.env, {"drop_folder": DropFolderResource(path=str(drop))})
    daemon.ask(SENSOR)
    daemon.tick(SENSOR)
    assert program.get(taken.headers["Location"]).json()["state"] == "loaded"
    (row,) = program.get(f"/api/{console.year}/export/rejected").json()["items"]
    assert (row["mn_id"], row["error_code"]) == (mn_id, "GB_EXTERNAL_ID_EXISTS")
    page = console.browser().get(f"/{console.year}/files").text
    assert f'href="/{console.year}/mentors/{mn_id}">{mentor["first_name"]} {mentor["last_name"]}</a>' in page
    assert "Rejected: the External ID is another contact" in page
    assert "GB_EXTERNAL_ID_EXISTS" not in page
    assert '">1 rejected row</a>' in console.browser().get(f"/{console.year}/runs").text


def test_a_quarantined_file_has_a_reason(console, program, drop, tmp_path):
    content = export(console, tmp_path).read_bytes()
    taken = upload(program, content)
    (placed,) = drop.iterdir()
    daemon = Daemon(console.env, {"drop_folder": DropFolderResource(path=str(drop))})
    daemon.ask(SENSOR)
    for _ in range(3):  # its runs fail, and the fourth check gives up
        (request,) = daemon.ask(SENSOR).run_requests
        daemon.instance.report_run_failed(daemon.pretend(request, dg.DagsterRunStatus.STARTED))
    daemon.ask(SENSOR)
    assert not placed.exists()
    state = program.get(taken.headers["Location"]).json()
    assert (state["state"], state["put_aside"]["code"]) == ("put_aside", "DROP_FILE_FAILED")
    assert "Then close this error: “Dismiss”." in console.browser().get(f"/{console.year}/files/uploads").text


def test_an_endless_upload_is_aborted_and_deleted(console, program, drop, monkeypatch):
    monkeypatch.setattr(size, "UPLOAD_BYTES", 5_000_000)
    answer = program.post("/api/uploads", content=(b"x" * 100_000 for _ in range(100)))
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")
    assert names(drop) == []
    assert not list((console.services.settings.home / "uploads").iterdir())
    assert upload(program, b"x" * 5_000_001).status_code == 413


def test_an_upload_whose_token_was_removed_meanwhile_is_refused(console, program, drop, tmp_path, monkeypatch):
    store = upload_storage._store

    async def slow_store(request, path):
        arrived = await store(request, path)
        console.services.users.remove_token("a editor's program")
        return arrived

    monkeypatch.setattr(upload_storage, "_store", slow_store)
    assert upload(program, export(console, tmp_path).read_bytes()).status_code == 401
    assert names(drop) == []
    assert audit(console) == []


def test_incomplete_uploads_of_a_killed_console_are_deleted_later(console, program, drop):
    folder = console.services.settings.home / "uploads"
    for name, hours in (("upload-old", 25), ("upload-now", 1)):
        (folder / name).mkdir(parents=True)
        (folder / name / "contacts.csv").write_text("somebody")
        os.utime(folder / name, (time.time() - hours * 3600,) * 2)
    (folder / "upload-ended").symlink_to("nothing")  # as an upload that ends meanwhile
    assert upload(program, b"").json()["code"] == "EXPORT_EMPTY"
    assert names(folder) == ["upload-ended", "upload-now"]


def test_a_missing_drop_folder_is_reported(program, console, tmp_path):
    answer = upload(program, export(console, tmp_path).read_bytes())
    assert (answer.status_code, answer.json()["code"]) == (503, "DROP_FOLDER_UNREADABLE")
    assert audit(console) == []


def test_a_download_is_unchanged_and_recorded(console, program, written):
    browser = console.browser("Vic Viewer", "viewer")
    first = browser.get(f"/{console.year}/files/newest")
    assert first.status_code == 200, first.text
    assert first.content == written.read_bytes()
    assert first.headers["Content-Disposition"] == f'attachment; filename="{written.name}"'
    assert first.headers["Cache-Control"] == "no-store"
    assert EXTERNAL_ID.encode() in first.content
    listed = program.get(f"/api/{console.year}/export/files").json()
    number = listed["items"][0]["id"]
    assert program.get(f"/api/{console.year}/export/files/{number}").content == first.content
    assert program.get(f"/api/{console.year}/export/file").content == first.content
    assert program.get(f"/api/{console.year}/export/files/999999").json()["code"] == "FILE_NOT_FOUND"
    assert [(row["act"], row["who"], row["via"]) for row in audit(console)] == [
        ("file_fetched", "Vic Viewer", "session"),
        ("file_fetched", "a editor's program", "token"),
        ("file_fetched", "a editor's program", "token"),
    ]
    written.write_bytes(first.content + b"more")
    assert browser.get(f"/{console.year}/files/newest").status_code == 404


def test_the_newest_file_is_checked_against_current_contacts(console, program, written):
    console.env.upload()
    report = program.get(f"/api/{console.year}/export/validate").json()
    assert report["rows"] == report["passed"] == report["file"]["row_count"]
    assert report["refused_because"] is None
    assert "according to the loaded contacts" in console.browser().get(f"/{console.year}/files/check").text


def test_a_file_from_before_an_unsubscribe_cannot_be_downloaded(console, program, written):
    env = console.env
    row = next(
        row
        for row in env.by_mn_id(tables.mn_gb_import).values()
        if row["Givebutter Contact ID"] and row["Email Subscription Status"] == "Yes"
    )
    env.server.dashboard.edit(int(row["Givebutter Contact ID"]), email_subscribed=False, title="Unsubscribed")
    env.upload()
    answer = program.get(f"/api/{console.year}/export/file")
    assert (answer.status_code, answer.json()["code"]) == (409, "STALE_FILE")
    assert console.browser().get(f"/{console.year}/files/newest").status_code == 409
    problems = program.get(f"/api/{console.year}/export/validate").json()["problems"]
    assert ("STALE_FILE", row["mn_id"]) in {(problem["error_code"], problem["subject"]) for problem in problems}
    assert (
        "An import file from before a person unsubscribed" in console.browser().get(f"/{console.year}/files/check").text
    )
    assert "file_fetched" not in {entry["act"] for entry in audit(console)}


def test_stale_contacts_refuse_a_new_file_without_a_reason(console, program):
    browser = console.browser()
    console.env.later(days=8)
    page = browser.get(f"/{console.year}/files").text
    assert "more than 7 days old. The next file needs a fresh export." in page
    forced = {"force": "true", "reason": "  "}
    assert "REASON_MISSING" in browser.post(f"/{console.year}/files/export", data=forced).text
    answer = program.post(f"/api/{console.year}/export", json={"force_reason": ""})
    assert answer.json()["code"] == "REASON_MISSING"
    assert audit(console) == []
