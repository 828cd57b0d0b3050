"""The dashboard's contacts export."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Literal

from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.gb_model import Address, Contact

Header = Literal["2025", "2026"]
_ROWS_PER_CHUNK = 1_000
_ID = "Givebutter Contact ID"
_TOTAL = "Total Contributions"
_LISTS = {"Additional Emails", "Additional Phones", "Tags"}
_ADDED_IN_2026 = {
    "Contact Since",
    "Preferred First Name",
    "Pronouns",
    "TikTok",
    "Instagram",
    "Last Donation Amount",
}


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S")


def _yes(flag: bool) -> str:  # a cell's value
    return "Yes" if flag else "No"


def _home(contact: Contact, attribute: str) -> str:
    return (getattr(contact.addresses[0], attribute) or "") if contact.addresses else ""


def _on_one_line(address: Address) -> str:
    street = ", ".join(part for part in (address.address_1, address.address_2) if part)
    return f"{street}, {address.city}, {address.state} {address.zipcode}, {address.country}"


_COLUMNS: tuple[tuple[str, Callable[[Contact], str]], ...] = (
    ("Givebutter Contact ID", lambda c: str(c.id)),
    ("Contact External ID", lambda c: c.external_id or ""),
    ("Contact Since", lambda c: "" if c.contact_since is None else f"{c.contact_since:%Y-%m-%d}"),
    ("Prefix", lambda c: c.prefix or ""),
    ("First Name", lambda c: c.first_name or ""),
    ("Preferred First Name", lambda c: c.preferred_name or ""),
    ("Middle Name", lambda c: c.middle_name or ""),
    ("Last Name", lambda c: c.last_name or ""),
    ("Suffix", lambda c: c.suffix or ""),
    ("Date of Birth", lambda c: c.dob or ""),
    ("Gender", lambda c: c.gender or ""),
    ("Pronouns", lambda c: c.pronouns or ""),
    ("Employer", lambda c: c.employer or ""),
    ("Title", lambda c: c.title or ""),
    ("Primary Email", lambda c: c.emails[0] if c.emails else ""),
    ("Additional Emails", lambda c: ", ".join(c.emails[1:])),
    ("Primary Phone", lambda c: c.phones[0] if c.phones else ""),
    ("Additional Phones", lambda c: ", ".join(c.phones[1:])),
    ("Address Line 1", lambda c: _home(c, "address_1")),
    ("Address Line 2", lambda c: _home(c, "address_2")),
    ("City", lambda c: _home(c, "city")),
    ("State", lambda c: _home(c, "state")),
    ("Postal Code", lambda c: _home(c, "zipcode")),
    ("Country", lambda c: _home(c, "country")),
    ("Additional Addresses", lambda c: "; ".join(map(_on_one_line, c.addresses[1:]))),
    ("Website", lambda c: c.website_url or ""),
    ("Twitter", lambda c: c.twitter_url or ""),
    ("LinkedIn", lambda c: c.linkedin_url or ""),
    ("Facebook", lambda c: c.facebook_url or ""),
    ("TikTok", lambda c: c.tiktok_url or ""),
    ("Instagram", lambda c: c.instagram_url or ""),
    ("Recurring Contributions", lambda c: f"{c.recurring_contributions:.2f}"),
    ("Total Contributions", lambda c: f"{c.total_contributions:.2f}"),
    ("Last Donation Amount", lambda c: "" if c.last_donation_amount is None else f"{c.last_donation_amount:.2f}"),
    ("Total Soft Credits", lambda c: f"{c.total_soft_credits:.2f}"),
    ("Engage Email Subscribed", lambda c: _yes(c.email_subscribed)),
    ("Engage SMS Subscribed", lambda c: _yes(c.phone_subscribed)),
    ("Engage Mail Subscribed", lambda c: _yes(c.address_subscribed)),
    ("Tags", lambda c: ", ".join(c.tags)),
    ("Notes", lambda c: c.note or ""),
    ("Household ID", lambda c: "" if c.household_id is None else str(c.household_id)),
    ("Household", lambda c: c.household_name or ""),
    ("Household Primary Contact", lambda c: _yes(c.household_primary) if c.household_name else ""),
    ("Date Created (UTC)", lambda c: _time(c.created_at)),
    ("Last Modified (UTC)", lambda c: _time(c.updated_at)),
)


def export_csv(
    store: ContactStore,
    *,
    header: Header = "2026",
    repeat: Sequence[str] = (),
    bom: bool = False,
    is_edited: bool = False,
) -> Iterator[bytes]:
    """Return the export in chunks: UTF-8, all cells quoted, active individuals by id, custom fields by label last.

    ``repeat`` names custom fields that get a second column of the same name, as happens in real accounts; it has the
    value only in every other row. ``bom`` puts a byte order mark in front. With ``is_edited`` the file is as
    a person leaves it who opened it in a spreadsheet: semicolons in lists, a row of totals at the end.
    """
    columns = [pair for pair in _COLUMNS if header == "2026" or pair[0] not in _ADDED_IN_2026]
    labels = list(store.custom_fields)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")

    def taken() -> bytes:
        chunk = buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
        return chunk

    writer.writerow([*(name for name, _ in columns), *labels, *repeat])
    yield (b"\xef\xbb\xbf" if bom else b"") + taken()
    contacts = [contact for contact in store.all() if contact.archived_at is None and contact.type == "individual"]
    cells = [cell for _, cell in columns]
    lists = [name in _LISTS for name, _ in columns]
    for start in range(0, len(contacts), _ROWS_PER_CHUNK):
        with store.lock:
            for place, contact in enumerate(contacts[start : start + _ROWS_PER_CHUNK]):
                custom = contact.custom
                row = [cell(contact) for cell in cells]
                if is_edited:
                    row = [
                        text.replace(", ", "; ") if is_list else text for text, is_list in zip(row, lists, strict=True)
                    ]
                row.extend(custom.get(label, "") for label in labels)
                row.extend(custom.get(label, "") if place % 2 else "" for label in repeat)
                writer.writerow(row)
        yield taken()
    if is_edited:
        totals = {
            _ID: str(len(contacts)),
            _TOTAL: f"{sum(contact.total_contributions for contact in contacts):.2f}",
        }
        writer.writerow([totals.get(name, "") for name in (*(name for name, _ in columns), *labels, *repeat)])
        yield taken()
