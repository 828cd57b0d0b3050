"""No file is created from contact data that is older than the last file (rulebook, sections 5 and 9)."""

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.domain.errors import MentorSyncError
from tests.support.environment import Row, SandboxEnvironment

pytestmark = pytest.mark.slow


def questions(env: SandboxEnvironment) -> list[Row]:
    """Open conflicts about the age of the contacts."""
    return [
        row
        for row in env.rows(tables.sync_conflicts, year=env.year)
        if row["conflict_type"] == "data_staleness" and row["status"] != "obsolete"
    ]


def refused(env: SandboxEnvironment) -> str:
    """Create a file, which is refused; return the error's text."""
    with pytest.raises(MentorSyncError) as caught:
        env.new_file()
    assert caught.value.code == "DATA_STALE"
    return str(caught.value)


@pytest.fixture(scope="module")
def second_file(settled_snapshot, start_shared):
    return start_shared(settled_snapshot, serve=False)


@pytest.fixture
def env(second_file):
    """Contacts were uploaded after the last file, and another file has left since."""
    second_file.upload()
    second_file.etl()
    second_file.new_file()
    return second_file


def test_a_file_from_fresh_contacts_is_created_without_a_question(env):
    env.upload()
    env.etl()
    env.new_file(forced_by="Dana Quill")
    assert env.rows(tables.gb_import_files)[-1]["forced_by"] is None, "there was nothing to force"
    assert questions(env) == []


def test_a_second_file_on_the_same_contacts_is_refused_and_asks_once(env):
    files = env.rows(tables.gb_import_files)
    message = refused(env)
    assert "mentorsync upload" in message
    asked = questions(env)
    assert [(row["status"], row["recommended_option"], row["blocking"]) for row in asked] == [("pending", "a", True)]
    env.later()
    refused(env)
    assert questions(env) == asked
    assert env.rows(tables.gb_import_files) == files
    written = {path.name for path in env.folder.glob("mentors-*")}
    assert written <= {file["file_name"] for file in files}


def test_a_person_can_force_it_by_name(env):
    refused(env)
    report = env.export(forced_by="Dana Quill")  # a job, which includes the steps before the file
    newest = env.rows(tables.gb_import_files)[-1]
    assert newest["forced_by"] == "Dana Quill"
    assert newest["run_id"] == report.run_id
    assert [row["status"] for row in questions(env)] == ["pending"]


def test_fresh_contacts_answer_the_question(env):
    refused(env)
    (question,) = questions(env)
    env.upload()
    env.etl()
    env.new_file()
    assert questions(env) == []
    rows = {row["id"]: row for row in env.rows(tables.sync_conflicts)}
    assert (rows[question["id"]]["status"], rows[question["id"]]["closed_at"]) == ("obsolete", env.now)


def test_no_mentor_waits_because_of_it(env):
    before = env.by_mn_id(tables.mentors)
    refused(env)
    env.etl()
    states = {mn_id: row["sync_state"] for mn_id, row in env.by_mn_id(tables.mentors).items()}
    assert states == {mn_id: row["sync_state"] for mn_id, row in before.items()}


def test_data_of_more_than_a_week_is_refused_too(env):
    env.upload()
    env.later(days=7, hours=1)
    assert "more than 7 days" in refused(env)
