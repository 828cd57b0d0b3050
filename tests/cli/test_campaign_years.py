"""`mentorsync year list|open|close|reopen`, and commands that a closed year refuses."""

import json

import pytest
import yaml

from mentorsync_pipeline.db import tables as t
from tests.support.cli import InProcess
from tests.support.databases import Databases
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow


@pytest.fixture
def command(busy_env: SandboxEnvironment, new_database: Databases, monkeypatch, capfd) -> InProcess:
    """Run `mentorsync` on the busy environment's database."""
    url = busy_env.engine.url.render_as_string(hide_password=False)
    monkeypatch.chdir(busy_env.folder)
    return InProcess(monkeypatch, capfd, {"MENTORSYNC_DATABASE_URL": url, "DAGSTER_PG_URL": new_database.dagster()})


def assert_refused(done, code: str) -> str:
    assert done.returncode == 1, done.stdout
    line = done.stderr.strip().splitlines()[-1]  # runs print their steps before it
    assert line.startswith(f"{code}: "), line
    return line


def test_a_year_is_closed_read_and_reopened(command: InProcess, busy_env: SandboxEnvironment) -> None:
    conflict = str(busy_env.conflicts()[0]["id"])
    mn_id = next(iter(busy_env.by_mn_id(t.mentors)))
    refused = command("year", "close", "2025", "--json")
    assert refused.returncode == 1
    listed = json.loads(refused.stdout)
    assert not listed["closed"]
    assert "open_conflicts" in {item["kind"] for item in listed["unfinished"]}
    assert refused.stderr.startswith("YEAR_UNFINISHED: ")
    assert "mentorsync conflicts list --year 2025" in command("year", "close", "2025").stdout

    done = command("year", "close", "2025", "--force", "--by", "Ann")
    assert done.returncode == 0, done.stderr
    assert "mentorsync year reopen 2025" in done.stdout
    assert "closed" in command("year", "list").stdout

    for arguments in (
        ("etl", "--year", "2025"),
        ("sync", "--year", "2025"),
        ("export", "--year", "2025"),
        ("config", "set", "fundraising_goal", "80", "--year", "2025"),
        ("config", "load", "2025.yaml"),
        ("archive", "plan", "--year", "2025"),
        ("archive", "apply", "--year", "2025"),
        ("conflicts", "resolve", conflict, "--choice", "skip"),
        ("attendance", "check-in", mn_id, "--year", "2025"),
        ("refresh-contacts", "--mentors", "--year", "2025"),
        ("year", "close", "2025"),
    ):
        line = assert_refused(command(*arguments), "YEAR_CLOSED")
        assert "mentorsync year reopen 2025" in line, arguments
    for arguments in (
        ("conflicts", "list", "--year", "2025"),
        ("config", "show", "--year", "2025"),
        ("trace", "--year", "2025", mn_id),
        ("changes", "--year", "2025"),
        ("attendance", "list", "--year", "2025"),
        ("status",),
    ):
        assert command(*arguments).returncode == 0, arguments

    assert "Campaign year 2025 (closed)" in command("status").stdout

    assert command("year", "reopen", "2025").returncode == 0
    assert "(closed)" not in command("status").stdout
    assert_refused(command("year", "reopen", "2025"), "YEAR_NOT_CLOSED")
    assert_refused(command("year", "close", "2031"), "CONFIG_MISSING")
    assert command("attendance", "check-in", mn_id, "--year", "2025").returncode == 0


def test_the_next_year_is_opened_from_this_one(command: InProcess, busy_env: SandboxEnvironment) -> None:
    written = command("year", "open", "2026", "--from", "2025", "--set", "event_date=2026-11-08", "--json")
    result = json.loads(written.stdout)
    assert (result["opened"], result["file"]) == (False, "2026.yaml")
    assert "jotform_signup_form_id" in result["missing"]
    assert yaml.safe_load((busy_env.folder / "2026.yaml").read_text())["givebutter_mentor_tag"].endswith("2026")
    assert_refused(command("config", "load", "2026.yaml"), "CONFIG_INVALID")

    settings = {
        "jotform_signup_form_id": "260000000000001",
        "jotform_setup_form_id": "260000000000002",
        "jotform_training_form_id": "260000000000003",
        "givebutter_campaign_code": "ABC123",
        "event_date": "2026-11-08",
        "external_id_template": "{year}-{mn_id}",
    }
    options = [option for key, value in settings.items() for option in ("--set", f"{key}={value}")]
    assert_refused(command("year", "open", "2026", "--from", "2025", *options), "FILE_EXISTS")
    done = command("year", "open", "2026", "--from", "2025", *options, "--file", "next.yaml")
    assert done.returncode == 0, done.stderr
    assert "mentorsync sync --year 2026" in done.stdout
    shown = json.loads(command("config", "show", "--year", "2026", "--json").stdout)
    assert {key: shown[key] for key in settings} == settings
    assert_refused(command("year", "open", "2026", "--from", "2025", *options, "--file", "x.yaml"), "YEAR_CONFIGURED")
    assert command("year", "open", "2027", "--from", "2026", "--set", "color", "--file", "x.yaml").returncode == 2
    assert_refused(command("year", "open", "2999", "--from", "2025", *options, "--file", "x.yaml"), "YEAR_UNKNOWN")
    assert not (busy_env.folder / "x.yaml").exists()
    assert_refused(
        command("year", "open", "2027", "--from", "2026", "--set", "color=red", "--file", "x.yaml"),
        "NEXT_YEAR_INVALID",
    )
