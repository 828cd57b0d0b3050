"""Rulebook, section 9, the linter: import rules have stable codes; only rows that Givebutter would reject stay out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mentorsync_pipeline.domain.error_codes import REGISTRY
from mentorsync_pipeline.import_file.rules.csv import ImportFileError, header, parse, parse_mn_id, serialise
from mentorsync_pipeline.import_file.rules.import_rows import ImportRow
from mentorsync_pipeline.import_file.rules.linter import ContactState, CurrentContacts, LintResult, check, lint
from mentorsync_pipeline.import_file.rules.rejections import RelatedContacts, find_cause
from tests.support.mentors_stage import CONFIG, PARTNER, SHIRT, MentorsStage, contact, phone, signup

CURRENT = CurrentContacts(holders={"MN0500": 50}, contact_ids={10, 50}, archived_ids={60})
MESSAGE = "📱Custom Text Message 1️⃣"


def _good(number: int = 1, **values: Any) -> ImportRow:
    stage = MentorsStage.of_one(signup(number, partner_preference="With Sam"), contact(10))
    stage.sync()
    row = stage.rows()[0].row
    texts = {name: text for name, text in values.items() if name in row.cells}
    custom = {name: text for name, text in values.items() if name not in row.cells}
    return replace(row, cells={**row.cells, **texts}, custom_fields={**row.custom_fields, **custom})


def _lint(*rows: ImportRow) -> LintResult:
    return lint(rows, CURRENT, CONFIG)


def test_a_good_row_passes() -> None:
    row = _good()
    assert _lint(row) == LintResult(passed=(row,), errors=())


@pytest.mark.parametrize(("archived", "expected"), [((), "Contact 50 holds"), ((50,), "The archived contact 50 holds")])
def test_an_error_names_the_holder_of_the_external_id(archived: tuple[int, ...], expected: str) -> None:
    contacts = CurrentContacts(holders={"MN0500": 50}, contact_ids={10, 50}, archived_ids=archived)
    (error,) = lint([_good(**{"Contact External ID": "MN0500"})], contacts, CONFIG).errors
    assert error.message.startswith(expected)


LONG = "x" * 256
TOO_LONG = "x" * 1001
ROW_CODES = (
    *("EXTERNAL_ID_MISSING", "EXTERNAL_ID_HELD", "CONTACT_ID_INVALID", "CONTACT_UNKNOWN", "CONTACT_ARCHIVED"),
    *("LAST_NAME_MISSING", "EMAIL_SUBSCRIPTION_MISSING"),
)


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("Contact External ID", None, "EXTERNAL_ID_MISSING"),
        ("Contact External ID", "MN0500", "EXTERNAL_ID_HELD"),
        ("Contact External ID", "M" * 256, "TEXT_TOO_LONG"),
        ("Givebutter Contact ID", "ten", "CONTACT_ID_INVALID"),
        ("Givebutter Contact ID", "99", "CONTACT_UNKNOWN"),
        ("Givebutter Contact ID", "60", "CONTACT_ARCHIVED"),
        ("Last Name", None, "LAST_NAME_MISSING"),
        ("Email Subscription Status", None, "EMAIL_SUBSCRIPTION_MISSING"),
        ("Phone Subscription Status", "maybe", "SUBSCRIPTION_INVALID"),
        ("First Name", LONG, "TEXT_TOO_LONG"),
        ("Prefix", "x" * 11, "TEXT_TOO_LONG"),
        ("Tags", "x" * 65, "TEXT_TOO_LONG"),
        (PARTNER, TOO_LONG, "TEXT_TOO_LONG"),
        ("Employer", "Mill\x00", "TEXT_UNSENDABLE"),
        (PARTNER, "Sam\x1b[31m", "TEXT_UNSENDABLE"),
        ("Primary Phone Number", "555-0100", "PHONE_INVALID"),
        ("Primary Phone Number", "+442079460018", "PHONE_INVALID"),
        ("Primary Phone Number", "+14165550123", "PHONE_INVALID"),
        ("Phone Numbers", f"{phone(2)}, +442079460018", "PHONE_INVALID"),
        ("Primary Email", "robin at mail", "EMAIL_INVALID"),
        ("Email Addresses", "a@mail.example, b", "EMAIL_INVALID"),
        ("Date of Birth", "5/6/2004", "DATE_INVALID"),
        ("Date of Birth", "02/30/2004", "DATE_INVALID"),
        ("Contact Since", "spring", "DATE_INVALID"),
        ("City", "Athens", "ADDRESS_INCOMPLETE"),
        ("Employer", "=1+1", "FORMULA_TEXT"),
        ("Last Name", "-Testwell", "FORMULA_TEXT"),
        (PARTNER, "@anyone", "FORMULA_TEXT"),
        ("Primary Email", "=cmd@mail.example", "FORMULA_TEXT"),
        (SHIRT, "Huge", "OPTION_UNKNOWN"),
        (SHIRT, "m", "OPTION_UNKNOWN"),
        (CONFIG.custom_field_labels["training_signup"], "true", "CHECKBOX_INVALID"),
        (CONFIG.custom_field_labels["training_at"], "next week", "DATE_INVALID"),
    ],
)
def test_every_fault_of_a_file_has_a_stable_code(column: str, text: str | None, code: str) -> None:
    other = replace(
        _good(2),
        cells={**_good(2).cells, "Contact External ID": "MN0002", "Givebutter Contact ID": "50"},
        where="MN0002",
    )
    linted = check([_good(**{column: text}), other], CURRENT, CONFIG)
    assert [error.error_code for error in linted.errors] == [code]
    assert linted.passed == (other,)
    if code in ROW_CODES:
        assert lint([_good(**{column: text}), other], CURRENT, CONFIG) == linted
    error = linted.errors[0]
    assert (error.mn_id, error.subject, error.source_table) == ("MN0001", "MN0001", "gb_import_file")
    assert error.what_to_do == REGISTRY[code].what_to_do
    assert not text or text not in error.message or text in ("MN0500", "99", "60")


@pytest.mark.parametrize("text", ["05/06/2004", "2004-05-06"])
def test_both_forms_of_a_date_pass(text: str) -> None:
    assert _lint(_good(**{"Date of Birth": text})).errors == ()


@pytest.mark.parametrize(
    ("column", "text", "left"),
    [
        ("First Name", LONG, None),
        ("Prefix", "x" * 11, None),
        ("Tags", "x" * 65, None),
        (PARTNER, TOO_LONG, None),
        ("Employer", "Mill\x00", None),
        ("Primary Phone Number", "+442079460018", None),
        ("Phone Numbers", f"{phone(2)}, +442079460018", phone(2)),
        ("Primary Email", "robin at mail", None),
        ("Email Addresses", "a@mail.example, b", "a@mail.example"),
        ("Date of Birth", "May 6, 2004", None),
        ("City", "Athens", None),
        ("Employer", "=1+1", None),
        (SHIRT, "Huge", None),
        (CONFIG.custom_field_labels["training_signup"], "true", None),
        ("Phone Subscription Status", "maybe", None),
    ],
)
def test_a_cell_that_cannot_be_sent_is_left_out_of_the_row(column: str, text: str, left: str | None) -> None:
    linted = _lint(_good(**{column: text}))
    assert linted.errors == ()
    (row,) = linted.passed
    assert {**row.cells, **row.custom_fields}.get(column) == left
    (warning,) = linted.warnings
    assert warning.mn_id == "MN0001"
    assert warning.message.startswith("MN0001: ")
    assert column in warning.message or column == "City"
    assert text not in warning.message
    assert check([row], CURRENT, CONFIG).errors == ()


def test_an_option_that_the_contact_holds_is_accepted() -> None:
    row = _good(**{SHIRT: "Youth L", "Gender": "Other"})
    contacts = replace(CURRENT, states={10: ContactState(options={SHIRT: "Youth L"})})
    assert lint([row], contacts, CONFIG) == LintResult(passed=(row,), errors=())
    assert [error.error_code for error in check([row], CURRENT, CONFIG).errors] == ["OPTION_UNKNOWN"]


class TestSubscriptions:
    """A file made before an unsubscribe is out of date; a new file never subscribes a person again."""

    STATES = replace(CURRENT, states={10: ContactState(unsubscribed=frozenset({"Email Subscription Status"}))})

    def test_a_file_that_would_subscribe_a_person_again_is_stale(self) -> None:
        (error,) = check([_good()], self.STATES, CONFIG).errors
        assert error.error_code == "STALE_FILE"
        assert "Email Subscription Status" in error.message

    def test_a_status_in_lower_case_is_recognised(self) -> None:
        row = _good(**{"Email Subscription Status": "yes"})
        assert [error.error_code for error in check([row], self.STATES, CONFIG).errors] == ["STALE_FILE"]
        assert check([row], CURRENT, CONFIG).errors == ()

    def test_a_new_file_takes_the_present_status(self) -> None:
        (row,) = lint([_good()], self.STATES, CONFIG).passed
        assert row.cells["Email Subscription Status"] == "No"

    def test_an_archived_contact_counts_too(self) -> None:
        row = _good(**{"Givebutter Contact ID": "60"})
        states = replace(self.STATES, states={60: self.STATES.states[10]})
        assert [error.error_code for error in check([row], states, CONFIG).errors] == ["CONTACT_ARCHIVED", "STALE_FILE"]

    def test_a_duplicates_unsubscribe_counts_by_the_present_import_row(self) -> None:
        contacts = replace(CURRENT, unsubscribed={"MN0001": frozenset({"Email Subscription Status"})})
        assert [error.error_code for error in check([_good()], contacts, CONFIG).errors] == ["STALE_FILE"]

    @pytest.mark.parametrize("column", ["Phone Subscription Status", "Address Subscription Status"])
    def test_a_blank_status_from_before_an_unsubscribe_is_stale(self, column: str) -> None:
        contacts = replace(CURRENT, states={10: ContactState(unsubscribed=frozenset({column}))})
        (error,) = check([_good(**{column: None})], contacts, CONFIG).errors
        assert (error.error_code, column in error.message) == ("STALE_FILE", True)
        (row,) = lint([_good(**{column: None})], contacts, CONFIG).passed
        assert row.cells[column] == "No"
        assert check([row], contacts, CONFIG).errors == ()

    def test_a_blank_email_status_without_an_email_is_accepted(self) -> None:
        row = _good(**{"Primary Email": None, "Email Addresses": None, "Email Subscription Status": None})
        assert check([row], self.STATES, CONFIG).errors == ()

    def test_a_stricter_status_is_accepted(self) -> None:
        row = _good(**{"Email Subscription Status": "No", "Phone Subscription Status": None})
        contacts = replace(CURRENT, states={10: ContactState()})
        assert check([row], contacts, CONFIG).errors == ()


def test_a_message_is_checked_like_a_text() -> None:
    for text, code in ((TOO_LONG, "TEXT_TOO_LONG"), ("=now", "FORMULA_TEXT")):
        row = replace(_good(), messages={MESSAGE: text})
        assert [error.error_code for error in check([row], CURRENT, CONFIG).errors] == [code]
        assert _lint(row).passed == (replace(row, messages={MESSAGE: None}),)


def test_the_limit_of_custom_texts_is_configured() -> None:
    assert check([_good(**{PARTNER: "x" * 772})], CURRENT, CONFIG).errors == ()
    strict = CONFIG.model_copy(update={"custom_text_limit": 255})
    assert [error.error_code for error in check([_good(**{PARTNER: LONG})], CURRENT, strict).errors] == [
        "TEXT_TOO_LONG"
    ]


def test_rows_with_the_same_external_id_or_contact_all_stay_out() -> None:
    linted = _lint(_good(), replace(_good(), where="row 3"))
    assert linted.passed == ()
    assert [(error.subject, error.error_code) for error in linted.errors] == [
        ("MN0001", "EXTERNAL_ID_REPEATED"),
        ("MN0001", "CONTACT_ID_REPEATED"),
        ("row 3", "EXTERNAL_ID_REPEATED"),
        ("row 3", "CONTACT_ID_REPEATED"),
    ]


def test_the_holder_itself_may_send_its_id_again() -> None:
    row = _good(**{"Contact External ID": "MN0500", "Givebutter Contact ID": "50"})
    assert _lint(row).errors == ()


def test_two_faults_with_the_same_code_are_one_error() -> None:
    errors = check([_good(**{"Primary Phone Number": "1", "Phone Numbers": "2"})], CURRENT, CONFIG).errors
    assert len(errors) == 1
    assert "Primary Phone Number" in errors[0].message
    assert "Phone Numbers" in errors[0].message


class TestFile:
    def test_a_file_has_a_bom_quotes_and_the_template_columns_first(self) -> None:
        content = serialise([_good()], CONFIG)
        assert content.startswith(b'\xef\xbb\xbf"Givebutter Contact ID","Contact External ID","Contact Since"')
        columns = (MESSAGE, "📱Custom Text Message 2️⃣", "📧 Custom Email Message 1️⃣", "👕 Shirt Size")
        assert header(CONFIG)[36:40] == columns
        assert header(CONFIG)[-1] == CONFIG.custom_field_labels["status"]
        assert CONFIG.custom_field_labels["attended_training"] in header(CONFIG)
        assert CONFIG.custom_field_labels["training_at"] not in header(CONFIG)

    def test_a_file_parses_to_the_rows_that_were_written(self) -> None:
        row = _good(**{PARTNER: 'Sam, "Stretch"\nor Alex', "Employer": "Müller & Söhne"})
        row = replace(row, messages={**dict.fromkeys(CONFIG.message_columns.values()), MESSAGE: "Hi 🎉"})
        parsed = parse(serialise([row], CONFIG), CONFIG)
        assert (parsed.rows, parsed.unknown_columns) == ((row,), ())

    def test_rows_are_sorted_by_mn_id(self) -> None:
        rows = [replace(_good(), mn_id=f"MN000{number}", where=f"MN000{number}") for number in (2, 1)]
        assert serialise(rows, CONFIG) == serialise(rows[::-1], CONFIG)

    def test_a_row_without_external_id_is_named_by_its_number(self) -> None:
        content = serialise([_good(**{"Contact External ID": None})], CONFIG)
        assert [(row.mn_id, row.where) for row in parse(content, CONFIG).rows] == [(None, "row 2")]

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "empty"),
            (b"\xff\xfe", "UTF-8"),
            (b'"Last Name"\r\n"x"', "missing"),
            (b'"Last Name', "cut off"),
        ],
    )
    def test_a_file_that_is_not_an_import_file_is_refused(self, content: bytes, words: str) -> None:
        with pytest.raises(ImportFileError, match=words):
            parse(content, CONFIG)

    def test_repeated_columns_and_surplus_cells_are_refused_and_unknown_columns_reported(self) -> None:
        content = serialise([_good()], CONFIG).decode("utf-8-sig")
        first, rest = content.split("\r\n", 1)
        with pytest.raises(ImportFileError, match="Columns occur twice: Tags"):
            parse(f'{first},"Tags"\r\n{rest}'.encode(), CONFIG)
        with pytest.raises(ImportFileError, match="Row 2"):
            parse(f'{first}\r\n{rest.strip()},"more"\r\n'.encode(), CONFIG)
        assert parse(f'{first},"Nickname"\r\n{rest}'.encode(), CONFIG).unknown_columns == ("Nickname",)

    @pytest.mark.parametrize(
        ("template", "external_id", "mn_id"),
        [
            ("{mn_id}", "MN0123", "MN0123"),
            ("{mn_id}", "2025-MN0123", None),
            ("{mn_id}", None, None),
            ("{year}-{mn_id}", "2025-MN0123", "MN0123"),
            ("{year}-{mn_id}", "2024-MN0123", None),
            ("{mn_id}.{mn_id}", "MN0123.MN0123", "MN0123"),
        ],
    )
    def test_the_mn_id_is_parsed_from_an_external_id(
        self, template: str, external_id: str | None, mn_id: str | None
    ) -> None:
        assert parse_mn_id(external_id, CONFIG.model_copy(update={"external_id_template": template})) == mn_id


@pytest.mark.parametrize(
    ("own", "rejected", "sent"),
    [
        ({}, "M", None),
        ({SHIRT: "L"}, "M", "L"),  # as for an answer that is none of the options
        ({SHIRT: "M"}, "M", None),  # the contact's own option is the retired one
        ({}, "L", "M"),
    ],
)
def test_an_option_that_givebutter_rejected_in_another_row_is_not_sent(
    own: dict[str, str], rejected: str, sent: str | None
) -> None:
    row, other = _good(**{SHIRT: "M"}), _good(2, **{SHIRT: rejected})
    cause = find_cause("GB_OPTION_UNKNOWN", other, RelatedContacts(), CONFIG, as_of=datetime(2025, 10, 1, tzinfo=UTC))
    contacts = replace(CURRENT, states={10: ContactState(options=own)}, rejected_options=cause.keys)
    result = lint([row], contacts, CONFIG)
    (passed,) = result.passed
    assert passed.custom_fields.get(SHIRT) == sent
    assert {label: text for label, text in passed.custom_fields.items() if label != SHIRT} == {
        label: text for label, text in row.custom_fields.items() if label != SHIRT
    }
    assert [(item.subject, item.warning_type) for item in result.warnings] == (
        [] if sent == "M" else [(f"{row.where}:{SHIRT}", "unusual_value")]
    )
    assert [error.error_code for error in check([row], contacts, CONFIG).errors] == (
        [] if sent == "M" else ["OPTION_UNKNOWN"]
    )
