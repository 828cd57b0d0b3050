"""No file leaves on contact data that does not know what the last one did (rulebook sections 5 and 9)."""

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.domain.errors import MentorSyncError
from tests.support.charity import Charity, Row


def questions(charity: Charity) -> list[Row]:
    """What is asked now about the age of the contacts."""
    return [
        row
        for row in charity.rows(tables.sync_conflicts, year=charity.year)
        if row["conflict_type"] == "data_staleness" and row["status"] != "obsolete"
    ]


def refused(charity: Charity) -> str:
    """Ask for a file, expecting a refusal; returns what it says."""
    with pytest.raises(MentorSyncError) as caught:
        charity.export()
    assert caught.value.code == "DATA_STALE"
    return str(caught.value)


@pytest.fixture(scope="module")
def going(past, start):
    return start(past["synced"])


@pytest.fixture
def charity(going):
    """Contacts were uploaded after the last file, and another file has left since."""
    going.upload()
    going.later()
    going.export()
    going.later()
    return going


def test_a_file_on_fresh_contacts_leaves_without_a_question(charity):
    charity.upload()
    charity.later()
    charity.export(forced_by="Dana Quill")
    assert charity.rows(tables.gb_import_files)[-1]["forced_by"] is None, "there was nothing to force"
    assert questions(charity) == []


def test_a_second_file_on_the_same_contacts_is_refused_and_asks_once(charity):
    files = charity.rows(tables.gb_import_files)
    said = refused(charity)
    assert "mentorsync upload" in said
    asked = questions(charity)
    assert [(row["status"], row["recommended_option"], row["blocking"]) for row in asked] == [("pending", "a", True)]
    charity.later()
    refused(charity)
    assert questions(charity) == asked
    assert charity.rows(tables.gb_import_files) == files
    written = {path.name for path in charity.folder.glob("mentors-*")}
    assert written <= {file["file_name"] for file in files}


def test_a_person_can_let_it_leave_by_name(charity):
    refused(charity)
    report = charity.export(forced_by="Dana Quill")
    newest = charity.rows(tables.gb_import_files)[-1]
    assert newest["forced_by"] == "Dana Quill"
    assert newest["run_id"] == report.run_id
    assert [row["status"] for row in questions(charity)] == ["pending"]


def test_fresh_contacts_answer_the_question(charity):
    refused(charity)
    (question,) = questions(charity)
    charity.upload()
    charity.later()
    charity.export()
    assert questions(charity) == []
    rows = {row["id"]: row for row in charity.rows(tables.sync_conflicts)}
    assert (rows[question["id"]]["status"], rows[question["id"]]["closed_at"]) == ("obsolete", charity.now)


def test_no_mentor_waits_because_of_it(charity):
    before = charity.by_mn_id(tables.mentors)
    refused(charity)
    charity.run("etl", year=charity.year)
    states = {mn_id: row["sync_state"] for mn_id, row in charity.by_mn_id(tables.mentors).items()}
    assert states == {mn_id: row["sync_state"] for mn_id, row in before.items()}


def test_data_of_more_than_a_week_is_refused_too(charity):
    charity.upload()
    charity.later(days=7, hours=1)
    assert "more than 7 days" in refused(charity)
