"""The form for editing a contact: its cells are named like the columns of the import and are checked like them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mentorsync_pipeline.sandbox import accepted_columns as columns
from mentorsync_pipeline.sandbox.gb_model import Contact, CustomField
from mentorsync_pipeline.sandbox.import_row import Row, read_row

NAMES = ("Prefix", "First Name", "Preferred First Name", "Middle Name", columns.LAST_NAME, "Suffix")
EMAILS = "Email Addresses"
PHONES = "Phone Numbers"
TAGS = "Tags"
NOTES = "Notes"


@dataclass
class Edit:
    """What a form changes: attributes for ``Dashboard.edit``, or ``errors`` for the person."""

    changes: dict[str, object] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def cells_of(contact: Contact, fields: Mapping[str, CustomField]) -> dict[str, str]:
    """Return the cells of the form. Emails and phones are one per line, the primary one first."""
    address = contact.addresses[0] if contact.addresses else None
    cells = {name: getattr(contact, columns.TEXT[name][1]) or "" for name in NAMES}
    cells[columns.EXTERNAL_ID] = contact.external_id or ""
    cells[EMAILS], cells[PHONES] = "\n".join(contact.emails), "\n".join(contact.phones)
    cells |= {name: (getattr(address, part) or "") if address else "" for name, part in columns.ADDRESS.items()}
    cells[TAGS], cells[NOTES] = ", ".join(contact.tags), contact.note or ""
    cells |= {name: "Yes" if getattr(contact, flag) else "No" for name, (_, flag) in columns.SUBSCRIPTIONS.items()}
    return cells | {label: contact.custom.get(label, "") for label in fields}


def read_edit(contact: Contact, submitted: Mapping[str, str], fields: Mapping[str, CustomField]) -> Edit:
    """Check the cells that differ from the contact's; others stay as they are, even if an import would refuse them."""
    before = cells_of(contact, fields)
    cells = {name: _text(name, submitted[name]) for name in before if name in submitted}
    changed = {name: text for name, text in cells.items() if text != before[name].strip()}
    has_new_address = not changed.keys().isdisjoint(columns.ADDRESS)
    row = _checked_row(cells, changed, fields, with_address=has_new_address)
    edit = Edit(errors=row.errors)
    values = {name: value for name, value in _values(row).items() if name in changed}
    edit.changes = dict(values.values())
    if has_new_address:
        edit.changes["addresses"] = [*([row.address] if row.address else []), *contact.addresses[1:]]
        if row.address is None and any(cells.get(name) for name in columns.ADDRESS if name != "Country"):
            edit.errors.append("An address needs line 1, city, state and ZIP code.")
    custom = {label: row.custom.get(label, "") for label in fields if label in changed}
    if custom:
        edit.changes["custom"] = custom
    return edit


def _checked_row(
    cells: Mapping[str, str], changed: Mapping[str, str], fields: Mapping[str, CustomField], *, with_address: bool
) -> Row:
    """Check the changed cells as a row of an import, with the cells that every row needs."""
    emails_allowed = next(iter(columns.SUBSCRIPTIONS))
    row = {columns.LAST_NAME: cells.get(columns.LAST_NAME, ""), emails_allowed: cells.get(emails_allowed) or "No"}
    row |= changed
    row |= {name: changed[name].replace("\n", ",") for name in (EMAILS, PHONES) if name in changed}
    row |= {name: cells.get(name, "") if with_address else "" for name in columns.ADDRESS}
    return read_row(row, fields)


def _values(row: Row) -> dict[str, tuple[str, object]]:
    """Return attribute and value by cell, without the address and the custom fields."""
    values: dict[str, tuple[str, object]] = {
        columns.EXTERNAL_ID: ("external_id", row.external_id),
        EMAILS: ("emails", list(dict.fromkeys(row.emails))),
        PHONES: ("phones", list(dict.fromkeys(row.phones))),
        TAGS: ("tags", row.tags),
        NOTES: ("note", row.note),
    }
    values |= {name: (attribute, row.texts.get(attribute)) for name, (_, attribute) in columns.TEXT.items()}
    return values | {name: (flag, row.flags.get(flag, False)) for name, (_, flag) in columns.SUBSCRIPTIONS.items()}


def _text(name: str, text: str) -> str:
    """Return a cell as it is compared: trimmed, with the line ends of the stored values, lists without empty lines."""
    text = text.replace("\r\n", "\n").strip()
    if name in {EMAILS, PHONES}:
        return "\n".join(line.strip() for line in text.split("\n") if line.strip())
    return text
