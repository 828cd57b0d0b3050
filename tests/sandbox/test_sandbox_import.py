"""The dashboard's CSV import: Givebutter's rules, one by one."""

import base64
import csv
import io
import re
from collections.abc import Callable

import httpx
import pytest

from mentorsync_pipeline.sandbox.csv_import import ImportRefusedError, ImportResult
from mentorsync_pipeline.sandbox.gb_model import Address, Contact
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from tests.sandbox.conftest import Clock, Serve

pytestmark = pytest.mark.slow

TEMPLATE = (
    "Givebutter Contact ID, Contact External ID, Contact Since, Prefix, First Name, Preferred First Name, Middle Name, "
    "Last Name, Suffix, Primary Email, Primary Phone Number, Address Line 1, Address Line 2, City, State, Zip Code, "
    "Country, Gender, Pronouns, Household Name, Household Envelope Name, Is Household Primary Contact, "
    "Email Addresses, Phone Numbers, Date of Birth, Employer, Title, Twitter URL, LinkedIn URL, Facebook URL, "
    "TikTok URL, Tags, Notes, Email Subscription Status, Phone Subscription Status, Address Subscription Status"
)
SHIRT, ATTENDED, DATE = "👕 Shirt Size", "🚂 Mentor Training Complete", "📅 Training Date"
RAISED, MESSAGE = "💰 Amount Fundraised", "📱Custom Text Message 1️⃣"
HEADER = [*TEMPLATE.split(", "), SHIRT, ATTENDED, DATE, RAISED, MESSAGE]
NEW = {"First Name": "Zoe", "Last Name": "Ashford"}

Import = Callable[..., ImportResult]


def file(*rows: dict[str, str], header: list[str] | None = None) -> bytes:
    """An import file as a person saves it: UTF-8 with a byte order mark, all cells quoted."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, header or HEADER, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


@pytest.fixture
def run(sandbox: SandboxServer) -> Import:
    return lambda *rows: sandbox.dashboard.import_csv(file(*rows))


@pytest.fixture
def contact(sandbox: SandboxServer) -> Contact:
    live = (c for c in sandbox.world.contacts if c.archived_at is None and not c.external_id)
    return next(c for c in live if c.emails and c.tags and c.phones and c.phones[0].startswith("+1"))


def identified(contact: Contact, **cells: str) -> dict[str, str]:
    return {"Givebutter Contact ID": str(contact.id), "Last Name": contact.last_name or "Ashford", **cells}


def made(sandbox: SandboxServer, result: ImportResult) -> Contact:
    assert result.rejected == 0, result.errors
    [contact_id] = result.created
    contact = sandbox.sandbox.contacts.get(contact_id)
    assert contact is not None
    return contact


def test_the_template_has_only_columns_that_are_known(run: Import) -> None:
    assert run(NEW).ignored_columns == []


def test_contact_id_makes_a_row_an_update(run: Import, contact: Contact, clock: Clock) -> None:
    emails, phones, note = list(contact.emails), list(contact.phones), contact.note
    clock.forward(hours=1)
    row = {
        "First Name": "Zoe",
        "Contact External ID": "MN7001",
        "Primary Email": "zoe@new.example",
        "Email Addresses": f"{emails[0].upper()}, zoe2@new.example",
        "Primary Phone Number": "(706) 555-0100",
        "Phone Numbers": "706-555-0101, 7065550102",
        "Tags": "One, Two",
        "Notes": "Called.",
        "Email Subscription Status": "No",
        SHIRT: "M",
    }
    result = run(identified(contact, **row))
    assert (result.accepted, result.rejected, result.updated, result.created) == (1, 0, [contact.id], [])
    assert (contact.first_name, contact.external_id, contact.tags) == ("Zoe", "MN7001", ["One", "Two"])
    assert contact.emails == [*emails, "zoe@new.example", "zoe2@new.example"]
    assert contact.phones == [*phones, "+17065550100", "+17065550101", "+17065550102"]
    assert contact.note == (f"{note}\nCalled." if note else "Called.")
    assert contact.email_subscribed is False
    assert contact.custom[SHIRT] == "M"
    assert contact.updated_at == clock.now


def test_notes_are_appended_every_time(run: Import, contact: Contact) -> None:
    for _ in range(2):
        run(identified(contact, Notes="Same text."))
    assert (contact.note or "").endswith("Same text.\nSame text.")


def test_a_blank_cell_keeps_the_value(run: Import, contact: Contact) -> None:
    before = (contact.first_name, list(contact.tags), contact.updated_at)
    result = run(identified(contact))
    assert (result.accepted, result.unchanged) == (1, 1)
    assert (contact.first_name, contact.tags, contact.updated_at) == before


def test_options_of_undocumented_behaviour(serve: Serve) -> None:
    server = serve(import_blank="clear", import_tags="add", import_primary="replace")
    contact = next(c for c in server.world.contacts if c.archived_at is None and c.emails and c.first_name and c.tags)
    old_email, old_tags = contact.emails[0], list(contact.tags)
    row = {
        "Primary Email": "first@new.example",
        "Email Subscription Status": "Yes",
        "Tags": "Extra",
    }
    server.dashboard.import_csv(file(identified(contact, **row)))
    assert contact.emails[:2] == ["first@new.example", old_email]
    assert contact.tags == [*old_tags, "Extra"]
    assert contact.first_name is None


def test_external_id_alone_creates_a_second_contact(run: Import, sandbox: SandboxServer, contact: Contact) -> None:
    row = {"First Name": contact.first_name or "", "Last Name": contact.last_name or "Ashford"}
    result = run({**row, "Contact External ID": "MN7002", "Primary Phone Number": contact.phones[0]})
    assert made(sandbox, result).id != contact.id
    again = run({**row, "Contact External ID": "MN7002"})
    assert again.errors == [(1, ["A contact with External ID [MN7002] already exists."])]


def test_an_external_id_of_another_contact_is_rejected(run: Import, sandbox: SandboxServer, contact: Contact) -> None:
    holder = next(c for c in sandbox.world.contacts if c.external_id)
    message = f"A contact with External ID [{holder.external_id}] already exists."
    before = contact.first_name
    row = identified(contact, **{"Contact External ID": holder.external_id or "", "First Name": "Zoe"})
    assert run(row).errors == [(1, [message])]
    assert contact.first_name == before
    sandbox.dashboard.archive(holder.id)
    assert run(row).errors == [(1, [message])]
    assert run(identified(holder)).rejected == 1


def test_two_rows_of_one_file_cannot_take_the_same_external_id(run: Import) -> None:
    result = run({**NEW, "Contact External ID": "MN7003"}, {**NEW, "Contact External ID": "MN7003"})
    assert (result.accepted, result.rejected) == (1, 1)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"Last Name": " "}, "last name field is required"),
        ({"Primary Email": "z@new.example"}, "email subscription field is required"),
        ({"Email Addresses": "z@new.example"}, "email subscription field is required"),
        ({"Primary Email": "z@new", "Email Subscription Status": "Yes"}, "valid email"),
        ({"Email Subscription Status": "maybe"}, "email subscription is invalid"),
        ({"Primary Phone Number": "+44 20 7946 0123"}, "phone number is invalid"),
        ({"Phone Numbers": "706-555-0100, 12345"}, "phone number is invalid"),
        ({"First Name": "x" * 256}, "255"),
        ({"Prefix": "the Honourable"}, "prefix must not be greater"),
        ({"Contact External ID": "x" * 256}, "255"),
        ({MESSAGE: "x" * 1001}, "1000"),
        ({SHIRT: "m"}, "is invalid"),
        ({ATTENDED: "yes"}, "Yes or No"),
        ({RAISED: "a lot"}, "number"),
        ({DATE: "2025/10/01"}, "valid date"),
        ({"Date of Birth": "14.2.2005"}, "valid date"),
        ({"Tags": "ok, " + "x" * 65}, "tags must not be greater"),
        ({"Givebutter Contact ID": "1"}, "selected id is invalid"),
        ({"Givebutter Contact ID": "abc"}, "must be an integer"),
    ],
)
def test_rejected(run: Import, sandbox: SandboxServer, cells: dict[str, str], message: str) -> None:
    before = sandbox.sandbox.state()
    result = run({**NEW, **cells})
    assert (result.accepted, result.rejected) == (0, 1)
    assert message in result.errors[0][1][0]
    assert sandbox.sandbox.state() == before


@pytest.mark.parametrize(
    ("cells", "attribute", "value"),
    [
        ({"Date of Birth": "2/14/2005"}, "dob", "2005-02-14"),
        ({"Date of Birth": "2005-02-14"}, "dob", "2005-02-14"),
        ({DATE: "2025-10-04"}, "custom", {DATE: "10/4/2025"}),
        ({DATE: "10/04/2025"}, "custom", {DATE: "10/4/2025"}),
        ({ATTENDED: "No"}, "custom", {ATTENDED: "No"}),
        ({MESSAGE: "x" * 1000}, "custom", {MESSAGE: "x" * 1000}),
        ({"Notes": "x" * 400}, "note", "x" * 400),
        ({"Address Line 1": "1 Oak St", "City": "Athens", "Zip Code": "30605"}, "addresses", []),
        (
            {"Address Line 1": "1 Oak St", "City": "Athens", "State": "GA", "Zip Code": "30605"},
            "addresses",
            [Address("1 Oak St", "Athens", "GA", "30605")],
        ),
        ({"Tags": "A, B,A"}, "tags", ["A", "B"]),
    ],
)
def test_accepted(run: Import, sandbox: SandboxServer, cells: dict[str, str], attribute: str, value: object) -> None:
    assert getattr(made(sandbox, run({**NEW, **cells})), attribute) == value


def test_an_archived_contact_is_rejected(run: Import, sandbox: SandboxServer, contact: Contact) -> None:
    sandbox.dashboard.archive(contact.id)
    assert run(identified(contact)).errors == [(1, ["The contact is archived."])]


def test_the_failed_rows_file(run: Import, sandbox: SandboxServer) -> None:
    result = run(NEW, {**NEW, "Last Name": "", "Contact External ID": "MN7009", SHIRT: "Huge", "Notes": "a\nb"}, NEW)
    assert (result.accepted, result.rejected) == (2, 1)
    assert result.failed_name is not None
    assert re.fullmatch(r"contacts-2025-10-01-\d+-failed\.csv", result.failed_name)
    assert result.failed_csv is not None
    [failed] = csv.DictReader(io.StringIO(result.failed_csv.decode(), newline=""))
    field_id = sandbox.sandbox.contacts.custom_fields[SHIRT].field_id
    assert next(iter(failed)) == "ERRORS"
    assert failed["ERRORS"].startswith("The last name field is required.; The selected custom_fields")
    assert failed["external_id"] == "MN7009"
    assert failed[f"custom_fields_field_{field_id}"] == "Huge"
    assert failed["note"] == "a\nb"
    assert failed["primary_phone"] == failed["email_subscription"] == ""


def test_whole_files_are_refused(sandbox: SandboxServer) -> None:
    for content in (b"", b"\xff\xfe", b'"First Name"\n"Zoe"\n', b'"Last Name","Tags","Tags"\n"Ashford","",""\n'):
        with pytest.raises(ImportRefusedError):
            sandbox.dashboard.import_csv(content)


def test_unknown_columns_are_named_and_ignored(sandbox: SandboxServer) -> None:
    result = sandbox.dashboard.import_csv(file({"Last Name": "Ashford"}, header=["Last Name", "Primary Phone"]))
    assert result.ignored_columns == ["Primary Phone"]
    assert result.accepted == 1


def test_over_http(control: httpx.Client) -> None:
    answer = control.post("/import", content=file(NEW, {"First Name": "Zoe"})).json()
    assert (answer["accepted"], answer["rejected"]) == (1, 1)
    assert base64.b64decode(answer["failed_csv_base64"]).startswith(b'"ERRORS"')
    assert control.post("/import", content=b"").status_code == 422
