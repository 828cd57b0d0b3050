"""`mentorsync console`: users and tokens from the command line, and the refusal to start without protection."""

import io
import json
import os
from pathlib import Path

import pytest

from mentorsync_pipeline.console.auth.users import UserFile
from tests.support.cli import InProcess


@pytest.fixture
def mentorsync(monkeypatch, capfd):
    return InProcess(monkeypatch, capfd, {})


def test_users_and_tokens_are_added_listed_and_removed(mentorsync, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    added = mentorsync("console", "add-user", "Erin", "--editor")
    assert added.returncode == 0, added.stderr
    assert "a long password" not in added.stdout
    users = UserFile(Path(os.environ["MENTORSYNC_HOME"]) / "console-users.yaml")
    assert users.login("Erin", "a long password").role == "editor"

    token = json.loads(mentorsync("console", "add-token", "report", "--json").stdout)["token"]
    assert users.token(token).role == "viewer"
    listed = json.loads(mentorsync("console", "users", "--json").stdout)["users"]
    assert [(entry["kind"], entry["name"], entry["role"]) for entry in listed] == [
        ("user", "Erin", "editor"),
        ("token", "report", "viewer"),
    ]

    assert mentorsync("console", "remove-token", "report").returncode == 0
    assert users.token(token) is None
    removed = mentorsync("console", "remove-user", "Erin")
    assert "This was the last user" in removed.stdout
    again = mentorsync("console", "remove-user", "Nobody")
    assert again.returncode == 1
    assert again.stderr.startswith("USERS_INVALID: There is no user Nobody.")


def test_a_short_password_is_refused(mentorsync, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    refused = mentorsync("console", "add-user", "Erin")
    assert refused.returncode == 1
    assert "at least 10" in refused.stderr
    assert not (Path(os.environ["MENTORSYNC_HOME"]) / "console-users.yaml").exists()


def test_without_users_it_listens_only_on_this_machine(mentorsync):
    refused = mentorsync("console", "--host", "0.0.0.0")  # noqa: S104  # what is refused
    assert refused.returncode == 1
    assert "USERS_INVALID: The console has no users" in refused.stderr
    assert not (Path(os.environ["MENTORSYNC_HOME"]) / "pg").exists()
