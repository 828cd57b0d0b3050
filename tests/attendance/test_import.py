"""Attendance from a CSV file: all lines or none, invalid lines listed, repeated files (rulebook, section 14)."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.attendance import service
from mentorsync_pipeline.attendance.rules.attendance_file import AttendanceFileError
from mentorsync_pipeline.attendance.service import ImportResult
from mentorsync_pipeline.db import tables as t
from tests.attendance.conftest import YEAR, ZONE, Desk

pytestmark = pytest.mark.slow

GOOD = """MN ID,Name,Email,Phone,Session,Date,Attended
MN0001,Robin Testwell,,,Saturday,2025-10-04,Yes
,,sasha.placeholder@MAIL.example,,Saturday,10/4/2025 10:05,x
,,,(706) 555-0003,Saturday,2025-10-04T14:00:00+00:00,TRUE
,Kim Sample,,,Saturday,,1

MN0002,,,,Sunday,,no
"""


def load(desk: Desk, text: str | bytes, **options: str) -> ImportResult:
    content = text if isinstance(text, bytes) else text.encode()
    return service.import_attendance(desk.context, YEAR, content, zone=ZONE, **options)


def test_a_line_is_found_by_id_email_phone_or_name(desk: Desk) -> None:
    assert load(desk, GOOD) == ImportResult(recorded=4, already=0, undone=0, absent=1)
    rows = {row["mn_id"]: row for row in desk.rows()}
    assert sorted(rows) == ["MN0001", "MN0002", "MN0003", "MN0004"]
    assert {row["session"] for row in rows.values()} == {"Saturday"}
    assert {row["observed_on"] for row in rows.values()} == {date(2025, 10, 4)}
    assert rows["MN0003"]["observed_at"] == datetime(2025, 10, 4, 14, tzinfo=UTC)
    assert rows["MN0004"]["observed_at"] == desk.now
    (entry,) = desk.rows(t.audit_log)
    assert (entry["act"], entry["details"]) == ("attendance_imported", {"recorded": 4})


def test_the_same_file_twice_counts_once_and_restores_nothing(desk: Desk) -> None:
    load(desk, GOOD)
    desk.later()
    assert load(desk, GOOD) == ImportResult(recorded=0, already=4, undone=0, absent=1)
    service.undo_record(desk.context, YEAR, record_id=desk.rows()[0]["id"])
    assert load(desk, GOOD + "MN0001,,,,Saturday,2025-10-04,Yes\n") == ImportResult(
        recorded=0, already=3, undone=2, absent=1
    )
    assert len(desk.rows()) == 4
    assert len(desk.rows(t.audit_log)) == 2


def test_an_import_does_not_touch_a_check_in(desk: Desk) -> None:
    service.check_in(desk.context, YEAR, "MN0001", desk.observed("phone-1"), session="Saturday")
    before = desk.rows()
    assert load(desk, "mn_id\nMN0001\n") == ImportResult(recorded=0, already=1, undone=0, absent=0)
    assert desk.rows() == before


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("MN9999,,,,", "has MN9999, which no mentor of the year has"),
        ("mentor,,,,", "has an MN id that is not MN and four or more digits"),
        ("MN0001,Imogen Otherwise,,,", "has MN0001 with the name of another person"),
        ("MN0001,,sasha.placeholder@mail.example,,", "has MN0001 with the email of another mentor"),
        (",Kim,,,", "has a name that no mentor of the year has"),
        (",,nobody@mail.example,,", "no mentor of the year has"),
        (",,,706-555-9999,", "no mentor of the year has"),
        (",Imogen Otherwise,,,", "has a name that no mentor of the year has"),
        (",,,,2025-10-04", "has no MN id, name, email or phone"),
        ("MN0001,,,,04.10.2025", "neither YYYY-MM-DD nor M/D/YYYY"),
        ("MN0001,,,,2031-01-01", "has a date in the future"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_recorded(desk: Desk, line: str, reason: str) -> None:
    with pytest.raises(AttendanceFileError) as refused:
        load(desk, f'Id,Name,Email,Phone,Date\nMN0002,"Sasha\nPlaceholder",,,\n{line}\nMN0003,,,,\n')
    (problem,) = refused.value.problems
    assert problem.line == 4
    assert reason in problem.reason
    assert f"line 4 {problem.reason}" in refused.value.message
    assert "Imogen" not in str(refused.value)
    assert desk.rows() == desk.rows(t.audit_log) == []


def test_all_bad_lines_are_named(desk: Desk) -> None:
    with pytest.raises(AttendanceFileError) as refused:
        load(desk, "mn id,attended\nMN9991,yes\nMN0001,maybe\nMN9992,yes\n")
    assert [problem.line for problem in refused.value.problems] == [2, 3, 4]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column"),
        (b"Colour,Shape\nred,round\n", "no column"),
        (b"PK\x03\x04\x00\x00", "not CSV"),
        ("mn id\nMN0001\n".encode("utf-16"), "not CSV"),
        (b"mn id,name\nMN0001,Jos\xe9\n", "not UTF-8"),
        (b'mn id,name\nMN0001,"Robin\n', "Line 2 is not valid CSV"),
        (b"mn id\n" + b"MN0001\n" * 1_000_000, "larger than"),
    ],
)
def test_a_file_that_is_not_csv_is_refused(desk: Desk, content: bytes, words: str) -> None:
    with pytest.raises(AttendanceFileError, match=words):
        load(desk, content)
    assert desk.rows() == []


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff\ufeffMN_ID;Session\r\nmn0001;Saturday\r\n",
        "Mentor ID\tNotes\nMN0001\tcame late\n",
        "First Name,Last Name\nRobin,Testwell\n",
        'Full name\n"Testwell, Robin"\n',
        "Name,UGA Email,Personal Email\nRobin T,,robin.testwell@mail.example\n",
        "external_id\nMN0900\n",
    ],
)
def test_lists_as_people_have_them_are_read(desk: Desk, text: str) -> None:
    assert load(desk, text).recorded == 1
    assert [row["mn_id"] for row in desk.rows()] == ["MN0001"]


def test_lines_without_a_session_get_the_default_session(desk: Desk) -> None:
    load(desk, "mn id,session\nMN0001,\nMN0002,Sunday\n", session="Saturday")
    assert [row["session"] for row in desk.rows()] == ["Saturday", "Sunday"]


def test_mentors_with_a_shared_phone_are_distinguished_by_name(desk: Desk) -> None:
    with desk.engine.begin() as conn:
        conn.execute(sa.update(t.mentors).values(phone="+17065550001"))
    assert load(desk, "name,phone\nSasha Placeholder,706-555-0001\n").recorded == 1
    with pytest.raises(AttendanceFileError, match="several mentors share"):
        load(desk, "phone\n706-555-0001\n")
    assert [row["mn_id"] for row in desk.rows()] == ["MN0002"]
