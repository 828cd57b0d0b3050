"""Rows that would create a second contact for the person of a contact that cannot be read (rulebook, section 2)."""

from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.contacts.rules.contact_identity import identify_api_contact, identify_export_row
from mentorsync_pipeline.domain.records import ContactIdentity, UnreadContact
from mentorsync_pipeline.import_file.rules.import_rows import ImportRow
from mentorsync_pipeline.import_file.rules.linter import CurrentContacts, lint
from tests.support.mentors_stage import CONFIG, MentorsStage, contact, signup

MESSAGE = "Contact 77 cannot be read: Title is longer than 5,000 characters."
CELLS = {
    "Givebutter Contact ID": None,
    "First Name": "Mary",
    "Last Name": "Hale",
    "Primary Email": "mary@mail.example",
    "Email Addresses": "m.hale@gmail.com,zz-mh1@uga.edu",
    "Primary Phone Number": "+14045550123",
}


def _row(**cells: Any) -> ImportRow:
    stage = MentorsStage.of_one(signup(1), contact(10))
    stage.sync()
    row = stage.rows()[0].row
    return replace(row, cells={**row.cells, **CELLS, **cells})


def _held(row: ImportRow, **identity: Any) -> bool:
    unread = (UnreadContact(subject="77", message=MESSAGE, identity=ContactIdentity(**identity)),)
    errors = lint([row], CurrentContacts(contact_ids={10, 77}, unread=unread), CONFIG).errors
    assert all(error.error_code == "CONTACT_UNREAD" and error.message.startswith(MESSAGE) for error in errors)
    return bool(errors)


PHONE = {"phone_keys": ("+14045550123",)}


@pytest.mark.parametrize(
    ("identity", "held"),
    [
        ({"email_keys": ("mary@mail.example",)}, True),
        ({"email_keys": ("mary@mail.example",), "first_name": "Tom", "last_name": "Hale"}, True),
        ({"email_keys": ("mhale@gmail.com",)}, True),
        ({"email_keys": ("other@mail.example",)}, False),
        (PHONE, True),
        (PHONE | {"first_name": "Mary", "last_name": "Hale"}, True),
        (PHONE | {"first_name": "M.", "last_name": None}, True),
        (PHONE | {"first_name": "Thomas", "last_name": "Hale"}, False),
        ({"external_id": "mn0001"}, True),
        ({"external_id": "MN0002"}, False),
    ],
)
def test_a_new_row_stays_out_if_it_may_be_the_persons_second_contact(identity: dict[str, Any], held: bool) -> None:
    assert _held(_row(), **identity) == held


def test_a_row_that_updates_a_contact_stays_out_only_for_the_external_id_of_another_one() -> None:
    assert not _held(_row(**{"Givebutter Contact ID": "10"}), email_keys=("mary@mail.example",), **PHONE)
    assert _held(_row(**{"Givebutter Contact ID": "10"}), external_id="MN0001")
    assert not _held(_row(**{"Givebutter Contact ID": "77"}), external_id="MN0001")


@pytest.mark.parametrize(
    "record",
    [
        {"primary_email": "Mary@Mail.example", "emails": None},
        {"primary_email": ["mary@mail.example"]},
        {"emails": ["mary@mail.example"]},
        {"emails": [{"value": "mary@mail.example"}, {"value": 7}, [["deep"]], None]},
        {"emails": "mary@mail.example", "first_name": {"is": "Mary"}, "last_name": "x" * 100_000},
        {"emails": [{"value": "mary@mail.example"}], "phones": [{"value": "1"}] * 5_000, "external_id": ["MN1"]},
    ],
)
def test_keys_are_found_in_values_of_the_wrong_type(record: dict[str, Any]) -> None:
    identity = identify_api_contact({"id": 77, "type": "individual"} | record)
    assert identity is not None
    assert identity.email_keys == ("mary@mail.example",)
    assert (identity.first_name, identity.last_name, identity.external_id) == (None, None, None)


@pytest.mark.parametrize("record", [None, [], "text", {}, {"external_id": True}, {"emails": 7, "primary_phone": {}}])
def test_a_record_without_keys_has_no_identity(record: Any) -> None:
    assert identify_api_contact(record) is None


@pytest.mark.parametrize("changes", [{"archived_at": "2026-01-01T00:00:00Z"}, {"type": "company"}])
def test_only_the_external_id_of_an_archived_contact_or_a_company_is_kept(changes: dict[str, Any]) -> None:
    record = {"external_id": " mn0001 ", "primary_email": "mary@mail.example"} | changes
    assert identify_api_contact(record) == ContactIdentity(external_id="mn0001")


def test_a_row_of_an_export_has_the_keys_of_all_its_cells() -> None:
    row = {"external_id": "MN0001", "first_name": "Mary\0", "primary_phone": "(404) 555-0123"}
    row["additional_emails"] = "mary@mail.example; m.hale@gmail.com"
    assert identify_export_row(row) == ContactIdentity(
        external_id="MN0001",
        first_name="Mary",
        email_keys=("mary@mail.example", "mhale@gmail.com"),
        phone_keys=("+14045550123",),
    )
