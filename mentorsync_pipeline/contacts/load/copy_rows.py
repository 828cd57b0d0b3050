"""Convert rows of contacts to COPY text one by one, and report faults.

`contacts.load.arrow_rows` builds the same text by columns and uses this module for blocks with faults.
"""

import csv
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any, NamedTuple

from mentorsync_pipeline.contacts.load.export_file import RECORD_LIMIT, Block, ExportFile, refuse_inner_quotes
from mentorsync_pipeline.contacts.rules import contact_rows, values
from mentorsync_pipeline.contacts.rules.contact_rows import Row
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS, Header
from mentorsync_pipeline.db.row_limits import require_fitting
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.domain.clean_text import has_unusual_characters, remove_unusual_characters
from mentorsync_pipeline.domain.record_fields import FieldError, UnreadableRecord

# A cell may be as long as a record.
csv.field_size_limit(max(csv.field_size_limit(), RECORD_LIMIT))
# Text of an empty list or object. COPY replaces it by the column's default, so no other text may be equal.
NO_MEMBERS = "{}"
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# The backslash comes first, because the others contain one.
TEXT_ESCAPES: Mapping[str, str] = {**_ESCAPES, "{": "\\{"}
_TEXT_TABLE = str.maketrans(dict(TEXT_ESCAPES))
_MEMBER_TABLE = str.maketrans(_ESCAPES)
_BARE_ITEM = re.compile(r"[A-Za-zà-öø-ÿ0-9_+@.-]*[0-9_+@.-][A-Za-zà-öø-ÿ0-9_+@.-]*", re.ASCII)  # never matches NULL
_DERIVED_COLUMNS = ("additional_emails", "email_keys", "additional_phones", "phone_keys", "custom_fields")
_DO_NOT_OPEN = "Download the export from Givebutter again and upload that file; do not open it in a spreadsheet."
_EXPORT_NAMES = {column: name for name, column in COLUMNS.items()}
# Texts of empty cells; the first is NULL.
EMPTY = ("", NO_MEMBERS)


class UnusualContact(NamedTuple):
    """A contact with texts from which control characters or lone surrogates were dropped.

    `fields` are the source's names of their columns or fields.
    """

    contact_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Converted:
    """COPY text of some contacts.

    Attributes:
        columns: columns of the text. A column that no row fills may be missing.
        rows: number of contacts.
        newest: newest time in them.
        active: number of active individual contacts.
        unusual: contacts from whose texts characters were dropped.
        future: ids of contacts whose last change is later than now.
        unreadable: contacts that could not be read and have no text.

    """

    columns: tuple[str, ...]
    text: bytes | memoryview
    rows: int
    newest: datetime | None
    active: int
    unusual: tuple[UnusualContact, ...] = ()
    future: tuple[int, ...] = ()
    unreadable: tuple[UnreadableRecord, ...] = ()

    def without_text(self) -> "Converted":
        """Return a copy without the text."""
        return replace(self, text=b"")


def copy_columns(header: Header, filled: Collection[str]) -> tuple[str, ...]:
    """Return the columns that are sent, in the order of a row's text: the `filled` ones and the payload.

    Columns that are `EMPTY` in all rows of a block get their defaults.
    """
    places = header.places
    plain = (target for target in COLUMNS.values() if target in places and target not in _DERIVED_COLUMNS)
    return (*(name for name in (*plain, *_DERIVED_COLUMNS) if name in filled), "payload")


def convert(file: ExportFile, block: Block) -> Converted:
    """Turn a block's records into COPY text.

    A contact with a cell that cannot be read or is too long is left out (`Converted.unreadable`). Raises ExportError
    with the line of the first record that is cut off, has too few or too many cells, is not UTF-8, has no readable id,
    or has a cell that a spreadsheet has rewritten.
    """
    refuse_inner_quotes(file, block)
    rows: list[Row] = []
    unusual: list[UnusualContact] = []
    unreadable: list[UnreadableRecord] = []
    newest: datetime | None = None
    for line, cells in _parse_records(file, block):
        fields = [column.payload_key for column in file.header.columns if has_unusual_characters(cells[column.place])]
        try:
            row = contact_rows.parse_export_row(
                file.header, [*map(remove_unusual_characters, cells)] if fields else cells
            )
            texts = {name: value for name, value in row.items() if isinstance(value, (str, list))}
            require_fitting(raw_gb_full_contacts, texts, _EXPORT_NAMES)
        except contact_rows.RewrittenError as error:
            raise file.error(
                "EXPORT_REWRITTEN",
                f"the cell of {error.column} {error.reason}: a spreadsheet has rewritten it",
                line=line,
                what_to_do=_DO_NOT_OPEN,
            ) from None
        except FieldError as error:
            unreadable.append(_describe_unreadable(file, cells, error, line))
            continue
        rows.append(row)
        if fields:
            unusual.append(UnusualContact(row["contact_id"], tuple(fields)))
        moments = (newest, row["date_created"], row["last_modified"])
        newest = max((moment for moment in moments if moment and not _is_later(moment, file.now)), default=None)
    future = tuple(row["contact_id"] for row in rows if _is_later(row["last_modified"], file.now))
    columns = copy_columns(file.header, {name for row in rows for name, value in row.items() if not _is_empty(value)})
    text = "".join(format_copy_line(row, columns) for row in rows)
    return Converted(columns, text.encode(), len(rows), newest, len(rows), tuple(unusual), future, tuple(unreadable))


def _describe_unreadable(file: ExportFile, cells: Sequence[str], error: FieldError, line: int) -> UnreadableRecord:
    """Describe the contact with an unreadable cell. Raises ExportError when its id is unknown."""
    id_cell = cells[file.header.places["contact_id"]]
    try:
        contact_id = values.identifier(id_cell)
    except ValueError:
        reason = f"the cell of {error.field} {error.reason}"
        if not values.line(id_cell):
            reason = "the row has no contact id (was an empty row or a total added in a spreadsheet?)"
        raise file.error("EXPORT_CELL_INVALID", reason, line=line) from None
    return UnreadableRecord(str(contact_id), "", error.field, error.reason)


def _is_later(moment: datetime | None, now: datetime | None) -> bool:
    return moment is not None and now is not None and moment > now


def _is_empty(value: Any) -> bool:
    return value is None or value in ([], {})


def format_copy_line(row: Mapping[str, Any], columns: Iterable[str]) -> str:
    """Format a row as a line of COPY text."""
    return "\t".join(format_copy_text(row[column]) for column in columns) + "\n"


def format_copy_text(value: Any) -> str:
    """Format a value as a cell of COPY text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.translate(_TEXT_TABLE)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, datetime):
        return values.cell(value)
    if isinstance(value, Mapping):
        return format_json_text(value)
    if isinstance(value, list):
        return format_array(value)
    raise TypeError(f"{type(value).__name__} has no COPY text")


def format_json_text(value: Any) -> str:
    """Format a value as JSON inside COPY text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_MEMBER_TABLE)


def format_array(items: Sequence[str]) -> str:
    """Format a list of texts as a PostgreSQL array inside COPY text."""
    return "{" + ",".join(map(_array_item, items)) + "}"


def _array_item(text: str) -> str:
    if _BARE_ITEM.fullmatch(text):
        return text
    return ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"').translate(_MEMBER_TABLE)


def _parse_records(file: ExportFile, block: Block) -> Iterator[tuple[int, list[str]]]:
    """Parse the records of a block, each with its first line."""
    width = len(file.header.columns)
    reader = csv.reader(StringIO(_decode(file, block), newline=""), strict=True)
    line = block.first_line
    try:
        for cells in reader:
            begins, line = line, block.first_line + reader.line_num
            if not cells:
                continue
            if len(cells) != width:
                raise _width_error(file, block, begins, len(cells), reader.line_num)
            yield begins, cells
    except csv.Error:
        raise file.error("EXPORT_RECORD", "the record is not valid CSV", line=line) from None


def _width_error(file: ExportFile, block: Block, line: int, cell_count: int, lines_read: int) -> Exception:
    width = len(file.header.columns)
    reason = f"the record has {cell_count} cells and the header {width}"
    if cell_count < width and block.last and lines_read >= block.data.rstrip().count(b"\n") + 1:
        return file.error(
            "EXPORT_TRUNCATED", f"{reason}, and the file ends there, so the file is incomplete", line=line
        )
    return file.error("EXPORT_RECORD", reason, line=line)


def _decode(file: ExportFile, block: Block) -> str:
    """Decode a block. Lone surrogates, which some programs write, are dropped later with a warning."""
    try:
        return block.data.decode(errors="surrogatepass")
    except UnicodeDecodeError as error:
        line = block.first_line + block.data.count(b"\n", 0, error.start)
        raise file.error("EXPORT_ENCODING", "the text is not UTF-8", line=line) from None
