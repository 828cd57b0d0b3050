"""Columns of an export, and files that are not exports."""

import pytest

from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS, REQUIRED, ExportError, read_header

HEADER = list(COLUMNS)


def refused(cells):
    with pytest.raises(ExportError) as raised:
        read_header(cells, file_name="contacts.csv")
    return raised.value


def test_unknown_columns_are_custom_fields():
    header = read_header([*HEADER, "👕 Shirt Size", "Instagram"], file_name="contacts.csv")
    assert [column.label for column in header.custom] == ["👕 Shirt Size"]


def test_a_custom_field_may_have_the_name_of_an_import_column():
    labels = ["Zip Code", "Email Addresses", "Primary Phone Number", "Email Subscription Status"]
    header = read_header([*HEADER, *labels], file_name="contacts.csv")
    assert [column.label for column in header.custom] == labels


def test_repeated_column_names_stay_distinct():
    header = read_header([*HEADER, "Shirt", "Shirt", "Title", "Shirt (2)"], file_name="contacts.csv")
    assert [column.payload_key for column in header.columns[-4:]] == [
        "Shirt",
        "Shirt (2)",
        "Title (2)",
        "Shirt (2) (2)",
    ]
    assert [column.label for column in header.custom] == ["Shirt", "Shirt", "Title", "Shirt (2)"]
    assert header.places["title"] == HEADER.index("Title")


def test_the_order_and_case_of_columns_and_a_byte_order_mark_are_ignored():
    cells = ["\ufeff" + HEADER[-1].upper(), *HEADER[:-1]]
    assert read_header(cells, file_name="contacts.csv").places["last_modified"] == 0


def test_the_columns_of_the_older_export_are_accepted():
    newer = {"Contact Since", "Preferred First Name", "Pronouns", "TikTok"}
    header = read_header([name for name in HEADER if name not in newer], file_name="contacts.csv")
    assert "pronouns" not in header.places


def test_an_export_has_every_part_of_the_address_because_the_import_clears_a_blank_one():
    parts = ("address_line_1", "address_line_2", "city", "state", "zip_code", "country")
    names = {target: name for name, target in COLUMNS.items()}
    assert {names[part] for part in parts} <= {*REQUIRED}


@pytest.mark.parametrize("name", REQUIRED[1:])
def test_a_missing_column_is_named(name):
    error = refused([column for column in HEADER if column != name])
    assert error.code == "EXPORT_COLUMNS_MISSING"
    assert name in error.message


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["ERRORS", "id", "external_id"], "rejected rows"),
        (["Givebutter Contact ID", "Primary Phone Number", "Email Addresses"], "import file"),
        (["Givebutter Contact ID;First Name;Last Name"], "not separated by commas"),
        (["Transaction ID", "Amount"], "transactions"),
        (["Company Name", "Primary Contact"], "companies"),
        (["a", "b"], "another table"),
    ],
)
def test_an_import_file_is_refused_with_its_kind(cells, what):
    error = refused(cells)
    assert error.code in {"EXPORT_WRONG_FILE", "EXPORT_COLUMNS_MISSING"}
    assert what in error.message
