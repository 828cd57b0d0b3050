"""The demo by hand: the import files through the sandbox's pages, over a restart, and data that cannot be used."""

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mentorsync_pipeline.cli.sandbox_file import SandboxFileError, demo_file, open_sandbox_file
from mentorsync_pipeline.cli.serving import _require_demo
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.runtime.settings import load_settings
from mentorsync_pipeline.sandbox.pages.contact_form import cells_of
from mentorsync_pipeline.sandbox.sandbox import Sandbox
from mentorsync_pipeline.sandbox.sandbox_server import create_app
from tests.support.environment import SandboxEnvironment
from tests.support.small_year import small_world

BY_HAND = "+17065550188"


class Person:
    """Somebody who uses the sandbox's pages in a browser and MentorSync besides."""

    def __init__(self, env: SandboxEnvironment) -> None:
        self.env = env
        self.browser = TestClient(create_app(env.sandbox), base_url="http://127.0.0.1")

    def edit(self, contact_id: int, **cells: str) -> str:
        """Change cells of a contact's form; underscores in names stand for spaces."""
        self.env.later()
        contact = self.env.sandbox.contacts.get(contact_id)
        form = cells_of(contact, self.env.sandbox.contacts.custom_fields)
        changed = {name.replace("_", " "): text for name, text in cells.items()}
        return self.browser.post(f"/dashboard/contacts/{contact_id}", data=form | changed).text

    def import_file(self, content: bytes) -> str:
        """Import a file; return the result's page."""
        self.env.later()
        return self.browser.post("/dashboard/imports", files={"file": ("mentors.csv", content)}).text

    def upload_export(self) -> None:
        """Export on the page, upload the file and recalculate the year."""
        self.env.later()
        answer = self.browser.get("/dashboard/export")
        path = self.env.folder / answer.headers["content-disposition"].partition('"')[2].rstrip('"')
        path.write_bytes(answer.content)
        self.env.load_contacts("upload_contacts", mode="file", path=str(path))
        self.env.fetch()
        self.env.etl()


@pytest.fixture
def person(env: SandboxEnvironment) -> Iterator[Person]:
    person = Person(env)
    with person.browser:
        yield person


def test_a_manual_edit_survives_the_next_loop(env: SandboxEnvironment, person: Person) -> None:
    mn_id, mentor = next((row["mn_id"], row) for row in env.rows(t.mentors) if row["gb_contact_id"] and row["phone"])
    assert "Saved." in person.edit(mentor["gb_contact_id"], Phone_Numbers=BY_HAND, Preferred_First_Name="Byhand")
    person.upload_export()
    assert env.mentor(mn_id)["phone"] == BY_HAND
    page = person.import_file(env.new_file())
    assert f"All {len(env.rows(t.mn_gb_import))} rows imported" in page
    person.upload_export()
    assert env.contact_of(mn_id).phones == [BY_HAND]
    assert env.contact_of(mn_id).preferred_name == "Byhand"
    assert (env.mentor(mn_id)["phone"], env.conflicts()) == (BY_HAND, [])


def test_a_wrong_external_id_is_refused_and_explained(env: SandboxEnvironment, person: Person) -> None:
    """Somebody puts a mentor's External ID on another contact while the file is on its way."""
    mentor = next(row for row in env.rows(t.mentors) if row["gb_contact_id"])
    mentors = {row["gb_contact_id"] for row in env.rows(t.mentors)}
    other = next(c for c in env.world.contacts if c.id not in mentors and c.last_name and c.archived_at is None)
    external_id = env.contact_of(mentor["mn_id"]).external_id
    person.upload_export()
    content = env.new_file()
    assert "already exists" in person.edit(other.id, Contact_External_ID=external_id)
    person.edit(mentor["gb_contact_id"], Contact_External_ID="")
    assert "Saved." in person.edit(other.id, Contact_External_ID=external_id)

    page = person.import_file(content)
    assert f"A contact with External ID [{external_id}] already exists." in page
    rejected = person.browser.get("/dashboard/imports/1/rejected")
    assert [row["external_id"] for row in csv.DictReader(io.StringIO(rejected.text))] == [external_id]

    env.record_rejected(env.sandbox.dashboard.imports[-1].result)
    (error,) = env.rows(t.sync_errors, t.sync_errors.c.error_code == "GB_EXTERNAL_ID_EXISTS")
    assert (error["mn_id"], error["resolved"]) == (mentor["mn_id"], False)

    # The next export shows the holder: one question replaces the error, also if the list comes again.
    person.upload_export()
    assert [(row["mn_id"], row["conflict_type"]) for row in env.conflicts()] == [
        (mentor["mn_id"], "external_id_collision")
    ]
    for _ in range(2):
        assert not [row for row in env.rows(t.sync_errors, ~t.sync_errors.c.resolved) if row["mn_id"] is not None]
        env.record_rejected(env.sandbox.dashboard.imports[-1].result)

    person.edit(other.id, Contact_External_ID="")
    person.edit(mentor["gb_contact_id"], Contact_External_ID=external_id)
    person.upload_export()
    assert env.conflicts() == []
    assert "All" in person.import_file(env.new_file())


def test_after_a_restart_no_row_is_rejected(env: SandboxEnvironment, person: Person, tmp_path: Path) -> None:
    """An import creates and updates contacts, the sandbox starts again from its file, and the loop goes on."""
    with open_sandbox_file(tmp_path / "sandbox.sqlite") as file:
        env.world.contacts = env.sandbox.contacts.all()
        file.create(env.world)
        env.sandbox.file = file
        form_id = env.config.jotform_signup_form_id
        answers = {"fullName.first": "Robin", "fullName.last": "Newperson", "mnPhone": "(706) 555-0177"}
        answers |= {"personalEmail": "robin.new@mail.example", "ugaEmail": "zz-robinnew@uga.edu"}
        assert "Submitted." in person.browser.post(f"/inbox/{form_id}/new", data=answers).text
        person.upload_export()
        assert "rejected" not in person.import_file(env.new_file()).partition("<dl")[0]
        created = env.sandbox.dashboard.imports[-1].result.created
    with open_sandbox_file(tmp_path / "sandbox.sqlite") as file:
        world, imports = file.read()
        env.sandbox = Sandbox(world, options=env.sandbox.options, clock=lambda: env.now, file=file, imports=imports)
        again = Person(env)
        assert len(created) == 1
        assert "Newperson" in again.browser.get("/dashboard/contacts", params={"q": "robin.new@mail"}).text
        again.upload_export()
        page = again.import_file(env.new_file())
        assert f"All {len(env.rows(t.mn_gb_import))} rows imported" in page
        assert env.sandbox.dashboard.imports[-1].result.created == []
        assert len(env.sandbox.dashboard.imports) == 2


@pytest.mark.parametrize(
    ("content", "version", "code"),
    [(b"damaged", None, "SANDBOX_FILE_DAMAGED"), (None, 99, "SANDBOX_FILE_VERSION")],
)
def test_an_unusable_demo_says_how_to_start_anew(
    tmp_path: Path, content: bytes | None, version: int | None, code: str
) -> None:
    path = demo_file(tmp_path)
    with open_sandbox_file(path) as file:
        file.create(small_world(1))
    if content is not None:
        path.write_bytes(content)
    else:
        with closing(sqlite3.connect(path)) as db:
            db.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(SandboxFileError) as raised:
        _require_demo(load_settings({"MENTORSYNC_HOME": str(tmp_path)}))
    assert raised.value.code == code
    assert "mentorsync demo --by-hand" in raised.value.what_to_do


def test_a_demo_that_is_running_is_not_replaced(tmp_path: Path) -> None:
    path = demo_file(tmp_path)
    with open_sandbox_file(path), pytest.raises(SandboxFileError) as raised, open_sandbox_file(path):
        pass
    assert raised.value.code == "SANDBOX_FILE_IN_USE"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(SandboxFileError) as raised, open_sandbox_file(tmp_path / "home" / "sandbox.sqlite"):
        pass
    assert raised.value.code == "SANDBOX_FILE_NOT_WRITABLE"
