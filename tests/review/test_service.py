"""Actions have the same result through the command line and the API (rulebook, sections 6, 10 and 12)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.archiving.plan_store import read_plan_rows
from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_fingerprint
from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.review.conflict_queue import ConflictFilter, find_acceptable
from mentorsync_pipeline.review.decision_store import conflict_fingerprint
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


def plan_rows(console: Console) -> Sequence[PlanRow]:
    with console.services.engine.connect() as conn:
        return read_plan_rows(conn, console.year, "duplicates")


def kept_contact(console: Console) -> int:
    """A contact that the plan archives."""
    return min(row.contact_id for row in plan_rows(console) if row.can_be_kept)


def kept_by_decision(console: Console) -> int:
    c = t.archive_approvals.c
    query = sa.select(c.contact_id).where(c.answer == "no", c.withdrawn_at.is_(None)).order_by(c.id.desc()).limit(1)
    with console.services.engine.connect() as conn:
        return int(conn.execute(query).scalar_one())


def acceptable(console: Console) -> list[dict[str, Any]]:
    """The ids of the conflicts with recommendations, with the fingerprints that the API expects."""
    with console.services.engine.connect() as conn:
        rows = find_acceptable(conn, ConflictFilter(year=console.year, statuses=["pending"])).rows
    return [{"id": row["id"], "seen": conflict_fingerprint(row)} for row in rows]


Step = tuple[Callable[[Console], list[str]], Callable[[Console], tuple[str, Any]]]
ANSWER: Step = (
    lambda c: ["conflicts", "resolve", str(conflict_id(c)), "--choice", "a"],
    lambda c: (f"conflicts/{conflict_id(c)}/answer", {"choice": "a"}),
)
KEEP: Step = (
    lambda c: ["archive", "reject", "--year", str(c.year), "--contact", str(kept_contact(c))],
    lambda c: ("archive/reject", {"contact_ids": [kept_contact(c)]}),
)
ACTS: Mapping[str, Sequence[Step]] = {
    # Before the answers, which outdate the plan.
    "approve the archive plan": (
        (
            lambda c: ["archive", "approve", "--year", str(c.year)],
            lambda c: ("archive/approve", {"plan_fingerprint": plan_fingerprint(plan_rows(c))}),
        ),
    ),
    "answer, and undo the answer": (
        ANSWER,
        (
            lambda c: ["conflicts", "undo", str(first(c, t.sync_conflicts, t.sync_conflicts.c.status == "decided"))],
            lambda c: (f"conflicts/{first(c, t.sync_conflicts, t.sync_conflicts.c.status == 'decided')}/undo", {}),
        ),
    ),
    "skip": (
        (
            lambda c: ["conflicts", "resolve", str(conflict_id(c)), "--choice", "skip", "--until", "2099-10-01"],
            lambda c: (f"conflicts/{conflict_id(c)}/answer", {"choice": "skipped", "skipped_until": "2099-10-01"}),
        ),
    ),
    "accept the recommendations": (
        (
            lambda c: ["conflicts", "accept-all", "--year", str(c.year), "--yes"],
            lambda c: ("conflicts/accept", {"conflicts": acceptable(c)}),
        ),
    ),
    "ignore an error": (
        (
            lambda c: ["errors", "ignore", str(first(c, t.sync_errors, ~t.sync_errors.c.resolved))],
            lambda c: ("errors/ignore", {"ids": [first(c, t.sync_errors, ~t.sync_errors.c.resolved)]}),
        ),
    ),
    "acknowledge a warning": (
        (
            lambda c: ["warnings", "ack", str(first(c, t.sync_warnings, ~t.sync_warnings.c.acknowledged))],
            lambda c: ("warnings/acknowledge", {"ids": [first(c, t.sync_warnings, ~t.sync_warnings.c.acknowledged)]}),
        ),
    ),
    "keep a contact, and withdraw the decision": (
        KEEP,
        (
            lambda c: [
                *("archive", "reject", "--year", str(c.year), "--contact", str(kept_by_decision(c)), "--take-back")
            ],
            lambda c: ("archive/reject/undo", {"contact_ids": [kept_by_decision(c)]}),
        ),
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
    audited = len(rows_of(by_command)["audit_log"])

    monkeypatch.chdir(tmp_path)
    url = by_command.services.engine.url.render_as_string(hide_password=False)
    run = InProcess(monkeypatch, capfd, {"MENTORSYNC_DATABASE_URL": url, "DAGSTER_PG_URL": ways.dagster_url})
    for command, request in ACTS[act]:
        done = run(*command(by_command), "--by", ACTOR)
        assert done.returncode == 0, done.stderr
        path, body = request(by_api)
        answer = by_api.client(ways.token).post(f"/api/{by_api.year}/{path}", json=body)
        assert answer.is_success, answer.text

    left, right = rows_of(by_command), rows_of(by_api)
    assert left == right
    assert len(left["audit_log"]) == audited + len(ACTS[act])
    assert left["audit_log"][-1]["who"] == ACTOR
