"""The command line and the API write equal records and refuse the same input (rulebook, section 14)."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.runtime.engine import get_engine
from tests.attendance.conftest import YEAR, Desk, fill
from tests.console.conftest import Console, console_on
from tests.support.cli import InProcess
from tests.support.databases import Databases

pytestmark = pytest.mark.slow

AT = "2025-10-04T10:00:00"
OBSERVED = {"observed_at": "2025-10-04T10:00:00-04:00", "device_record_id": "one"}
OPTIONS = ("--at", AT, "--device-id", "one")
CSV = "mn id,name,date\nMN0002,Sasha Placeholder,2025-10-04\n,Kim Sample,2025-10-04\n"
VOLATILE = frozenset({"via"})

Way = tuple[list[list[str]], list[tuple[str, Mapping[str, Any]]]]
CHECK_IN = (
    ["check-in", "mn0001", "--session", "Saturday", *OPTIONS],
    {"mn_id": "mn0001", "session": "Saturday", **OBSERVED},
)
WAYS: Mapping[str, Way] = {
    "check in twice": ([CHECK_IN[0]] * 2, [("check-in", CHECK_IN[1])] * 2),
    "undo a record": (
        [CHECK_IN[0], ["undo", "--record", "1"]],
        [("check-in", CHECK_IN[1]), ("undo", {"record_id": 1})],
    ),
    "undo a mentor": ([CHECK_IN[0], ["undo", "MN0001"]], [("check-in", CHECK_IN[1]), ("undo", {"mn_id": "MN0001"})]),
    "cash": (
        [["cash", "MN0003", "$1,042.50", *OPTIONS]],
        [("cash", {"mn_id": "MN0003", "amount": "1042.50", **OBSERVED})],
    ),
    "note": (
        [["note", "MN0003", "came late", *OPTIONS]],
        [("notes", {"mn_id": "MN0003", "note": "came late", **OBSERVED})],
    ),
    "import": ([["import", "list.csv", "--session", "Saturday"]], [("import", {"csv": CSV, "session": "Saturday"})]),
}


@pytest.fixture
def command(desk: Desk, new_database: Databases, monkeypatch, capfd, tmp_path: Path) -> Callable[..., Any]:
    (tmp_path / "list.csv").write_text(CSV)
    monkeypatch.chdir(tmp_path)
    url = desk.engine.url.render_as_string(hide_password=False)
    run = InProcess(monkeypatch, capfd, {"MENTORSYNC_DATABASE_URL": url, "DAGSTER_PG_URL": new_database.dagster()})
    return lambda *arguments: run("attendance", *arguments, "--year", str(YEAR))


@pytest.fixture
def api(new_database: Databases, instance: dg.DagsterInstance, tmp_path: Path) -> Console:
    """The console on a second database with the same mentors."""
    engine = get_engine(new_database())
    fill(engine)
    return console_on(Desk(engine, instance, folder=tmp_path), tmp_path / "console")  # type: ignore[arg-type]  # it has what the console needs


def rows_of(desk: Any) -> dict[str, list[dict[str, Any]]]:
    return {
        table.name: [{name: value for name, value in row.items() if name not in VOLATILE} for row in desk.rows(table)]
        for table in (t.mentor_records, t.audit_log)
    }


def post(console: Console, path: str, body: Mapping[str, Any], role: str = "editor") -> Any:
    token = console.services.users.add_token("Erin", role, now=console.services.now())
    return console.client(token).post(f"/api/{YEAR}/attendance/{path}", json=body)


@pytest.mark.parametrize("way", WAYS)
def test_the_command_line_and_the_api_leave_the_same_rows(way: str, desk: Desk, command: Any, api: Console) -> None:
    commands, requests = WAYS[way]
    for arguments in commands:
        done = command(*arguments, "--by", "Erin")
        assert done.returncode == 0, done.stderr
    token = api.services.users.add_token("Erin", "editor", now=api.services.now())
    for path, body in requests:
        answer = api.client(token).post(f"/api/{YEAR}/attendance/{path}", json=body)
        assert answer.status_code == 200, answer.text
    assert without_times(rows_of(desk)) == without_times(rows_of(api.env))
    assert desk.rows()[0]["recorded_by"] == "Erin"


def without_times(tables: dict[str, list[dict[str, Any]]]) -> Any:
    """The command line and the API use different clocks; the observation time is the same."""
    moving = ("recorded_at", "undone_at", "done_at")
    return {
        name: [{key: (value is not None if key in moving else value) for key, value in row.items()} for row in rows]
        for name, rows in tables.items()
    }


def test_a_bad_list_is_refused_with_its_lines(desk: Desk, command: Any, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("mn id\nMN0001\nMN4242\n")
    done = command("import", "list.csv", "--json")
    assert done.returncode == 1
    assert done.stderr.startswith("ATTENDANCE_FILE_INVALID: Nothing was recorded: line 3 has MN4242")
    assert json.loads(done.stdout)["problems"] == [{"line": 3, "reason": "has MN4242, which no mentor of the year has"}]
    assert command("import", "nowhere.csv").returncode == 1
    assert desk.rows() == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check-in", "MN4242"], 1, "MENTOR_NOT_FOUND"),
        (["cash", "MN0001", "lots"], 2, "dollars"),
        (["cash", "MN0001", "1.001"], 1, "RECORD_INVALID"),
        (["note", "MN0001", " "], 1, "RECORD_INVALID"),
        (["undo"], 2, "--record"),
        (["undo", "MN0001"], 1, "RECORD_NOT_FOUND"),
        (["undo", "--record", "9"], 1, "RECORD_NOT_FOUND"),
        (["list", "--kind", "lunch"], 2, "lunch"),
    ],
)
def test_a_refused_command_names_the_reason(command: Any, arguments: list[str], code: int, words: str) -> None:
    done = command(*arguments)
    assert done.returncode == code
    assert words in done.stderr


def test_records_are_listed_without_undone_ones(command: Any) -> None:
    assert command("list").stdout == "No records.\n"
    command("check-in", "MN0001", "--session", "Saturday")
    command("note", "MN0003", "came late")
    command("undo", "MN0001")
    assert "came late" in command("list").stdout
    assert [row["mn_id"] for row in json.loads(command("list", "--json").stdout)["records"]] == ["MN0003"]
    assert [row["mn_id"] for row in json.loads(command("list", "--all", "--json").stdout)["records"]] == [
        "MN0003",
        "MN0001",
    ]
    assert "undone by" in command("list", "--all", "--mentor", "mn0001").stdout


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("check-in", {"mn_id": "MN4242"}, 404),
        ("check-in", {"mn_id": "Robin"}, 422),
        ("check-in", {"mn_id": "MN0001", "device_record_id": "two words"}, 422),
        ("check-in", {"mn_id": "MN0001", "observed_at": "2025-10-04T10:00:00"}, 422),
        ("check-in", {"mn_id": "MN0001", "session": "x" * 101}, 422),
        ("cash", {"mn_id": "MN0001", "amount": -1}, 422),
        ("notes", {"mn_id": "MN0001", "note": "\u0000"}, 422),
        ("undo", {}, 422),
        ("undo", {"record_id": 1, "mn_id": "MN0001"}, 422),
        ("undo", {"record_id": 1}, 404),
        ("import", {"csv": "mn id\nMN4242\n"}, 422),
    ],
)
def test_a_refused_request_names_the_reason(api: Console, path: str, body: dict[str, Any], status: int) -> None:
    answer = post(api, path, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["code"]
    assert api.env.rows(t.mentor_records) == []


def test_a_device_made_id_of_another_record_is_a_conflict(api: Console) -> None:
    assert post(api, "check-in", {"mn_id": "MN0001", "device_record_id": "one"}).status_code == 200
    api.services.users.remove_token("Erin")
    answer = post(api, "check-in", {"mn_id": "MN0002", "device_record_id": "one"})
    assert (answer.status_code, answer.json()["code"]) == (409, "DEVICE_ID_TAKEN")


def test_a_viewer_sees_the_roster_and_checks_nobody_in(api: Console) -> None:
    assert post(api, "check-in", {"mn_id": "MN0001"}, role="viewer").status_code == 403
    client = api.client(api.services.users.add_token("Vic", "viewer", now=api.services.now()))
    roster = client.get(f"/api/{YEAR}/attendance/roster", params={"search": "kim", "limit": 1}).json()
    assert (roster["total"], roster["items"][0]["mn_id"], roster["items"][0]["record_id"]) == (2, "MN0003", None)
    listed = client.get(f"/api/{YEAR}/attendance", params={"undone": "false", "kind": "note", "sort": "mn_id"}).json()
    assert listed["items"] == []
