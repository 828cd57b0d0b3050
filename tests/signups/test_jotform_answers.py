"""Answers of every type as text, and times in UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.record_fields import FieldError
from mentorsync_pipeline.signups.rules.jotform_answers import (
    find_missing_questions,
    format_answer,
    parse_submission,
    to_utc,
)

EASTERN = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("kind", "answer", "text"),
    [
        ("control_fullname", {"first": "Ava", "last": "Quill"}, "Ava Quill"),
        (
            "control_fullname",
            {"suffix": "Jr", "last": "Quill", "prefix": "Dr", "first": "Max", "middle": "B"},
            "Dr Max B Quill Jr",
        ),
        ("control_phone", {"full": "(706) 555-0100"}, "(706) 555-0100"),
        ("control_phone", {"area": "706", "phone": "555-0100"}, "706 555-0100"),
        ("control_phone", {"country": "1", "area": "706", "phone": "5550100"}, "1 706 5550100"),
        ("control_phone", {"country": "44", "area": "20", "phone": "79460018"}, "+44 20 79460018"),
        ("control_phone", {"country": "+44", "area": "20", "phone": "79460018"}, "+44 20 79460018"),
        ("control_phone", "706-555-0100", "706-555-0100"),
        ("control_textbox", "I&#039;ll come ", "I'll come"),
        ("control_textbox", "  ", None),
        ("control_dropdown", ["A", "B"], "A, B"),
        ("control_checkbox", ["A &amp; B", "C"], "A & B, C"),
        ("control_datetime", {"day": "7", "month": "9", "year": "2025"}, "2025-09-07"),
        (
            "control_datetime",
            {"day": "07", "month": "09", "year": "2025", "hour": "6", "min": "30", "ampm": "PM"},
            "2025-09-07 18:30",
        ),
        (
            "control_datetime",
            {"day": "07", "month": "09", "year": "2025", "hour": "12", "min": "05", "ampm": "AM"},
            "2025-09-07 00:05",
        ),
        (
            "control_datetime",
            {"day": "07", "month": "09", "year": "2025", "hour": "18", "min": "30"},
            "2025-09-07 18:30",
        ),
        ("control_datetime", {"day": "", "month": "", "year": ""}, None),
        ("control_fileupload", ["https://files.example/a"], "https://files.example/a"),
        (
            "control_address",
            {"addr_line1": "1 Main St", "city": "Athens", "state": "GA", "postal": "30601"},
            "1 Main St, Athens, GA, 30601",
        ),
        ("control_matrix", {"Sat": "Morning", "Sun": "", "Mon": ["a", "b"]}, "Sat: Morning; Mon: a, b"),
        (
            "control_appointment",
            {"implementation": "x", "date": "2025-09-07 10:00", "duration": "30", "timezone": "America/New_York"},
            "2025-09-07 10:00 America/New_York",
        ),
        ("control_autoincrement", "MN0123", "MN0123"),
        ("", None, None),
        ("", "", None),
        ("", [], None),
        ("", {}, None),
        ("", ["", None], None),
        ("control_widget", {"a": "1", "b": "2"}, "1, 2"),
    ],
)
def test_an_answer_of_every_type_becomes_text(kind, answer, text):
    assert format_answer(answer, kind) == text


@given(
    st.recursive(
        st.one_of(st.none(), st.text(max_size=5)),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["first", "full", "day", "month", "year", "date", "x"]), inner, max_size=4
            )
        ),
    )
)
def test_an_answer_of_an_unknown_type_becomes_text_or_none(answer):
    text = format_answer(answer)
    assert text is None or text == text.strip() != ""


ANSWERS = {
    "3": {"name": "fullName", "type": "control_fullname", "answer": {"first": "Ava&nbsp;", "last": "O&#039;Quill"}},
    "4": {"name": "phone", "type": "control_phone", "answer": "706-555-0100"},
    "5": {"name": "header", "type": "control_head"},
}


def find_answer(answers, question):
    """The answer in a column that is mapped to a question."""
    submission = {"id": "60", "form_id": "25", "created_at": "2025-09-01 10:00:00", "answers": answers}
    return parse_submission(submission, {"column": question}, EASTERN)["column"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("fullName", "Ava O'Quill"),
        ("fullName.last", "O'Quill"),
        ("fullName.middle", None),
        ("3.first", "Ava"),
        ("phone.full", "706-555-0100"),
        ("phone.area", None),
        ("header", None),
        ("gone", None),
        ("gone.first", None),
    ],
)
def test_a_question_is_found_by_its_name_or_id_and_part(question, answer):
    assert find_answer(ANSWERS, question) == answer


def test_missing_questions_are_listed_with_the_present_ones():
    result = find_missing_questions(
        {"a": "fullName.first", "b": "shirt", "c": "4"},
        {key: {"name": entry["name"]} for key, entry in ANSWERS.items()},
    )
    assert result.missing == ("shirt",)
    assert result.present == ("fullName", "header", "phone")


def _entry(name, kind, order, answer=None):
    return {"name": name, "type": f"control_{kind}", "order": order, **({"answer": answer} if answer else {})}


PERSON = {
    "7": _entry("backupEmail", "email", "9", "second@mail.example"),
    "3": _entry("emailAddress", "email", "2", "first@mail.example"),
    "5": _entry("cell", "phone", "4", {"full": "(706) 555-0100"}),
    "8": _entry("sessionDate", "textbox", "5"),
    "9": _entry("date", "textbox", "6", "October 5"),
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("first:email", "first@mail.example"),
        ("first:phone", "(706) 555-0100"),
        ("first:datetime", None),
        ("sessionDate|date", "October 5"),
        ("date|sessionDate", "October 5"),
        ("nowhere|cell.full", "(706) 555-0100"),
        ("nowhere|sessionDate", None),
    ],
)
def test_a_question_can_have_alternatives_or_be_the_first_of_its_type(question, answer):
    assert find_answer(PERSON, question) == answer


def test_a_question_is_missing_if_all_its_alternatives_are():
    questions = {"a": "sessionDate|day", "b": "first:email", "c": "first:address", "d": "day|hour"}
    assert find_missing_questions(questions, PERSON).missing == ("day|hour", "first:address")


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2025-01-15 12:00:00", datetime(2025, 1, 15, 17, tzinfo=UTC)),
        ("2025-07-15 12:00:00", datetime(2025, 7, 15, 16, tzinfo=UTC)),
        ("2025-11-02 01:30:00", datetime(2025, 11, 2, 5, 30, tzinfo=UTC)),  # twice that night: the first
        ("2025-11-02 02:00:00", datetime(2025, 11, 2, 7, tzinfo=UTC)),
        ("2025-03-09 02:30:00", datetime(2025, 3, 9, 7, 30, tzinfo=UTC)),  # left out that night
    ],
)
def test_eastern_time_becomes_utc(raw, moment):
    assert to_utc(raw, EASTERN) == moment


def test_an_edit_in_the_repeated_hour_is_after_the_submission():
    times = {"created_at": "2025-11-02 01:50:00", "updated_at": "2025-11-02 01:10:00"}
    row = parse_submission({"id": "61", "form_id": "25", "answers": {}, **times}, {}, EASTERN)
    assert row["updated_at"] - row["created_at"] == timedelta(minutes=20)


@given(st.integers(10**9, 2 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_a_time_is_restored_except_in_the_repeated_hour(moment):
    local = moment.astimezone(EASTERN)
    read = to_utc(local.strftime("%Y-%m-%d %H:%M:%S"), EASTERN)
    assert (moment - read).total_seconds() == (3600 if local.fold else 0)


def test_the_row_keeps_the_payload_without_the_senders_address():
    submission = {
        "id": "61",
        "form_id": "25",
        "ip": "192.0.2.1",
        "created_at": "2025-07-15 12:00:00",
        "updated_at": None,
        "status": " New",
        "answers": ANSWERS,
    }
    row = parse_submission(submission, {"first_name": "fullName.first", "phone": "phone"}, EASTERN)
    assert row["payload"] == {key: value for key, value in submission.items() if key != "ip"}
    assert (row["submission_id"], row["status"], row["updated_at"]) == ("61", "NEW", None)
    assert (row["first_name"], row["phone"]) == ("Ava", "706-555-0100")


@pytest.mark.parametrize("created", [None, "", "yesterday", "2025-02-30 00:00:00"])
def test_a_submission_without_a_time_is_refused(created):
    with pytest.raises(ValueError, match=r"created_at|time data|day is out of range|day of month"):
        parse_submission({"id": "1", "form_id": "25", "created_at": created}, {}, EASTERN)


@pytest.mark.parametrize(
    ("answer", "first", "last"),
    [
        ({"first": "Ava", "last": "Quill"}, "Ava", "Quill"),
        ({"first": "Ava", "last": "Quill", "suffix": "Jr."}, "Ava", "Quill Jr."),
        ({"first": "Ava", "last": "Quill Jr", "suffix": "Jr."}, "Ava", "Quill Jr"),
        ({"first": "Ava", "last": "Quill", "suffix": "she/her"}, "Ava", "Quill"),
        ("Ava Quill", "Ava Quill", None),  # the question was changed to one box
        ("", None, None),
        ([], None, None),
    ],
)
def test_a_name_in_one_box_is_not_lost(answer, first, last):
    row = parse_submission(_named(answer), {"first_name": "name.first", "last_name": "name.last"}, EASTERN)
    assert (row["first_name"], row["last_name"]) == (first, last)


def test_a_list_of_names_is_refused():
    with pytest.raises(FieldError, match=r"name\.first is not a text"):
        parse_submission(_named(["Ava", "Quill"]), {"first_name": "name.first"}, EASTERN)


def _named(answer):
    return {
        "id": "60",
        "form_id": "25",
        "created_at": "2025-09-01 10:00:00",
        "answers": {"1": {"name": "name", "answer": answer}},
    }
