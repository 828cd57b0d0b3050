"""Actions have the same result through the command line and the API (rulebook, sections 6, 10 and 12)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.archiving.plan_store import read_plan_rows
from mentorsync_pipeline.db import tables as t
from tests.console.conftest import Console, console_on
from tests.support.cli import InProcess
from tests.support.databases import Databases
from tests.support.rounds import Rounds
from tests.support.snapshots import NewEnvironment

pytestmark = pytest.mark.slow

ACTOR = "Erin Editor"
TABLES = (
    t.sync_conflicts,
    t.sync_decisions,
    t.sync_errors,
    t.sync_warnings,
    t.archive_approvals,
    t.mn_changes,
    t.audit_log,
)
# Numbers differ between two databases, and how a person was identified differs between the two ways in.
VOLATILE = frozenset({"id", "decision_id", "sync_log_id", "via"})


def conflict_id(console: Console) -> int:
    """The first open conflict that has a recommendation."""
    c = t.sync_conflicts.c
    return first(console, t.sync_conflicts, c.recommended_option == "a", c.status == "pending")


def first(console: Console, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    query = sa.select(table.c.id).where(*conditions).order_by(table.c.id).limit(1)
    with console.services.engine.connect() as conn:
        conflict_id: int = conn.execute(query).scalar_one()
    return conflict_id


def kept_contact(console: Console) -> int:
    """A contact that the plan archives."""
    with console.services.engine.connect() as conn:
        rows = read_plan_rows(conn, console.year, "duplicates")
    return min(row.contact_id for row in rows if row.can_be_kept)


Act = tuple[Callable[[Console], list[str]], Callable[[Console], tuple[str, Any]]]
ACTS: Mapping[str, Act] = {
    "answer": (
        lambda c: ["conflicts", "resolve", str(conflict_id(c)), "--choice", "a"],
        lambda c: (f"conflicts/{conflict_id(c)}/answer", {"choice": "a"}),
    ),
    "skip": (
        lambda c: ["conflicts", "resolve", str(conflict_id(c)), "--choice", "skip", "--until", "2099-10-01"],
        lambda c: (f"conflicts/{conflict_id(c)}/answer", {"choice": "skipped", "skipped_until": "2099-10-01"}),
    ),
    "ignore an error": (
        lambda c: ["errors", "ignore", str(first(c, t.sync_errors, ~t.sync_errors.c.resolved))],
        lambda c: ("errors/ignore", {"ids": [first(c, t.sync_errors, ~t.sync_errors.c.resolved)]}),
    ),
    "acknowledge a warning": (
        lambda c: ["warnings", "ack", str(first(c, t.sync_warnings, ~t.sync_warnings.c.acknowledged))],
        lambda c: ("warnings/acknowledge", {"ids": [first(c, t.sync_warnings, ~t.sync_warnings.c.acknowledged)]}),
    ),
    "keep a contact": (
        lambda c: ["archive", "reject", "--year", str(c.year), "--contact", str(kept_contact(c))],
        lambda c: ("archive/reject", {"contact_ids": [kept_contact(c)]}),
    ),
}


def rows_of(console: Console) -> dict[str, list[dict[str, Any]]]:
    """Contents of the tables without columns that may differ; a time counts as present or not."""
    contents = {}
    with console.services.engine.connect() as conn:
        for table in TABLES:
            rows = conn.execute(sa.select(table).order_by(table.c.id)).mappings()
            contents[table.name] = [
                {name: plainly(value) for name, value in row.items() if name not in VOLATILE} for row in rows
            ]
    return contents


def plainly(value: Any) -> Any:
    return "a time" if isinstance(value, datetime) else value


@dataclass(frozen=True)
class TwoWays:
    """Two consoles on equal environments: in one, people act by command, in the other, by the API, with `token`."""

    by_command: Console
    by_api: Console
    dagster_url: str
    token: str


@pytest.fixture(scope="module")
def ways(
    rounds: Rounds, start_shared: NewEnvironment, new_database: Databases, tmp_path_factory: pytest.TempPathFactory
) -> TwoWays:
    """The two ways for all acts of the module; the rows are compared after each act."""
    by_command, by_api = (
        console_on(start_shared(rounds["settled"], serve=False), tmp_path_factory.mktemp(way)) for way in ("cli", "api")
    )
    token = by_api.services.users.add_token(ACTOR, "editor", now=by_api.services.now())
    return TwoWays(by_command, by_api, new_database.dagster(), token)


@pytest.mark.parametrize("act", ACTS)
def test_the_command_line_and_the_api_leave_the_same_rows(
    act: str, ways: TwoWays, tmp_path: Path, monkeypatch, capfd
) -> None:
    by_command, by_api = ways.by_command, ways.by_api
    command, request = ACTS[act]
    audited = len(rows_of(by_command)["audit_log"])

    monkeypatch.chdir(tmp_path)
    url = by_command.services.engine.url.render_as_string(hide_password=False)
    run = InProcess(monkeypatch, capfd, {"MENTORSYNC_DATABASE_URL": url, "DAGSTER_PG_URL": ways.dagster_url})
    done = run(*command(by_command), "--by", ACTOR)
    assert done.returncode == 0, done.stderr

    path, body = request(by_api)
    answer = by_api.client(ways.token).post(f"/api/{by_api.year}/{path}", json=body)
    assert answer.is_success, answer.text

    left, right = rows_of(by_command), rows_of(by_api)
    assert left == right
    assert len(left["audit_log"]) == audited + 1
    assert left["audit_log"][-1]["who"] == ACTOR
