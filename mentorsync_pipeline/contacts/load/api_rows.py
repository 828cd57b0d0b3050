"""Convert contacts of Givebutter's API to COPY text."""

from collections.abc import Mapping, Sequence
from typing import Any

from mentorsync_pipeline.contacts.load.copy_rows import Converted, UnusualContact, format_copy_line
from mentorsync_pipeline.contacts.rules import contact_rows
from mentorsync_pipeline.contacts.rules.contact_identity import identify_api_contact
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS
from mentorsync_pipeline.db.row_limits import require_fitting
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.domain.clean_text import clean_json, find_unusual_texts
from mentorsync_pipeline.domain.record_fields import UnreadableRecord, read_records

# Columns of an API contact. Only exports have the household.
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


_FIELDS = {column: field for column, field in contact_rows.API_FIELDS.items() if column != field}


class ApiReader:
    """Converts pages of contacts to COPY text.

    Attributes:
        contact_ids: contacts that were read.
        unreadable: contacts that could not be read; their rows are not changed.

    """

    def __init__(self) -> None:
        self.contact_ids: list[int] = []
        self.unreadable: list[UnreadableRecord] = []

    def convert(self, contacts: Sequence[Any]) -> Converted:
        """Convert one page to COPY text."""
        read, unreadable = read_records(contacts, contact_rows.parse_contact_id, _read, identify_api_contact)
        rows = [row for row, _ in read]
        self.contact_ids += [row["contact_id"] for row in rows]
        self.unreadable += unreadable
        active = sum(row["archived_at"] is None and row["contact_type"] == "individual" for row in rows)
        text = "".join(format_copy_line(row, API_COLUMNS) for row in rows)
        unusual = (UnusualContact(row["contact_id"], fields) for row, fields in read if fields)
        return Converted(API_COLUMNS, text.encode(), len(rows), None, active, tuple(unusual))


def _read(contact: Mapping[str, Any]) -> tuple[contact_rows.Row, tuple[str, ...]]:
    row = contact_rows.parse_api_contact(contact) | {"payload": clean_json(contact)}
    require_fitting(raw_gb_full_contacts, row, _FIELDS)
    return row, tuple(find_unusual_texts(contact))
