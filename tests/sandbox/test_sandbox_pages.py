"""The sandbox's pages: what a person does in Givebutter's dashboard and in Jotform's inbox."""

import csv
import io
import re
from collections.abc import Iterator

import httpx
import pytest
from starlette.datastructures import FormData

from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.jf_model import Answer, Form
from mentorsync_pipeline.sandbox.pages import contact_form, entry_form
from mentorsync_pipeline.sandbox.population import World
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from tests.sandbox.conftest import Clock

PAGES = ("/", "/dashboard/contacts", "/dashboard/imports", "/dashboard/pages", "/inbox")


@pytest.fixture
def person(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    """A browser on the pages."""
    with httpx.Client(base_url=sandbox.url, headers={"Origin": sandbox.url}, follow_redirects=True) as client:
        yield client


@pytest.fixture
def contact(world: World) -> Contact:
    return next(c for c in world.contacts if c.archived_at is None and c.type == "individual" and c.external_id)


def _cells(sandbox: SandboxServer, contact: Contact) -> dict[str, str]:
    """The form of a contact as a browser sends it."""
    cells = contact_form.cells_of(contact, sandbox.sandbox.contacts.custom_fields)
    return {name: text.replace("\n", "\r\n") for name, text in cells.items()}


def _text(page: httpx.Response) -> str:
    """The text of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_contacts_are_found_by_what_people_know(person: httpx.Client, world: World, contact: Contact) -> None:
    contact.emails, contact.phones, contact.tags = ["findme@mail.example"], ["+17065550199"], ["Rare Tag"]
    link = f'href="/dashboard/contacts/{contact.id}"'
    for query in (
        f"{contact.last_name}",
        "FINDME@mail",
        "(706) 555-0199",
        "5550199",
        contact.external_id,
        "rare",
        contact.id,
    ):
        page = person.get("/dashboard/contacts", params={"q": query})
        assert link in page.text, query
    assert "No contact matches" in person.get("/dashboard/contacts", params={"q": "nobody at all"}).text
    assert link not in person.get("/dashboard/contacts", params={"q": "rare", "state": "archived"}).text


def test_a_list_has_pages(person: httpx.Client, world: World) -> None:
    active = sum(c.archived_at is None for c in world.contacts)
    first = person.get("/dashboard/contacts")
    assert f"1–50 of {active}" in first.text
    assert f"{active - (active - 1) % 50}–{active} of" in person.get("/dashboard/contacts?page=99999").text
    for page in ("0", "-1", "x", "9" * 30):
        assert person.get("/dashboard/contacts", params={"page": page}).status_code == 200


def test_a_form_that_is_saved_as_it_is_changes_nothing(sandbox: SandboxServer, world: World) -> None:
    fields = sandbox.sandbox.contacts.custom_fields
    individuals = [c for c in world.contacts if c.type == "individual" and c.last_name]
    assert len(individuals) > 300
    for contact in individuals:
        edit = contact_form.read_edit(contact, _cells(sandbox, contact), fields)
        assert (edit.changes, edit.errors) == ({}, []), contact


def test_everything_on_the_form_can_be_edited(
    person: httpx.Client, sandbox: SandboxServer, contact: Contact, clock: Clock
) -> None:
    clock.forward(hours=1)
    others = contact.addresses[1:]
    edited = {
        "First Name": "Robin",
        "Last Name": "Newname",
        "Preferred First Name": "Rob",
        "Contact External ID": "MN7777",
        "Email Addresses": "new@mail.example\r\n\r\n second@mail.example",
        "Phone Numbers": "(706) 555-0123\r\n706.555.0124",
        "Address Line 1": "1 Elm St",
        "City": "Athens",
        "State": "GA",
        "Zip Code": "30601",
        "Tags": "One, Two,One",
        "Notes": "First line\r\nsecond",
        "Email Subscription Status": "No",
        "👕 Shirt Size": "XL",
        "✅ Mentor Training Signed Up?": "Yes",
        "📅 Training Date": "2025-10-05",
        "💰 Amount Fundraised": "",
    }
    page = person.post(f"/dashboard/contacts/{contact.id}", data=_cells(sandbox, contact) | edited)
    assert "Saved." in page.text
    assert (contact.first_name, contact.last_name, contact.preferred_name) == ("Robin", "Newname", "Rob")
    assert (contact.external_id, contact.note) == ("MN7777", "First line\nsecond")
    assert contact.emails == ["new@mail.example", "second@mail.example"]
    assert contact.phones == ["+17065550123", "+17065550124"]
    assert [contact.addresses[0].address_1, *contact.addresses[1:]] == ["1 Elm St", *others]
    assert contact.tags == ["One", "Two"]
    assert contact.email_subscribed is False
    assert contact.custom["👕 Shirt Size"] == "XL"
    assert contact.custom["📅 Training Date"] == "10/5/2025"
    assert "💰 Amount Fundraised" not in contact.custom
    assert contact.updated_at == clock.now
    emptied = dict.fromkeys(edited, "") | {"Last Name": "Newname", "Email Subscription Status": "No"}
    person.post(f"/dashboard/contacts/{contact.id}", data=_cells(sandbox, contact) | emptied)
    assert (contact.first_name, contact.external_id, contact.emails, contact.phones) == (None, None, [], [])
    assert (contact.tags, contact.note) == ([], None)
    assert contact.addresses == others


@pytest.mark.parametrize(
    ("cell", "text", "message"),
    [
        ("Last Name", " ", "The last name field is required."),
        ("Email Addresses", "no email", "The email must be a valid email address."),
        ("Phone Numbers", "+49 30 555", "The phone number is invalid."),
        ("City", "Nowhere", "An address needs line 1, city, state and ZIP code."),
        ("Tags", "x" * 65, "The tags must not be greater than 64 characters."),
        ("👕 Shirt Size", "Giant", "The selected custom_fields.field_6100 is invalid."),
    ],
)
def test_a_wrong_value_is_explained_and_not_saved(
    person: httpx.Client, sandbox: SandboxServer, contact: Contact, cell: str, text: str, message: str
) -> None:
    contact.addresses = []
    before = sandbox.sandbox.state()
    cells = _cells(sandbox, contact) | {"First Name": "Lost", cell: text}
    page = person.post(f"/dashboard/contacts/{contact.id}", data=cells)
    assert page.status_code == 422
    assert message in page.text
    assert 'value="Lost"' in page.text
    assert sandbox.sandbox.state() == before


def test_an_external_id_belongs_to_one_contact(
    person: httpx.Client, sandbox: SandboxServer, world: World, contact: Contact
) -> None:
    other = next(c for c in world.contacts if c.external_id and c is not contact)
    cells = _cells(sandbox, contact) | {"Contact External ID": other.external_id}
    page = person.post(f"/dashboard/contacts/{contact.id}", data=cells)
    assert f"A contact with External ID [{other.external_id}] already exists." in page.text
    assert contact.external_id != other.external_id


def test_archiving_and_restoring(person: httpx.Client, contact: Contact) -> None:
    page = person.post(f"/dashboard/contacts/{contact.id}/archive")
    assert "Archived." in page.text
    assert "Restore the contact to edit it." in page.text
    assert str(contact.id) not in [row["Givebutter Contact ID"] for row in _export(person)]
    assert "Restored." in person.post(f"/dashboard/contacts/{contact.id}/restore").text
    assert contact.archived_at is None


def test_importing_a_file(person: httpx.Client, sandbox: SandboxServer, contact: Contact) -> None:
    rows = (
        "Givebutter Contact ID,Contact External ID,Last Name,Tags\n"
        f"{contact.id},{contact.external_id},{contact.last_name},Imported\n"
        f",{contact.external_id},Someone Else,\n"
        ",MN8888,Brand New,\n"
    )
    page = person.post("/dashboard/imports", files={"file": ("season.csv", rows.encode())})
    assert page.url.path == "/dashboard/imports/1"
    assert "2 rows imported, 1 rejected" in _text(page)
    assert f"A contact with External ID [{contact.external_id}] already exists." in page.text
    assert contact.tags == ["Imported"]
    rejected = person.get("/dashboard/imports/1/rejected")
    assert rejected.headers["content-disposition"].endswith('-failed.csv"')
    (row,) = csv.DictReader(io.StringIO(rejected.text))
    assert (row["external_id"], row["last_name"]) == (contact.external_id, "Someone Else")
    assert "season.csv" in person.get("/dashboard/imports").text
    assert sandbox.dashboard.imports[0].result.accepted == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"First Name\nRobin\n", "The column Last Name has to be mapped."),
        (b"\xff\xfe\x00", "The file must be UTF-8."),
        (b"Last Name,Last Name\nA,B\n", "A column can be mapped only once: Last Name."),
        (None, "Choose a file first."),
    ],
)
def test_a_file_that_is_refused_changes_nothing(
    person: httpx.Client, sandbox: SandboxServer, content: bytes | None, message: str
) -> None:
    files = {"file": ("x.csv", content)} if content is not None else {"other": ("", b"")}
    page = person.post("/dashboard/imports", files=files)
    assert page.status_code == 422
    assert message in page.text
    assert sandbox.dashboard.imports == []


def test_a_cell_that_is_too_long_is_refused(person: httpx.Client) -> None:
    usual = csv.field_size_limit(1_000)
    try:
        page = person.post("/dashboard/imports", files={"file": ("x.csv", b"Last Name\n" + b"x" * 2_000)})
    finally:
        csv.field_size_limit(usual)
    assert (page.status_code, "a cell of it is too long" in page.text) == (422, True)


def test_donations(person: httpx.Client, world: World) -> None:
    member = next(m for members in world.members.values() for m in members if m.raised)
    raised, donors = member.raised, member.donors
    assert f"${raised + 25.5:,.2f}" in person.post(f"/c/{member.id}/donations", data={"amount": "$25.50"}).text
    assert (member.raised, member.donors) == (raised + 25.5, donors + 1)
    for amount in ("", "0", "-5", "1e9", "nan", "inf", "١٢", "5.555", "100001", "1,000"):
        page = person.post(f"/c/{member.id}/donations", data={"amount": amount})
        assert (page.status_code, member.donors) == (422, donors + 1), amount
    assert member.display_name in person.get("/dashboard/pages", params={"q": member.display_name}).text


def test_a_sign_up_gets_the_next_id_and_can_be_edited(person: httpx.Client, world: World, clock: Clock) -> None:
    form = world.forms[world.config.signup_form_id]
    ids = [str(entry.answers.get("mnid")) for entry in form.submissions.values()]
    highest = max(int(text[2:]) for text in ids if re.fullmatch(r"MN\d+", text))
    clock.forward(hours=1)
    answers = {"fullName.first": "Robin", "fullName.last": "Newname", "mnPhone": "(706) 555-0123", "mnid": "MN0001"}
    page = person.post(f"/inbox/{form.id}/new", data=answers | {"howHeard": ["Friend", "Instagram", "nonsense"]})
    assert "Submitted." in page.text
    entry = next(reversed(form.submissions.values()))
    assert entry.created_at == clock.now
    assert entry.answers == {
        "fullName": {"first": "Robin", "last": "Newname"},
        "mnPhone": {"full": "(706) 555-0123"},
        "howHeard": ["Friend", "Instagram"],
        "mnid": f"MN{highest + 1:04d}",
    }
    one = f"/inbox/{form.id}/{entry.id}"
    saved = person.post(one, data=answers | {"ugaEmail": "robin@uga.example", "mnid": entry.answers["mnid"]})
    assert "Saved." in saved.text
    assert entry.answers["ugaEmail"] == "robin@uga.example"
    assert "howHeard" not in entry.answers
    assert "Moved to the trash." in person.post(f"{one}/delete").text
    assert one in person.get(f"/inbox/{form.id}", params={"q": "newname", "state": "deleted"}).text
    assert "Restored." in person.post(f"{one}/restore").text
    assert one in person.get(f"/inbox/{form.id}", params={"q": "newname"}).text


def test_an_entry_that_is_saved_as_it_is_changes_nothing(world: World) -> None:
    for form in world.forms.values():
        for entry in form.submissions.values():
            assert entry_form.read_answers(form, entry.answers, _submitted(form, entry.answers)) == {}


def _submitted(form: Form, answers: dict[str, Answer]) -> FormData:
    """The form of an entry as a browser sends it."""
    inputs: list[tuple[str, str]] = []
    for field in entry_form.fields_of(form, answers):
        inputs += [(name, value.replace("\n", "\r\n")) for name, _, value in field.parts]
        inputs += [(field.question.name, option) for option in field.chosen]
    return FormData(inputs)


def test_every_page_is_safe_and_for_this_machine_only(person: httpx.Client) -> None:
    for path in PAGES:
        page = person.get(path)
        assert page.status_code == 200
        assert "invented people" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert person.get(path, headers={"Host": "other.example"}).status_code == 403


def test_other_sites_cannot_send_the_forms(person: httpx.Client, sandbox: SandboxServer, contact: Contact) -> None:
    before = sandbox.sandbox.state()
    answer = person.post(f"/dashboard/contacts/{contact.id}/archive", headers={"Origin": "http://127.0.0.1:1"})
    assert answer.status_code == 403
    assert sandbox.sandbox.state() == before


def test_a_name_is_never_markup(person: httpx.Client, contact: Contact) -> None:
    contact.last_name = "<script>alert(1)</script>"
    for path in ("/dashboard/contacts?q=script", f"/dashboard/contacts/{contact.id}"):
        assert "<script" not in person.get(path).text


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/dashboard/contacts/1",
        "/dashboard/imports/0",
        "/dashboard/imports/9/rejected",
        "/c/1",
        "/inbox/1",
        "/inbox/1/2",
    ],
)
def test_an_unknown_address_is_explained(person: httpx.Client, path: str) -> None:
    page = person.get(path)
    assert page.status_code == 404
    assert "There is no" in page.text


def _export(person: httpx.Client) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(person.get("/dashboard/export").text)))
