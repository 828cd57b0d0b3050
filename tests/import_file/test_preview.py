"""The preview of an import: what it adds, replaces and keeps, compared as Givebutter's import does it."""

from dataclasses import replace

import pytest

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.preview import count_columns, count_kinds, preview_rows

CONTACT = Contact(
    contact_id=7,
    external_id="MN0412",
    first_name="Maya",
    last_name="Chen",
    gender="Female",
    primary_email="maya.chen@mail.example",
    emails=("maya.chen@mail.example", "mayachen@gmail.com"),
    primary_phone="+14045550123",
    phones=("+14045550123",),
    address_line_1="1 Elm St",
    city="Athens",
    state="GA",
    zip_code="30601",
    country="US",
    contact_since="2025-09-03",
    tags=("Mentors 2026", "Donor"),
    notes="Called in May.",
    email_subscribed=True,
    custom_fields={"Amount": "75.00", "Trained": "Yes", "Class": "Junior"},
)


def row(**cells: str | None) -> ImportRow:
    """An import row of the contact with these further cells; `custom` are custom fields."""
    custom = cells.pop("custom", {})
    return ImportRow(
        mn_id="MN0412",
        cells=dict.fromkeys(col.IMPORT_COLUMNS)
        | {col.CONTACT_ID: "7", col.EXTERNAL_ID: "MN0412", "First Name": "Maya", col.LAST_NAME: "Chen"}
        | {name.replace("_", " "): text for name, text in cells.items()},
        custom_fields=custom,
        where="MN0412",
    )


def preview(import_row: ImportRow, *contacts: Contact, holders: dict[str, int] | None = None):
    contacts_by_id = {contact.contact_id: contact for contact in contacts or (CONTACT,)}
    (result,) = preview_rows([import_row], contacts_by_id, holders or {})
    return result


def test_blank_cells_change_nothing():
    assert preview(row()).kind == "unchanged"


@pytest.mark.parametrize(
    "cells",
    [
        {"Gender": "Female"},
        {"Primary_Email": "Maya.Chen@mail.example"},
        {"Email_Addresses": "m.a.y.a.chen+x@googlemail.com"},
        {"Primary_Phone_Number": "+14045550123"},
        {"Tags": "mentors 2026, donor"},
        {"Notes": "in May."},
        {"Contact_Since": "09/03/2025"},
        {"Email_Subscription_Status": "Yes"},
        {"Phone_Subscription_Status": "No"},
        {"Is_Household_Primary_Contact": "No"},
        {"Contact_External_ID": "mn0412"},
        {
            "Address_Line_1": "1 elm st",
            "City": "Athens",
            "State": "GA",
            "Zip_Code": "30601",
            "Country": "US",
        },
        {"custom": {"Amount": "75", "Trained": "Yes", "Class": "Junior", "Ticked": "No"}},
    ],
)
def test_the_same_value_in_another_spelling_is_no_change(cells):
    assert preview(row(**cells)).changes == ()


@pytest.mark.parametrize(
    ("cells", "column", "before", "after", "adds"),
    [
        ({"Gender": "Male"}, "Gender", ("Female",), ("Male",), False),
        ({"First_Name": "maya"}, "First Name", ("Maya",), ("maya",), False),
        ({"Contact_External_ID": "MN0413"}, "External ID", ("MN0412",), ("MN0413",), False),
        ({"Primary_Email": "new@mail.example"}, "Emails", CONTACT.emails, ("new@mail.example",), True),
        (
            {"Primary_Phone_Number": "+14045550199", "Phone_Numbers": "+14045550123, +14045550188"},
            "Phones",
            CONTACT.phones,
            ("+14045550199", "+14045550188"),
            True,
        ),
        ({"Tags": "Mentors 2026, Choir"}, "Tags", CONTACT.tags, ("Choir",), True),
        ({"Notes": "New."}, "Notes", ("Called in May.",), ("New.",), True),
        ({"Email_Subscription_Status": "No"}, "Email Subscription Status", ("Yes",), ("No",), False),
        ({"City": "Macon"}, "Address", ("1 Elm St, Athens, GA, 30601, US",), ("Macon",), False),
        ({"custom": {"Amount": "80.00"}}, "Amount", ("75.00",), ("80.00",), False),
        ({"custom": {"Amount": "none"}}, "Amount", ("75.00",), ("none",), False),
        ({"custom": {"New field": "x"}}, "New field", (), ("x",), False),
        ({"custom": {"Ticked": "Yes"}}, "Ticked", (), ("Yes",), False),
    ],
)
def test_a_change_shows_both_values(cells, column, before, after, adds):
    result = preview(row(**cells))
    assert result.kind == "changed"
    (change,) = result.changes
    assert (change.column, change.before, change.after, change.adds) == (column, before, after, adds)


def test_a_message_column_is_compared_like_a_field():
    message = replace(row(), messages={"Text": "Hello", "Other": None})
    (change,) = preview(message).changes
    assert (change.column, change.after) == ("Text", ("Hello",))


def test_a_row_without_a_contact_is_new_until_its_external_id_exists():
    new = row(Givebutter_Contact_ID=None)
    assert preview(new).kind == "new"
    assert preview(new).contact_id is None
    taken = preview(new, holders={"MN0412": 7})
    assert (taken.kind, taken.contact_id) == ("unchanged", 7)


def test_an_unknown_contact_and_odd_ids_are_new():
    assert preview(row(Givebutter_Contact_ID="8")).kind == "new"
    assert preview(row(Givebutter_Contact_ID="7.0")).kind == "new"
    assert preview(row(Contact_External_ID=None)).kind == "unchanged"


def test_counts_by_kind_and_by_column():
    rows = [preview(row()), preview(row(Gender="Male", Tags="A")), preview(row(Gender="Other"))]
    rows.append(preview(row(Givebutter_Contact_ID=None)))
    assert count_kinds(rows) == {"changed": 2, "new": 1, "unchanged": 1}
    assert count_columns(rows) == {"Gender": 2, "Tags": 1}
