"""`mentorsync messages` on an environment: list, preview, apply and clear."""

import json
import os
import subprocess
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.import_columns import TEXT_MESSAGE
from tests.messages.conftest import WriteFile
from tests.support.cli import InProcess
from tests.support.databases import Databases
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow


@pytest.fixture
def command(env: SandboxEnvironment, new_database: Databases, monkeypatch: Any, capfd: Any) -> InProcess:
    monkeypatch.chdir(env.folder)
    environment = {
        "MENTORSYNC_DATABASE_URL": env.engine.url.render_as_string(hide_password=False),
        "DAGSTER_PG_URL": new_database.dagster(),
        "MENTORSYNC_MESSAGES_DIR": str(env.folder / "messages"),
    }
    return InProcess(monkeypatch, capfd, environment)


def parse_json(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_campaign_is_listed_previewed_applied_and_cleared(
    command: InProcess, env: SandboxEnvironment, write_file: WriteFile
) -> None:
    rows = env.rows(t.mentors, t.mentors.c.sync_state != "blocked")
    left = rows[0]["mn_id"]
    write_file("hello", text=f"Hi {{{{ training_at if mn_id == '{left}' else first_name }}}}", email="’")
    write_file("broken", text="{{ x }}")
    write_file("other-year", year=2026)

    listed = {campaign["name"]: campaign for campaign in parse_json(command("messages", "list", "--json"))["campaigns"]}
    assert {name: campaign["state"] for name, campaign in listed.items()} == {
        "hello": "new",
        "broken": "broken",
        "other-year": "new",
    }
    assert "line 9" in listed["broken"]["problem"]
    assert "other-year" not in command("messages", "list", "--year", "2025").stdout

    preview = parse_json(command("messages", "preview", "hello", "--samples", "2", "--json"))
    summary = preview["summary"]
    assert (summary["messages"], summary["audience"]) == (len(rows) - 1, len(rows))
    assert summary["left_out"] == {"MESSAGE_VARIABLE_MISSING": [left]}
    assert summary["missing"] == {"training_at": 1}
    assert summary["lengths"]["email"] == {"shortest": 1, "median": 1, "longest": 1, "limit": 1000}
    assert summary["sms"]["by_segments"] == {"1": len(rows) - 1}
    assert [set(sample["texts"]) for sample in summary["samples"]] == [{"text", "email"}] * 2
    words = command("messages", "preview", "hello.md").stdout
    assert "training_at is unknown for 1 mentors" in words
    assert "(none)" not in words

    done = parse_json(command("messages", "apply", "hello", "--by", "Robin", "--json"))
    assert (done["import rows changed"], done["errors"]) == (len(rows) - 1, 1)
    assert env.import_row(left)[TEXT_MESSAGE] is None
    (applied,) = env.rows(t.message_campaigns)
    assert applied["applied_by"] == "Robin"
    again = command("messages", "apply", "hello")
    assert "0 import rows changed, 1 mentors without a message" in again.stdout
    assert "in force" in command("messages", "list").stdout

    os.remove(env.folder / "messages" / "hello.md")  # noqa: PTH107
    assert parse_json(command("messages", "list", "--json"))["campaigns"][-1]["state"] == "in force"
    assert "hello 2025 is cleared" in command("messages", "clear", "HELLO", "--year", "2025").stdout
    with env.engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count(t.mn_gb_import.c[TEXT_MESSAGE]))).scalar_one() == 0


REFUSED = {
    ("preview", "nothing"): "MESSAGE_NOT_FOUND: There is no campaign nothing. Campaigns: broken.md, hello. How",
    ("preview", "broken"): "MESSAGE_INVALID: broken.md, line 9:",
    ("apply", "broken"): "MESSAGE_INVALID: broken.md, line 9:",
    ("apply", "hello", "--year", "2026"): "MESSAGE_NOT_FOUND: hello is not a campaign of 2026.",
    ("clear", "hello"): "MESSAGE_NOT_FOUND: No campaign hello was applied.",
}


def test_a_failed_command_prints_one_line_with_its_reason(command: InProcess, write_file: WriteFile) -> None:
    write_file("hello")
    write_file("broken", text="{{ x }}")
    for arguments, line in REFUSED.items():
        done = command("messages", *arguments)
        assert done.returncode == 1
        assert done.stderr.strip().startswith(line)
        assert len(done.stderr.strip().splitlines()) == 1
