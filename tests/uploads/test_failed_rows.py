"""Rulebook section 9: Givebutter's file of rejected rows becomes errors per mentor."""

from pathlib import Path

import pytest

from mentorsync_pipeline.uploads.rejected_rows import (
    MAX_BYTES,
    FailedRowsError,
    is_failed_rows,
    parse_rejected_rows,
    read_failed_rows_file,
)

HEADER = '"ERRORS","external_id","id","last_name"'


def _parse(*rows: str) -> list[tuple[str | None, str, str]]:
    content = "\r\n".join((HEADER, *rows)).encode("utf-8-sig")
    rejected = parse_rejected_rows(content, by_external_id={"MN0001": "MN0001"}, by_contact_id={10: "MN0002"}).errors
    return [(row.mn_id, row.subject, row.error_code) for row in rejected]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("A contact with External ID [MN0001] already exists.", "GB_EXTERNAL_ID_EXISTS"),
        ("The last name field is required.", "GB_NAME_REQUIRED"),
        ("The email subscription field is required when an email is present.", "GB_SUBSCRIPTION_REQUIRED"),
        ("The selected email subscription is invalid.", "GB_SUBSCRIPTION_REQUIRED"),
        ("The custom_fields.field_6109 must not be greater than 255 characters.", "GB_TEXT_TOO_LONG"),
        ("The selected custom_fields.field_6100 is invalid.", "GB_OPTION_UNKNOWN"),
        ("The phone number is invalid.", "GB_PHONE_INVALID"),
        ("The phone number has already been taken.", "GB_PHONE_TAKEN"),
        ("A duplicate contact was found by phone.", "GB_PHONE_TAKEN"),
        ("A contact with email [a@mail.example] already exists.", "GB_EMAIL_TAKEN"),
        ("The email belongs to another contact.", "GB_EMAIL_TAKEN"),
        ("The email must be a valid email address.", "GB_EMAIL_INVALID"),
        ("The dob is not a valid date.", "GB_DATE_INVALID"),
        ("The selected id is invalid.", "GB_CONTACT_NOT_FOUND"),
        ("The contact is archived.", "GB_CONTACT_NOT_FOUND"),
        ("Something new.", "GB_ROW_REJECTED"),
        ("", "GB_ROW_REJECTED"),
    ],
)
def test_givebutters_error_texts_have_codes(words: str, code: str) -> None:
    assert _parse(f'"{words}","MN0001","","x"') == [("MN0001", "MN0001", code)]


def test_a_row_is_identified_by_external_id_contact_id_or_row_number() -> None:
    rows = ('"Odd.","MN0001","10","x"', '"Odd.","MN0777","10","x"', '"Odd.","","","x"')
    assert [row[:2] for row in _parse(*rows)] == [
        ("MN0001", "MN0001"),
        ("MN0002", "MN0002"),
        (None, "row 4"),
    ]


def test_several_reasons_in_one_row() -> None:
    cell = "The last name field is required.; The phone number is invalid.; The phone number is invalid."
    content = f'{HEADER}\n"{cell}","MN0001","",""'.encode()
    rows = parse_rejected_rows(content, by_external_id={"MN0001": "MN0001"}, by_contact_id={}).errors
    assert [row.error_code for row in rows] == ["GB_NAME_REQUIRED", "GB_PHONE_INVALID"]
    assert rows[0].message == "Givebutter: The last name field is required."
    marked = b"\xef\xbb\xbf\xef\xbb\xbf" + content
    assert parse_rejected_rows(marked, by_external_id={"MN0001": "MN0001"}, by_contact_id={}).errors == rows


def test_a_file_of_rejected_rows_is_recognised_by_its_first_line() -> None:
    assert is_failed_rows('\ufeff"ERRORS","id"')
    assert is_failed_rows('\ufeff\ufeff"ERRORS","id"')
    assert is_failed_rows("ERRORS,id")
    assert is_failed_rows('"Errors"\r\n')
    assert not is_failed_rows('"Errors of the mail","Givebutter Contact ID"')
    assert not is_failed_rows('"Givebutter Contact ID"')


@pytest.mark.parametrize("content", [b'"id"\n"1"', b"", b"\xff"])
def test_a_file_of_another_kind_is_refused(content: bytes) -> None:
    with pytest.raises(FailedRowsError):
        parse_rejected_rows(content, by_external_id={}, by_contact_id={})


@pytest.mark.parametrize("cut", [1, 2, 9, 20])
def test_a_file_that_ends_inside_a_cell_is_refused(cut: int) -> None:
    """Its last rows are missing, and their mentors would look imported."""
    rows = f'{HEADER}\n"Odd.","MN0001","","x"\n"Odd, too.","MN0002","","y"'.encode()
    with pytest.raises(FailedRowsError, match="incomplete"):
        parse_rejected_rows(rows[:-cut], by_external_id={}, by_contact_id={})


@pytest.mark.parametrize("separator", [";", "\t"])
def test_another_separator_is_named(separator: str) -> None:
    content = f'{HEADER}\n"Odd.","MN0001","","x"\n'.replace(",", separator).encode()
    with pytest.raises(FailedRowsError, match="not separated by commas"):
        parse_rejected_rows(content, by_external_id={}, by_contact_id={})


def test_the_names_of_the_columns_may_be_in_any_case() -> None:
    content = f'{HEADER.title()}\n"Odd.","MN0001","","x"'.encode()
    (row,) = parse_rejected_rows(content, by_external_id={"MN0001": "MN0001"}, by_contact_id={}).errors
    assert (row.mn_id, row.error_code) == ("MN0001", "GB_ROW_REJECTED")


@pytest.mark.parametrize("contact_id", ["9" * 5_000, "１０", "-10", "10.0", "1e1", "\u200b", "x"])
def test_an_invalid_contact_id_leaves_the_row_without_a_mentor(contact_id: str) -> None:
    assert _parse(f'"The phone number is invalid.","","{contact_id}","x"') == [(None, "row 2", "GB_PHONE_INVALID")]


def test_ids_are_cleaned_before_they_are_compared() -> None:
    rows = (
        '"The dob is not a valid date."," mn0001\u200b","","x"',
        '"The dob is not a valid date.",""," 10\u00a0","x"',
    )
    assert [mn_id for mn_id, _, _ in _parse(*rows)] == ["MN0001", "MN0002"]


@pytest.mark.parametrize(
    "rows",
    [
        [f"bad {number}" for number in range(50_000)],
        ["; ".join(f"bad {number}" for number in range(9_000))] * 100,
        ["duplicate " * 13_000] * 10,
        ["a\0\x1b[31mb"],
    ],
    ids=["many rows", "many sentences", "long sentences", "control characters"],
)
def test_hostile_reasons_give_one_short_printable_error(rows: list[str]) -> None:
    content = "\n".join((HEADER, *(f'"{cell}","MN0001","",""' for cell in rows))).encode()
    (error,) = parse_rejected_rows(content, by_external_id={"MN0001": "MN0001"}, by_contact_id={}).errors
    assert len(error.message) < 11_000
    assert error.message.isprintable()


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "contacts-2025-11-20-1-failed.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for endless in (path, Path("/dev/zero")):
        with pytest.raises(FailedRowsError, match="larger than 32 MB"):
            read_failed_rows_file(endless)


def test_the_rejected_options_are_those_of_the_fields_that_the_errors_name() -> None:
    header = '"ERRORS","custom_fields_field_6100","external_id","id","custom_fields_field_6101"'
    rows = (
        '"The selected custom_fields.field_6100 is invalid.","XL ","MN0001","","Senior"',
        '"Selected custom_fields.field_6100 is invalid.; Selected custom_fields.field_6101 is.","XL","","10","Senior"',
        '"The selected custom_fields.field_6102 is invalid.","XL","MN0003","","Senior"',
        '"The phone number is invalid.","XL","MN0004","","Senior"',
    )
    options = parse_rejected_rows(
        "\r\n".join((header, *rows)).encode(),
        by_external_id={f"MN000{number}": f"MN000{number}" for number in (1, 3, 4)},
        by_contact_id={10: "MN0002"},
    ).options
    assert options == {"MN0001": frozenset({"XL"}), "MN0002": frozenset({"XL", "Senior"})}
