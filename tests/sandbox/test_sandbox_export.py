"""The dashboard's CSV export: headers of both years, quoting, omitted contacts."""

import csv
import io
import re
from pathlib import Path

import httpx
import pytest

from mentorsync_pipeline.sandbox.csv_export import Header
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from tests.sandbox.conftest import Clock

pytestmark = pytest.mark.slow

_HEADER = (
    "Givebutter Contact ID, Contact External ID, Contact Since, Prefix, First Name, Preferred First Name, Middle Name, "
    "Last Name, Suffix, Date of Birth, Gender, Pronouns, Employer, Title, Primary Email, Additional Emails, "
    "Primary Phone, Additional Phones, Address Line 1, Address Line 2, City, State, Postal Code, Country, "
    "Additional Addresses, Website, Twitter, LinkedIn, Facebook, TikTok, Instagram, Recurring Contributions, "
    "Total Contributions, Last Donation Amount, Total Soft Credits, Engage Email Subscribed, Engage SMS Subscribed, "
    "Engage Mail Subscribed, Tags, Notes, Household ID, Household, Household Primary Contact, Date Created (UTC), "
    "Last Modified (UTC)"
)
HEADER_2026 = _HEADER.split(", ")
LATER = {"Contact Since", "Preferred First Name", "Pronouns", "TikTok", "Instagram", "Last Donation Amount"}


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))


def test_headers_of_both_years(sandbox: SandboxServer) -> None:
    labels = list(sandbox.sandbox.contacts.custom_fields)
    assert table(sandbox.dashboard.export_csv())[0] == [*HEADER_2026, *labels]
    older = [name for name in HEADER_2026 if name not in LATER]
    assert table(sandbox.dashboard.export_csv("2025"))[0] == [*older, *labels]


@pytest.mark.parametrize("header", ["2025", "2026"])
def test_rows_are_the_live_individuals(sandbox: SandboxServer, header: Header) -> None:
    content = sandbox.dashboard.export_csv(header)
    names, *rows = table(content)
    shown = {int(row[0]): dict(zip(names, row, strict=True)) for row in rows}
    live = {c.id: c for c in sandbox.world.contacts if c.archived_at is None and c.type == "individual"}
    assert shown.keys() == live.keys()
    assert len(live) < len(sandbox.world.contacts)
    for contact_id, contact in live.items():
        row = shown[contact_id]
        assert [row["Primary Email"], *filter(None, row["Additional Emails"].split(", "))] == (contact.emails or [""])
        assert [row["Primary Phone"], *filter(None, row["Additional Phones"].split(", "))] == (contact.phones or [""])
        assert row["Tags"] == ", ".join(contact.tags)
        assert row["Notes"] == (contact.note or "")
        assert row["Last Modified (UTC)"] == contact.updated_at.strftime("%Y-%m-%d %H:%M:%S")
        assert float(row["Total Contributions"]) == contact.total_contributions
        assert {label: row[label] for label in contact.custom} == contact.custom


def test_every_cell_is_quoted_and_notes_span_lines(sandbox: SandboxServer) -> None:
    content = sandbox.dashboard.export_csv()
    assert content.startswith(b'"Givebutter Contact ID","')
    assert len(content.splitlines()) > len(table(content))
    notes = {row[HEADER_2026.index("Notes")] for row in table(content)}
    assert any("\n" in note for note in notes)
    assert any('"' in note for note in notes)


def test_a_label_can_occur_twice(sandbox: SandboxServer) -> None:
    label = "👕 Shirt Size"
    names, *rows = table(sandbox.dashboard.export_csv(repeat=[label]))
    first, second = (place for place, name in enumerate(names) if name == label)
    assert any(row[first] and not row[second] for row in rows)
    assert any(row[first] and row[first] == row[second] for row in rows)


def test_an_edited_export_has_semicolons_and_a_row_of_totals(sandbox: SandboxServer, tmp_path: Path) -> None:
    plain = table(sandbox.dashboard.export_csv())
    edited = table(sandbox.dashboard.export_to(tmp_path, is_edited=True).read_bytes())
    tags, total = HEADER_2026.index("Tags"), HEADER_2026.index("Total Contributions")
    assert [row[tags] for row in edited[:-1]] == [row[tags].replace(", ", "; ") for row in plain]
    assert any(";" in row[tags] for row in edited)
    contributions = sum(float(row[total]) for row in plain[1:])
    assert [cell for cell in edited[-1] if cell] == [str(len(plain) - 1), f"{contributions:.2f}"]


def test_over_http_and_as_a_file(sandbox: SandboxServer, control: httpx.Client, clock: Clock, tmp_path: Path) -> None:
    answer = control.get("/export", params={"header": "2025", "bom": 1})
    assert answer.content == b"\xef\xbb\xbf" + sandbox.dashboard.export_csv("2025")
    assert re.search(r'filename="contacts-2025-10-01-\d+\.csv"', answer.headers["content-disposition"])
    assert control.get("/export", params={"header": "1999"}).status_code == 422
    path = sandbox.dashboard.export_to(tmp_path)
    assert path.read_bytes() == sandbox.dashboard.export_csv()
    assert [path_in_folder.name for path_in_folder in tmp_path.iterdir()] == [path.name]
