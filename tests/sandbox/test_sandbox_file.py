"""The file of a sandbox: what is answered is stored, a restart continues, and a file that cannot be used is refused."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from mentorsync_pipeline.domain.errors import is_disk_full
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY
from mentorsync_pipeline.sandbox.population import World
from mentorsync_pipeline.sandbox.sandbox import Sandbox
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from mentorsync_pipeline.sandbox.world_file import (
    FORMAT,
    WorldFile,
    WorldFileDamagedError,
    WorldFileInUseError,
    WorldFileVersionError,
    open_world,
)
from tests.sandbox.conftest import Clock
from tests.support.cli import free_port
from tests.support.full_disk import full_disk

HEADERS = {"Authorization": f"Bearer {GIVEBUTTER_KEY}"}
NEW_ROW = b'"Last Name","Contact External ID"\n"Brand New","MN9999"\n"","MN9998"\n'


@pytest.fixture
def path(tmp_path: Path, world: World) -> Path:
    path = tmp_path / "world.sqlite"
    with _file(path) as file:
        file.create(world)
    return path


@contextmanager
def _file(path: Path) -> Iterator[WorldFile]:
    with closing(WorldFile(path)) as file:
        yield file


@contextmanager
def _served(path: Path, clock: Clock) -> Iterator[SandboxServer]:
    with _file(path) as file:
        world, imports = file.read()
        with SandboxServer(world, clock=clock, file=file, imports=imports) as server:
            yield server


def test_a_file_that_cannot_be_created_leaves_nothing(tmp_path: Path, world: World) -> None:
    with _file(tmp_path / "world.sqlite") as file, full_disk(4096), pytest.raises(sqlite3.OperationalError):
        file.create(world)
    assert [path.name for path in tmp_path.iterdir()] == [".world.sqlite.lock"]


def test_a_full_disk_is_recognised() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as raised:
            db.execute("CREATE TABLE record AS SELECT zeroblob(100000)")
    assert is_disk_full(raised.value)


def test_a_new_file_holds_the_whole_world(path: Path, world: World) -> None:
    with _file(path) as file:
        assert file.read() == (world, [])


def test_a_restart_continues_what_was_answered(path: Path, world: World, clock: Clock) -> None:
    kept, archived = [c for c in world.contacts if c.archived_at is None and c.type == "individual"][:2]
    form_id = world.config.signup_form_id
    edited, deleted = list(world.forms[form_id].submissions.values())[:2]
    member = next(m for members in world.members.values() for m in members)
    with _served(path, clock) as server:
        clock.forward(hours=1)
        control = httpx.Client(base_url=server.control_url)
        control.post(f"/contacts/{kept.id}", json={"last_name": "Edited", "tags": ["By hand"]})
        httpx.delete(f"{server.givebutter_url}/contacts/{archived.id}", headers=HEADERS).raise_for_status()
        control.post(f"/members/{member.id}", json={"raised": 123.45})
        control.post(f"/forms/{form_id}/submissions/{edited.id}", json={"ugaEmail": "edited@uga.example"})
        control.delete(f"/forms/{form_id}/submissions/{deleted.id}", params={"permanent": "1"})
        submitted = control.post(f"/forms/{form_id}/submissions", json={"ugaEmail": "new@uga.example"}).json()["id"]
        assert control.post("/import", content=NEW_ROW).json()["rejected"] == 1
        before = server.sandbox
    with _served(path, clock) as server:
        after = server.sandbox
        assert (after.world.forms, after.world.members) == (before.world.forms, before.world.members)
        assert after.world.truth == before.world.truth
        assert after.contacts.all() == before.contacts.all()
        assert after.dashboard.imports == before.dashboard.imports
        assert after.dashboard.imports[0].result.failed_csv.count(b"\n") == 2
        assert after.contacts.get(kept.id).tags == ["By hand"]
        assert after.contacts.get(kept.id).updated_at == clock.now
        assert after.contacts.get(archived.id).archived_at == clock.now
        assert after.contacts.holder("MN9999") is not None
        assert deleted.id not in after.forms.forms[form_id].submissions
        # The clock stands still, and still a second sign-up gets an id of its own.
        again = httpx.post(f"{server.control_url}/forms/{form_id}/submissions", json={}).json()["id"]
        assert again != submitted


def test_only_whole_saves_are_in_the_file(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure in the middle of a save stores nothing of it; the next save stores all."""
    with _file(path) as file:
        world, _ = file.read()
        sandbox = Sandbox(world, clock=clock, file=file)
        first, second = world.contacts[:2]
        sandbox.contacts.change(first, note="one")
        sandbox.contacts.change(second, note="two")
        written = iter([True, False])

        class Failing:
            def __init__(self, db: sqlite3.Connection) -> None:
                self.db = db

            def execute(self, *statement: object) -> object:
                if not next(written, True):
                    raise sqlite3.OperationalError("disk full")
                return self.db.execute(*statement)

            def __enter__(self) -> None:
                self.db.__enter__()

            def __exit__(self, *error: object) -> None:
                self.db.__exit__(*error)

        db = file._connect()
        monkeypatch.setattr(file, "_connect", lambda: Failing(db))
        with pytest.raises(sqlite3.OperationalError):
            sandbox.save()
        monkeypatch.undo()
        assert {c.note for c in file.read()[0].contacts[:2]}.isdisjoint({"one", "two"})
        sandbox.save()
        assert [c.note for c in file.read()[0].contacts[:2]] == ["one", "two"]


def test_a_change_that_cannot_be_stored_is_not_confirmed(
    path: Path, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk full")

    with _served(path, clock) as server:
        monkeypatch.setattr(WorldFile, "save", fail)
        answer = httpx.post(f"{server.control_url}/contacts/{world.contacts[0].id}", json={"note": "lost"})
        assert answer.status_code == 507
        assert "disk" in answer.text
        assert httpx.get(f"{server.control_url}/state").status_code == 200


def test_a_file_serves_one_sandbox(path: Path) -> None:
    with _file(path), pytest.raises(WorldFileInUseError), _file(path):
        pass
    with _file(path) as file:
        file.check()


@pytest.mark.parametrize("damage", ["text", "empty", "cut", "page", "without world", "record"])
def test_a_damaged_file_is_refused(path: Path, damage: str) -> None:
    content = path.read_bytes()
    match damage:
        case "text":
            path.write_text("These are no contacts. " * 100)
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "page":
            middle = len(content) // 2
            path.write_bytes(content[:middle] + b"\xff" * 4096 + content[middle + 4096 :])
        case "without world":
            _execute(path, "DELETE FROM record WHERE kind = 'world'")
        case "record":
            _execute(path, "UPDATE record SET json = '{}' WHERE kind = 'submission'")
    with _file(path) as file, pytest.raises(WorldFileDamagedError):
        file.read()


@pytest.mark.parametrize("version", [0, FORMAT + 1])
def test_a_file_of_another_version_is_refused(path: Path, version: int) -> None:
    _execute(path, f"PRAGMA user_version = {version}")
    with _file(path) as file, pytest.raises(WorldFileVersionError):
        file.check()


def test_a_new_world_replaces_a_damaged_file(path: Path, world: World) -> None:
    path.write_text("damaged")
    with _file(path) as file:
        file.create(world)
        assert file.read()[0] == world


def test_a_world_is_made_once(tmp_path: Path, world: World) -> None:
    made: list[World] = []

    def make() -> World:
        made.append(world)
        return world

    for _ in range(2):
        with _file(tmp_path / "world.sqlite") as file:
            assert open_world(file, make)[0] == world
    assert len(made) == 1


def test_control_changes_addresses(control: httpx.Client, sandbox: SandboxServer) -> None:
    contact = sandbox.world.contacts[0]
    address = {"address_1": "1 Elm St", "city": "Athens", "state": "GA", "zipcode": "30601"}
    answer = control.post(f"/contacts/{contact.id}", json={"addresses": [address]})
    assert answer.json()["primary_address"]["city"] == "Athens"
    assert control.post(f"/contacts/{contact.id}", json={"addresses": [{"town": "Athens"}]}).status_code == 422


def test_another_web_site_cannot_change_anything(control: httpx.Client, sandbox: SandboxServer) -> None:
    before = control.get("/state").json()
    for headers in ({"Origin": "https://other.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert control.post("/import", content=NEW_ROW, headers=headers).status_code == 403
    assert control.get("/state").json() == before
    own = {"Origin": sandbox.url, "Sec-Fetch-Site": "same-origin"}
    assert control.post("/import", content=NEW_ROW, headers=own).status_code == 200


@pytest.mark.slow
def test_a_killed_sandbox_continues(tmp_path: Path) -> None:
    """Each change that was answered before a hard kill is there after it."""
    port, path = free_port(), tmp_path / "world.sqlite"
    control = httpx.Client(base_url=f"http://127.0.0.1:{port}/_sandbox")
    options = ["--year", "2025", "--mentors", "20", "--contacts", "60", "--port", str(port), "--file", str(path)]
    for number in range(3):
        process = subprocess.Popen([sys.executable, "-m", "mentorsync_pipeline.cli", "sandbox", *options])
        try:
            _wait_for(control)
            assert control.get("/state").json()["with_external_id"] >= number
            row = b'"Last Name","Contact External ID"\n"New","KEPT%d"\n' % number
            assert control.post("/import", content=row).json()["accepted"] == 1
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    with _file(path) as file:
        world, imports = file.read()
    assert {"KEPT0", "KEPT1", "KEPT2"} <= {contact.external_id for contact in world.contacts}
    assert [item.number for item in imports] == [1, 2, 3]


def _wait_for(control: httpx.Client) -> None:
    for _ in range(600):
        try:
            control.get("/state")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the sandbox did not start")


def _execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement)
