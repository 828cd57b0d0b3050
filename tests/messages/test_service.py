"""Applying and clearing campaigns is the same through the command line and through the API (rulebook, section 13)."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.messages.service import JOB
from tests.console.conftest import Console, console_on
from tests.console.test_archive import Started, started
from tests.messages.conftest import campaign_text
from tests.support.cli import InProcess
from tests.support.databases import Databases
from tests.support.rounds import Rounds
from tests.support.snapshots import NewEnvironment

pytestmark = pytest.mark.slow

__all__ = ["started"]

ACTOR = "Erin Editor"
TABLES = (t.message_campaigns, t.campaign_messages, t.mn_gb_import, t.sync_errors, t.sync_warnings)
# Ids of rows and runs differ between two databases.
VOLATILE = frozenset({"id", "sync_log_id", "run_id"})


def rows_of(console: Console) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables that messages write. Times are compared by whether there is one."""
    with console.services.engine.connect() as conn:
        return {
            table.name: [
                {
                    name: "a time" if isinstance(value, datetime) else value
                    for name, value in row.items()
                    if name not in VOLATILE
                }
                for row in conn.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
            ]
            for table in TABLES
        }


def acts_of(console: Console) -> list[tuple[Any, ...]]:
    """Act, subject, person and year of the audit entries about messages, oldest first."""
    entry = t.audit_log.c
    query = (
        sa.select(entry.act, entry.subject, entry.who, entry.via, entry.campaign_year)
        .where(entry.act.like("message_%"))
        .order_by(entry.id)
    )
    with console.services.engine.connect() as conn:
        return [tuple(row) for row in conn.execute(query)]


def ask(console: Console, client: TestClient, act: str, started: Started) -> None:
    """Call the API, then execute the run that it requested from Dagster."""
    body: dict[str, Any] = {"campaign": "hello"}
    if act == "apply":
        body["sha256"] = client.get(f"/api/{console.year}/messages/preview?campaign=hello").json()["sha256"]
    answer = client.post(f"/api/{console.year}/messages/{act}", json=body)
    assert answer.status_code == 202, answer.text
    job, config = started.last
    assert job == JOB
    console.env.run(job, year=console.year, config=config)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "messages"
    made.mkdir()
    monkeypatch.setenv("MENTORSYNC_MESSAGES_DIR", str(made))
    return made


def test_the_command_line_and_the_api_leave_the_same_rows(
    rounds: Rounds,
    start: NewEnvironment,
    started: tuple[Started, str],
    folder: Path,
    new_database: Databases,
    tmp_path: Path,
    monkeypatch,
    capfd,
) -> None:
    left, right = (
        console_on(
            start(rounds["settled"], serve=False),
            tmp_path / way,
            dagster_url=started[1],
            MENTORSYNC_MESSAGES_DIR=folder,
        )
        for way in ("cli", "api")
    )
    text = "Hi {{ training_at if uga_class == 'Junior' else first_name }}!"
    (folder / "hello.md").write_text(campaign_text("hello", text=text, email="Dear {{ last_name }}", year=left.year))
    monkeypatch.chdir(tmp_path)
    run = InProcess(
        monkeypatch,
        capfd,
        {
            "MENTORSYNC_DATABASE_URL": left.services.engine.url.render_as_string(hide_password=False),
            "DAGSTER_PG_URL": new_database.dagster(),
            "MENTORSYNC_MESSAGES_DIR": str(folder),
        },
    )
    client = right.client(right.services.users.add_token(ACTOR, "editor", now=right.services.now()))
    for act, in_force in (("apply", True), ("clear", False)):
        done = run("messages", act, "hello", "--by", ACTOR)
        assert done.returncode == 0, done.stderr
        ask(right, client, act, started[0])
        rows = rows_of(left)
        assert rows == rows_of(right)
        (campaign,) = rows["message_campaigns"]
        assert (campaign["applied_by"], campaign["cleared_at"] is None) == (ACTOR, in_force)
        assert any(row["content"] for row in rows["campaign_messages"]) is in_force
    acts = ("message_applied", "message_cleared")
    assert acts_of(left) == [(act, "hello", ACTOR, "local", left.year) for act in acts]
    assert acts_of(right) == [(act, "hello", ACTOR, "token", left.year) for act in acts]
    for way in ("apply", "clear"):
        assert run("messages", way, "nothing", "--by", ACTOR).returncode != 0
    assert len(acts_of(left)) == len(acts)
