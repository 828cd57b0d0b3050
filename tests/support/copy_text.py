"""Rows of an export as PostgreSQL reads them from the COPY text of `contacts.load`, and as the rules give them."""

import csv
import json
import re
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.copy_rows import Converted
from mentorsync_pipeline.contacts.load.export_file import ExportFile
from mentorsync_pipeline.contacts.load.export_rows import BlockConverter
from mentorsync_pipeline.contacts.rules import contact_rows, values
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS, Header
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.domain.clean_text import remove_unusual_characters

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)', re.DOTALL)
# Columns that the load adds, and a default of the table.
_ADDED = {"origin", "observed_at", "load_id"}
_DEFAULTS = {"contact_type": "individual"}


def convert_record(names: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """Convert an export with one record; return its row."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([names, cells])
        file = ExportFile(path)
        (block,) = file.blocks()
        (row,) = read_copy_text(BlockConverter(file)(block))
        return row


def read_copy_text(converted: Converted) -> list[dict[str, Any]]:
    """Return the rows of COPY text; columns that are not sent have their defaults."""
    lines = bytes(converted.text).decode().split("\n")[:-1]
    return [_read_row(dict(zip(converted.columns, line.split("\t"), strict=True))) for line in lines]


def parse_record(header: Header, cells: Sequence[str]) -> dict[str, Any]:
    """Parse a record cell by cell. Raises FieldError."""
    cells = [*map(remove_unusual_characters, cells)]
    row: dict[str, Any] = {**dict.fromkeys(COLUMNS.values()), **_DEFAULTS, "archived_at": None, "tags": []}
    for target, place in header.places.items():
        row[target] = contact_rows.parse_export_cell(target, cells[place])
    if not any(cells[header.places[name]] for name in contact_rows.IDENTIFYING if name in header.places):
        raise contact_rows.build_added_row_error()
    for kind, reader in (("email", values.EMAILS), ("phone", values.PHONES)):
        parsed = values.split_keys(row[f"primary_{kind}"], row[f"additional_{kind}s"], reader)
        row[f"additional_{kind}s"], row[f"{kind}_keys"] = parsed
    labelled = [(column.label or "", cells[column.place]) for column in header.custom]
    row["custom_fields"] = contact_rows.parse_custom_fields(labelled)
    shown = {column.place: values.cell(row[column.target]) for column in header.columns if column.target}
    for column in header.custom:
        if not column.label_repeats:
            shown[column.place] = row["custom_fields"].get(column.label, "")
    row["payload"] = {
        column.payload_key: cells[column.place]
        for column in header.columns
        if cells[column.place] != shown.get(column.place, "")
    }
    return row


def _read_row(cells: dict[str, str]) -> dict[str, Any]:
    columns = (column for column in raw_gb_full_contacts.columns if column.name not in _ADDED)
    return {
        column.name: _read_cell(column, cells.get(column.name, _DEFAULTS.get(column.name, ""))) for column in columns
    }


def _read_cell(column: sa.Column[Any], cell: str) -> Any:
    is_list = isinstance(column.type, sa.ARRAY)
    if not cell:
        return [] if is_list else {} if isinstance(column.type, sa.JSON) else None
    text = _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), cell)
    if is_list:
        return [_ESCAPE.sub(r"\1", quoted) if quoted else bare for quoted, bare in _ITEM.findall(text[1:-1])]
    match column.type:
        case sa.JSON():
            return json.loads(text)
        case sa.Boolean():
            return text == "t"
        case sa.DateTime():
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        case sa.Numeric(asdecimal=True):
            return Decimal(text)
        case sa.BigInteger():
            return int(text)
    return text
