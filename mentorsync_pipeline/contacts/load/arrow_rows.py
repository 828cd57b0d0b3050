"""Convert a block of an export to COPY text by columns, with Arrow. The text equals that of `contacts.load.copy_rows`.

Cells that the rules do not change are copied; the others are parsed one by one. A block with a fault (an unreadable
cell, a truncated record) is converted by `copy_rows`, which reports the fault.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from mentorsync_pipeline.contacts.load import arrow_columns, copy_rows
from mentorsync_pipeline.contacts.load.arrow_text import (
    Piece,
    clean_column,
    combine_masks,
    contains_match,
    escape_column,
    is_blank,
    join_pieces,
    map_column,
    mark_differences,
    to_byte_grid,
    to_texts,
)
from mentorsync_pipeline.contacts.load.copy_rows import EMPTY, Converted, format_copy_text
from mentorsync_pipeline.contacts.load.export_file import Block, ExportFile, refuse_inner_quotes
from mentorsync_pipeline.contacts.rules import contact_rows
from mentorsync_pipeline.contacts.rules import values as contact_values
from mentorsync_pipeline.db.row_limits import MAX_KEY, MAX_LINE
from mentorsync_pipeline.domain.clean_text import clean_block, clean_line

_MONEY = r"^(?:0|[1-9][0-9]{0,9})\.[0-9]{2}$"
_DAY = "^(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?$"
_MOMENT = (
    "^[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31) "
    "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
)
# Parsers of cells with several lines.
_LONG_TEXT_PARSERS = (contact_values.text, contact_values.items)
# Control characters except tab and line ends.
_UNUSUAL_BYTES = np.isin(np.arange(0x100), [*range(0x09), *range(0x0E, 0x20), 0x7F])
_C1_CONTROLS = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")
# Patterns, by column, of cells that the rules do not change.
_PLAIN = {
    "contact_id": "^[1-9][0-9]{0,17}$",
    "recurring_contributions": _MONEY,
    "total_contributions": _MONEY,
    "contact_since": _DAY,
    "date_of_birth": _DAY,
    "date_created": _MOMENT,
    "last_modified": _MOMENT,
}


class VectorConverter:
    """Converts the blocks of one file. Safe to use from several threads."""

    def __init__(self, file: ExportFile) -> None:
        self._file = file
        self._header = file.header
        # Times are compared as texts of the same form.
        self._now = None if file.now is None else contact_values.cell(file.now.replace(microsecond=0))

    def __call__(self, block: Block) -> Converted:
        """Convert a block to COPY text. Raises the errors of `copy_rows.convert`."""
        refuse_inner_quotes(self._file, block)
        if _has_unusual_bytes(block.data):
            return copy_rows.convert(self._file, block)
        try:
            return self._convert(block.data)
        except (ValueError, pa.ArrowInvalid):  # `copy_rows.convert` finds the fault and its line
            return copy_rows.convert(self._file, block)

    def _convert(self, data: bytes) -> Converted:
        if not data or data.isspace():
            return Converted((), b"", 0, None, 0)
        raw = _read(data, len(self._header.columns))
        clean = self._clean_cells(raw)
        self._refuse_long(clean)
        self._refuse_rewritten(clean)
        plain, in_braces = self._build_cells(raw, clean)
        filled = {name for name, cell in (plain | in_braces).items() if not _is_empty(cell)}
        columns = copy_rows.copy_columns(self._header, filled)
        # Columns with braces come last in a row, so that the others can be joined with one separator, which is much
        # faster.
        first = join_pieces([plain[name] for name in columns if name in plain], "\t")
        last = join_pieces([in_braces[name] for name in columns if name in in_braces], "}\t{")
        text: pa.Array = join_pieces([first, "\t{", last, "}\n"])
        return Converted(
            columns,
            memoryview(text.buffers()[2])[: _used_bytes(text)],
            len(text),
            self._find_newest(plain["date_created"], plain["last_modified"]),
            len(text),
            future=self._find_future(plain["contact_id"], plain["last_modified"]),
        )

    def _find_newest(self, *moments: Piece) -> datetime | None:
        """Return the newest of these times that is not later than now."""
        latest_texts: list[str] = []
        for column in moments:
            if isinstance(column, pa.Array):
                latest = pc.max(column).as_py()
                if self._now is not None and latest > self._now:
                    latest = pc.max(column.filter(pc.less_equal(column, self._now))).as_py()
                latest_texts.append(latest)
        return contact_values.moment(max(filter(None, latest_texts), default=None))

    def _find_future(self, ids: Piece, modified: Piece) -> tuple[int, ...]:
        """Return the ids of contacts whose last change is later than now."""
        if self._now is None or not isinstance(modified, pa.Array) or not isinstance(ids, pa.Array):
            return ()
        if pc.max(modified).as_py() <= self._now:
            return ()
        return tuple(map(int, to_texts(ids.filter(pc.greater(modified, self._now)))))

    def _clean_cells(self, raw: Sequence[pa.Array]) -> list[pa.Array]:
        """Clean the cells as one-line or long texts, by column."""
        clean = list(raw)
        for column in self._header.columns:
            lines = column.label is not None or contact_rows.reader_of_column(column.target or "") in _LONG_TEXT_PARSERS
            clean[column.place] = clean_column(raw[column.place], clean_block if lines else clean_line, lines=lines)
        return clean

    def _refuse_long(self, clean: Sequence[pa.Array]) -> None:
        """Raise ValueError when a cell may be too long for the table; `copy_rows` reports its contact."""
        for column in self._header.columns:
            limit = MAX_KEY if column.target == "external_id" else MAX_LINE
            if len(clean[column.place]) and pc.max(pc.binary_length(clean[column.place])).as_py() > limit:
                raise ValueError(column.payload_key)

    def _refuse_rewritten(self, clean: Sequence[pa.Array]) -> None:
        """Raise ValueError when a spreadsheet has rewritten a cell that could still be parsed."""
        for target, pattern in contact_rows.REWRITTEN.items():
            place = self._header.places.get(target)
            if place is not None and contains_match(clean[place], pattern):
                raise ValueError(target)

    def _build_cells(
        self, raw: Sequence[pa.Array], clean: Sequence[pa.Array]
    ) -> tuple[dict[str, Piece], dict[str, Piece]]:
        """Return the COPY text by our column; and the text inside the braces of columns with braces."""
        places = self._header.places
        in_braces, unreproduced = arrow_columns.build_key_columns(
            {target: (raw[place], clean[place]) for target, place in places.items()}
        )
        plain: dict[str, Piece] = {}
        for target, place in places.items():
            if target not in in_braces:
                plain[target], odd = _build_cell(target, clean[place])
                odd = combine_masks(odd, mark_differences(raw[place], clean[place]))
                unreproduced[target] = arrow_columns.mark_changed_cells(
                    raw[place], odd, contact_rows.reader_of_column(target)
                )
        in_braces["custom_fields"] = arrow_columns.build_custom_fields(self._header, clean)
        in_braces["payload"] = arrow_columns.build_payload(self._header, raw, clean, unreproduced)
        return plain, in_braces


def _has_unusual_bytes(data: bytes) -> bool:
    """Return whether a block may have characters that cleaning drops with a warning. `copy_rows` names the records."""
    codes = np.frombuffer(data, np.uint8)
    if bool(_UNUSUAL_BYTES[codes].any()):
        return True
    return b"\xc2" in data and _C1_CONTROLS.search(data) is not None


def _read(data: bytes, width: int) -> list[pa.Array]:
    """Parse the columns of a block, each in one chunk. Raises pa.ArrowInvalid for a record of another width."""
    names = [str(place) for place in range(width)]
    table = csv.read_csv(
        pa.py_buffer(data),
        read_options=csv.ReadOptions(use_threads=False, column_names=names, block_size=len(data) + 1),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, quoted_strings_can_be_null=False
        ),
    ).combine_chunks()
    return [column.chunk(0) for column in table.columns]


def _build_cell(target: str, column: pa.Array) -> tuple[Piece, pa.Array | None]:
    """Return the COPY text of a column, and a mask of cells that may not be in normal form (None: no cell)."""
    read = contact_rows.reader_of_column(target)
    if is_blank(column) and not format_copy_text(read("")):
        return "", None
    if target in {"tags", "email_subscribed", "phone_subscribed", "address_subscribed"}:
        return _by_distinct(column, read)
    if target in _UNIFORM_CHECKS and _UNIFORM_CHECKS[target](column):
        return column, None
    if target in _PLAIN:
        return map_column(column, _PLAIN[target], lambda cell: format_copy_text(read(cell)))
    return escape_column(column, copy_rows.TEXT_ESCAPES), None


def _are_ids(column: pa.Array) -> bool:
    """Return whether all texts are ids of the same length, as is usual for an account."""
    digits = to_byte_grid(column, len(column[0].as_py()))
    if digits is None or not 0 < digits.shape[1] <= contact_values.ID_DIGITS:
        return False
    return bool((digits - ord("0") < 10).all() and (digits[:, 0] != ord("0")).all())


def _are_moments(column: pa.Array) -> bool:
    """Return whether all texts are times in the usual form."""
    places = to_byte_grid(column, len("YYYY-MM-DD HH:MM:SS"))
    if places is None or (places[:, 0] == ord("0")).any() or (places[:, 10] != ord(" ")).any():
        return False
    try:
        pc.cast(column, pa.timestamp("s"))
    except pa.ArrowInvalid:
        return False
    return True


# Fast checks for columns whose cells are usually all plain.
_UNIFORM_CHECKS = {"contact_id": _are_ids, "date_created": _are_moments, "last_modified": _are_moments}


def _by_distinct(column: pa.Array, read: Callable[[str], Any]) -> tuple[Piece, pa.Array | None]:
    coded = column.dictionary_encode()
    cells = to_texts(coded.dictionary)
    values = [read(cell) for cell in cells]
    texts = [format_copy_text(value) for value in values]
    text = texts[0] if len(set(texts)) == 1 else pa.array(texts, pa.string()).take(coded.indices)
    odd = [contact_values.cell(value) != cell for value, cell in zip(values, cells, strict=True)]
    return text, pa.array(odd, pa.bool_()).take(coded.indices) if any(odd) else None


def _is_empty(cell: Piece) -> bool:
    return cell in EMPTY if isinstance(cell, str) else is_blank(cell)


def _used_bytes(text: pa.Array) -> int:
    """Return the number of data bytes of a string array: its last offset."""
    offsets = memoryview(text.buffers()[1]).cast("i")
    return int(offsets[len(text)])
