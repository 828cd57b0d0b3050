"""Campaign messages in the console: preview, apply exactly the preview, clear."""

from pathlib import Path

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.messages.message_folder import find_message_file
from tests.console.conftest import Console, console_on
from tests.messages.conftest import campaign_text
from tests.support.rounds import Rounds
from tests.support.snapshots import NewEnvironment


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of campaign files, for the console and for the job."""
    made = tmp_path / "messages"
    made.mkdir()
    monkeypatch.setenv("MENTORSYNC_MESSAGES_DIR", str(made))
    return made


@pytest.fixture
def console(rounds: Rounds, start: NewEnvironment, tmp_path: Path, folder: Path) -> Console:
    return console_on(start(rounds["settled"], serve=False), tmp_path, MENTORSYNC_MESSAGES_DIR=str(folder))


def test_a_campaign_is_shown_applied_and_cleared(console, folder):
    year, browser, program = console.year, console.browser(), console.client(console.token())
    (folder / "hello.md").write_text(campaign_text("hello & welcome", text="Hi {{ first_name }}!", year=year))
    (folder / "broken.md").write_text("no front matter")
    page = browser.get(f"/{year}/messages").text
    assert "not applied" in page
    assert f'data-events="/api/{console.year}/events"' in page.partition('id="campaigns"')[2].partition(">")[0]
    assert "cannot be used" in page

    address = f"/{year}/messages/preview?campaign=hello+%26+welcome"
    shown = browser.get(address)
    assert shown.status_code == 200, shown.text
    assert "mentors get a message" in shown.text
    assert "Hi " in shown.text
    details = program.get(f"/api{address}").json()
    assert details["summary"]["messages"] > 40
    assert details["state"] == "new"

    named = {"campaign": details["campaign"]}
    campaign = {**named, "sha256": "0" * 64}
    assert program.post(f"/api/{year}/messages/apply", json=campaign).json()["code"] == "MESSAGE_CHANGED"
    assert browser.post(f"/{year}/messages/apply", data=campaign).status_code == 409
    campaign["sha256"] = details["sha256"]
    assert program.post(f"/api/{year}/messages/apply", json=campaign).json()["code"] == "DAGSTER_UNAVAILABLE"
    assert program.post(f"/api/{year}/messages/clear", json=named).json()["code"] == "MESSAGE_NOT_FOUND"

    file = find_message_file(folder, "hello", year)
    console.env.messages(apply_file=file.file_name, sha256=file.sha256, by="Erin Editor")
    listed = {campaign["name"]: campaign for campaign in program.get(f"/api/{year}/messages").json()["items"]}
    assert listed["hello & welcome"]["state"] == "in force"
    assert listed["hello & welcome"]["applied_by"] == "Erin Editor"
    assert "Clear" in browser.get(f"/{year}/messages").text
    written = len(console.env.rows(tables.campaign_messages, year=year))
    assert f'<a href="/{year}/messages">{written} messages written</a>' in browser.get(f"/{year}/runs").text
    assert program.post(f"/api/{year}/messages/clear", json=named).json()["code"] == "DAGSTER_UNAVAILABLE"
    assert console.env.rows(tables.audit_log) == []


def test_a_missing_campaign_and_a_missing_folder(console, folder):
    program = console.client(console.token("viewer"))
    missing = program.get(f"/api/{console.year}/messages/preview", params={"campaign": "nothing"})
    assert (missing.status_code, missing.json()["code"]) == (404, "MESSAGE_NOT_FOUND")
    folder.rmdir()
    assert program.get(f"/api/{console.year}/messages").status_code == 404
    page = console.browser().get(f"/{console.year}/messages")
    assert page.status_code == 200
    assert "There is no folder" in page.text
