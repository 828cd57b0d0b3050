"""Contacts of Givebutter's API as the text that COPY takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from mentorsync_pipeline.contacts.load.copy_rows import Converted, UnusualContact, copy_line
from mentorsync_pipeline.contacts.rules import rows as contact_rows
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS, ExportError
from mentorsync_pipeline.domain.clean_text import unusual_texts

# All columns that a contact of the API fills: the household is known to the export alone.
API_COLUMNS = tuple(
    name
    for name in (
        *COLUMNS.values(),
        "contact_type",
        "email_keys",
        "phone_keys",
        "custom_fields",
        "archived_at",
        "payload",
    )
    if name not in contact_rows.HOUSEHOLD
)


def convert_page(contacts: Sequence[Mapping[str, Any]]) -> Converted:
    """Turn contacts of the API into COPY text; ExportError names the contact's id and the field that is wrong."""
    rows = [api_row(contact) for contact in contacts]
    living = sum(row["archived_at"] is None and row["contact_type"] == "individual" for row in rows)
    text = "".join(copy_line(row, API_COLUMNS) for row in rows)
    unusual = (
        UnusualContact(row["contact_id"], tuple(fields))
        for contact, row in zip(contacts, rows, strict=True)
        if (fields := unusual_texts(contact))
    )
    return Converted(API_COLUMNS, text.encode(), len(rows), None, living, tuple(unusual))


def api_row(contact: Mapping[str, Any]) -> contact_rows.Row:
    """The row of a contact of the API; ExportError names the contact's id and the field that cannot be read."""
    try:
        return contact_rows.from_api(contact)
    except contact_rows.CellError as error:
        raise ExportError(
            f"Givebutter's API: {error.column} of contact {contact.get('id')} {error.reason}.",
            "Correct it in Givebutter, or upload a contacts export instead.",
            code="CONTACT_INVALID",
        ) from None
