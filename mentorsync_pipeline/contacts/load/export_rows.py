"""Convert a block of an export to COPY text, by columns, and report its faults."""

import re
from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from mentorsync_pipeline.contacts.load.arrow_text import (
    is_blank,
    is_uniform,
    join_columns,
    places,
    read_columns,
    to_buffer,
    to_column,
    to_texts,
)
from mentorsync_pipeline.contacts.load.copy_rows import EMPTY, Converted, UnusualContact
from mentorsync_pipeline.contacts.load.export_cells import (
    KEY_COLUMNS,
    build_custom_fields,
    build_payload,
    convert_cells,
    convert_keys,
)
from mentorsync_pipeline.contacts.load.export_file import Block, ExportFile, refuse_inner_quotes
from mentorsync_pipeline.contacts.load.record_faults import find_line, find_record_error
from mentorsync_pipeline.contacts.rules import contact_rows, values
from mentorsync_pipeline.contacts.rules.contact_identity import identify_export_row
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS
from mentorsync_pipeline.domain.clean_text import has_unusual_characters, remove_unusual_characters
from mentorsync_pipeline.domain.record_fields import FieldError, UnreadableRecord

# All but control characters; tab and line ends are usual.
_USUAL_BYTES = bytes({*range(0x100)} - {*range(0x09), *range(0x0E, 0x20), 0x7F})
_C1_CONTROLS = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")
_SURROGATES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_DO_NOT_OPEN = "Download the export from Givebutter again and upload that file; do not open it in a spreadsheet."


class BlockConverter:
    """Converts the blocks of one file. Safe to use from several threads."""

    def __init__(self, file: ExportFile) -> None:
        self._file = file
        self._header = file.header
        # Times are compared as texts of the same form.
        self._now = None if file.now is None else values.cell(file.now.replace(microsecond=0))

    def __call__(self, block: Block) -> Converted:
        """Convert a block to COPY text.

        A contact with a cell that cannot be read or is too long is left out (`Converted.unreadable`). Raises
        ExportError, with the line, for a record that is cut off, has too few or too many cells, is not UTF-8, has no
        readable id, or has a cell that a spreadsheet has rewritten.
        """
        refuse_inner_quotes(self._file, block)
        # Lone surrogates, which some programs write, are dropped with a warning as control characters are.
        data = _SURROGATES.sub(b"\x7f", block.data) if b"\xed" in block.data else block.data
        if not data or data.isspace():
            return Converted((), b"", 0, None, 0)
        try:
            cells = read_columns(data, len(self._header.columns))
        except pa.ArrowInvalid:
            raise find_record_error(self._file, block) from None
        unusual = self._drop_unusual(cells) if _has_unusual_bytes(data) else {}
        texts, faults = self._convert_columns(cells)
        unreadable: tuple[UnreadableRecord, ...] = ()
        if faults:
            unreadable = tuple(self._describe_fault(block, cells, row, faults[row]) for row in sorted(faults))
            kept = pa.array(row not in faults for row in range(len(cells[0])))
            texts = {name: text.filter(kept) for name, text in texts.items()}
        ids = texts["contact_id"]
        if not len(ids):
            return Converted((), b"", 0, None, 0, unreadable=unreadable)
        columns = tuple(name for name, text in texts.items() if name == "payload" or not is_uniform(text, EMPTY))
        rows = join_columns([join_columns([texts[name] for name in columns], "\t"), "\n"])
        return Converted(
            columns,
            to_buffer(rows),
            len(rows),
            self._find_newest(texts["date_created"], texts["last_modified"]),
            len(rows),
            tuple(
                UnusualContact(values.identifier(cells[self._header.places["contact_id"]][row].as_py()), tuple(fields))
                for row, fields in sorted(unusual.items())
                if row not in faults
            ),
            self._find_future(ids, texts["last_modified"]),
            unreadable,
        )

    def _drop_unusual(self, cells: list[pa.Array]) -> dict[int, list[str]]:
        """Drop control characters from cells in place; return the columns that had some, by row."""
        unusual: dict[int, list[str]] = {}
        for column in self._header.columns:
            texts = to_texts(cells[column.place])
            rows = [row for row, text in enumerate(texts) if has_unusual_characters(text)]
            if rows:
                cells[column.place] = to_column(map(remove_unusual_characters, texts))
            for row in rows:
                unusual.setdefault(row, []).append(column.payload_key)
        return unusual

    def _convert_columns(self, cells: Sequence[pa.Array]) -> tuple[dict[str, pa.Array], dict[int, FieldError]]:
        """Return the COPY text by our column in the order of a row, and the first error by row.

        A cell that a spreadsheet has rewritten comes before other errors.
        """
        places = self._header.places
        derived = {columns.additional: columns for columns in KEY_COLUMNS}
        texts: dict[str, pa.Array] = {}
        keys: dict[str, pa.Array] = {}
        unreproduced: dict[str, pa.Array | None] = {}
        faults: dict[int, FieldError] = {}
        for target in filter(places.__contains__, COLUMNS.values()):
            column = cells[places[target]]
            if target not in contact_rows.FILLED and is_blank(column):
                continue
            if target in derived:
                converted, keys[derived[target].keys] = convert_keys(
                    derived[target], cells[places[derived[target].primary]], column
                )
            else:
                converted = convert_cells(target, column)
            texts[target], unreproduced[target] = converted.text, converted.unreproduced
            for row, error in converted.faults.items():
                if row not in faults or _is_rewritten(error) > _is_rewritten(faults[row]):
                    faults[row] = error
        for row in _find_added_rows([cells[places[name]] for name in contact_rows.IDENTIFYING if name in places]):
            faults.setdefault(row, contact_rows.build_added_row_error())
        custom_fields = build_custom_fields(self._header, cells)
        payload = build_payload(self._header, cells, unreproduced)
        return texts | keys | {"custom_fields": custom_fields, "payload": payload}, faults

    def _describe_fault(self, block: Block, cells: Sequence[pa.Array], row: int, error: FieldError) -> UnreadableRecord:
        """Describe an unreadable contact. Raises ExportError when the file is wrong, or the contact's id unknown."""
        if isinstance(error, contact_rows.RewrittenError):
            raise self._file.error(
                "EXPORT_REWRITTEN",
                f"the cell of {error.column} {error.reason}: a spreadsheet has rewritten it",
                line=find_line(self._file, block, row),
                what_to_do=_DO_NOT_OPEN,
            )
        id_cell = cells[self._header.places["contact_id"]][row].as_py()
        try:
            contact_id = values.identifier(id_cell)
        except ValueError:
            reason = f"the cell of {error.field} {error.reason}"
            if not values.line(id_cell):
                reason = "the row has no contact id (was an empty row or a total added in a spreadsheet?)"
            raise self._file.error("EXPORT_CELL_INVALID", reason, line=find_line(self._file, block, row)) from None
        identity = identify_export_row({name: cells[place][row].as_py() for name, place in self._header.places.items()})
        return UnreadableRecord(str(contact_id), "", error.field, error.reason, (identity,) if identity else ())

    def _find_newest(self, *moments: pa.Array) -> datetime | None:
        """Return the newest of these times that is not later than now."""
        latest = [
            pc.max(column if self._now is None else column.filter(pc.less_equal(column, self._now))).as_py()
            for column in moments
        ]
        return values.moment(max(filter(None, latest), default=None))

    def _find_future(self, ids: pa.Array, modified: pa.Array) -> tuple[int, ...]:
        """Return the ids of contacts whose last change is later than now."""
        if self._now is None:
            return ()
        return tuple(map(int, to_texts(ids.filter(pc.greater(modified, self._now)))))


def _find_added_rows(columns: Sequence[pa.Array]) -> list[int]:
    """Return the rows in which all these columns are blank."""
    blank = pc.equal(columns[0], "")
    for column in columns[1:]:
        if not pc.any(blank).as_py():
            break
        blank = pc.and_(blank, pc.equal(column, ""))
    return places(blank)


def _is_rewritten(error: FieldError) -> bool:
    return isinstance(error, contact_rows.RewrittenError)


def _has_unusual_bytes(data: bytes) -> bool:
    """Return whether a block may have characters that cleaning drops with a warning."""
    if data.translate(None, _USUAL_BYTES):
        return True
    return b"\xc2" in data and _C1_CONTROLS.search(data) is not None
