"""Turn a block of an export into COPY text, whole columns at once (Arrow): the same text as `contacts.load.copy_rows`.

A column goes the fast way for those cells whose text the rules plainly leave as it is, and cell by cell through the
rules for the others. A block that holds anything else (a cell that cannot be read, a record cut off) goes back to
`contacts_rows` as a whole, which also says what is wrong.
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
    as_grid,
    cleaned,
    differing,
    either,
    escaped,
    holds_match,
    is_blank,
    joined,
    mapped,
    texts_of,
)
from mentorsync_pipeline.contacts.load.copy_rows import EMPTY, Converted, copy_text
from mentorsync_pipeline.contacts.load.export_file import Block, ExportFile, refuse_inner_quotes
from mentorsync_pipeline.contacts.rules import rows
from mentorsync_pipeline.contacts.rules import values as contact_values
from mentorsync_pipeline.db.row_limits import MAX_KEY, MAX_LINE
from mentorsync_pipeline.domain.clean_text import clean_block, clean_line

_MONEY = r"^(?:0|[1-9][0-9]{0,9})\.[0-9]{2}$"
_DAY = "^(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?$"
_MOMENT = (
    "^[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31) "
    "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
)
# Readers of cells in which a line end means something.
_OF_SEVERAL_LINES = (contact_values.text, contact_values.items)
# NUL and other controls of ASCII but tab and the line ends; those beyond ASCII but the line end U+0085.
_UNUSUAL_BYTES = np.isin(np.arange(0x100), [*range(0x09), *range(0x0E, 0x20), 0x7F])
_C1_CONTROLS = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")
# Cells that the rule for the column leaves as they are.
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
    """Converts the blocks of one file; safe to use from several threads at once."""

    def __init__(self, file: ExportFile) -> None:
        self._file = file
        self._header = file.header
        # Moments are compared as texts of one form.
        self._now = None if file.now is None else contact_values.cell(file.now.replace(microsecond=0))

    def __call__(self, block: Block) -> Converted:
        """Turn a block into COPY text; errors as `contacts_rows.convert`."""
        refuse_inner_quotes(self._file, block)
        if _has_unusual_bytes(block.data):
            return copy_rows.convert(self._file, block)
        try:
            return self._convert(block.data)
        except (ValueError, pa.ArrowInvalid):  # which of them, and on which line, the plain way finds out
            return copy_rows.convert(self._file, block)

    def _convert(self, data: bytes) -> Converted:
        if not data or data.isspace():
            return Converted((), b"", 0, None, 0)
        raw = _read(data, len(self._header.columns))
        clean = self._cleaned(raw)
        self._refuse_long(clean)
        self._refuse_rewritten(clean)
        plain, in_braces = self._cells(raw, clean)
        filled = {name for name, cell in (plain | in_braces).items() if not _is_empty(cell)}
        columns = copy_rows.copy_columns(self._header, filled)
        # What has braces comes last in a row. One separator for many columns is joined much faster than pieces are.
        first = joined([plain[name] for name in columns if name in plain], "\t")
        last = joined([in_braces[name] for name in columns if name in in_braces], "}\t{")
        text: pa.Array = joined([first, "\t{", last, "}\n"])
        return Converted(
            columns,
            memoryview(text.buffers()[2])[: _used(text)],
            len(text),
            self._newest(plain["date_created"], plain["last_modified"]),
            len(text),
            future=self._future(plain["contact_id"], plain["last_modified"]),
        )

    def _newest(self, *moments: Piece) -> datetime | None:
        """The newest of these moments that is not later than now."""
        found: list[str] = []
        for column in moments:
            if isinstance(column, pa.Array):
                latest = pc.max(column).as_py()
                if self._now is not None and latest > self._now:
                    latest = pc.max(column.filter(pc.less_equal(column, self._now))).as_py()
                found.append(latest)
        return contact_values.moment(max(filter(None, found), default=None))

    def _future(self, ids: Piece, modified: Piece) -> tuple[int, ...]:
        """The ids of the contacts that were changed later than now."""
        if self._now is None or not isinstance(modified, pa.Array) or not isinstance(ids, pa.Array):
            return ()
        if pc.max(modified).as_py() <= self._now:
            return ()
        return tuple(map(int, texts_of(ids.filter(pc.greater(modified, self._now)))))

    def _cleaned(self, raw: Sequence[pa.Array]) -> list[pa.Array]:
        """The cells, cleaned as the field of each column is: one line of text, or several."""
        clean = list(raw)
        for column in self._header.columns:
            lines = column.label is not None or rows.reader(column.target or "") in _OF_SEVERAL_LINES
            clean[column.place] = cleaned(raw[column.place], clean_block if lines else clean_line, lines=lines)
        return clean

    def _refuse_long(self, clean: Sequence[pa.Array]) -> None:
        """Raise ValueError when a cell may be too long for the table; the plain way looks at its contact."""
        for column in self._header.columns:
            limit = MAX_KEY if column.target == "external_id" else MAX_LINE
            if len(clean[column.place]) and pc.max(pc.binary_length(clean[column.place])).as_py() > limit:
                raise ValueError(column.payload_key)

    def _refuse_rewritten(self, clean: Sequence[pa.Array]) -> None:
        """Raise ValueError when a spreadsheet has rewritten a cell that could be read all the same."""
        for target, pattern in rows.REWRITTEN.items():
            place = self._header.places.get(target)
            if place is not None and holds_match(clean[place], pattern):
                raise ValueError(target)

    def _cells(self, raw: Sequence[pa.Array], clean: Sequence[pa.Array]) -> tuple[dict[str, Piece], dict[str, Piece]]:
        """The COPY text of each of our columns; of those whose text is in braces, what these hold."""
        places = self._header.places
        in_braces, left_over = arrow_columns.reached_by(
            {target: (raw[place], clean[place]) for target, place in places.items()}
        )
        plain: dict[str, Piece] = {}
        for target, place in places.items():
            if target not in in_braces:
                plain[target], odd = _cell(target, clean[place])
                odd = either(odd, differing(raw[place], clean[place]))
                left_over[target] = arrow_columns.unlike(raw[place], odd, rows.reader(target))
        in_braces["custom_fields"] = arrow_columns.custom_fields(self._header, clean)
        in_braces["payload"] = arrow_columns.payload(self._header, raw, clean, left_over)
        return plain, in_braces


def _has_unusual_bytes(data: bytes) -> bool:
    """Whether a block may hold characters that cleaning drops with a warning; the plain way names their records."""
    codes = np.frombuffer(data, np.uint8)
    if bool(_UNUSUAL_BYTES[codes].any()):
        return True
    return b"\xc2" in data and _C1_CONTROLS.search(data) is not None


def _read(data: bytes, width: int) -> list[pa.Array]:
    """The columns of a block, each in one piece; raises pa.ArrowInvalid when a record has another width."""
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


def _cell(target: str, column: pa.Array) -> tuple[Piece, pa.Array | None]:
    """The COPY text of one of our columns, from its clean cells, and which of these may not be in their normal form.

    None stands for none of them.
    """
    read = rows.reader(target)
    if is_blank(column) and not copy_text(read("")):
        return "", None
    if target in {"tags", "email_subscribed", "phone_subscribed", "address_subscribed"}:
        return _by_distinct(column, read)
    if target in _ALIKE and _ALIKE[target](column):
        return column, None
    if target in _PLAIN:
        return mapped(column, _PLAIN[target], lambda cell: copy_text(read(cell)))
    return escaped(column, copy_rows.TEXT_ESCAPES), None


def _are_ids(column: pa.Array) -> bool:
    """Whether all texts are plain ids of the same length, as those of an account mostly are."""
    digits = as_grid(column, len(column[0].as_py()))
    if digits is None or not 0 < digits.shape[1] <= contact_values.ID_DIGITS:
        return False
    return bool((digits - ord("0") < 10).all() and (digits[:, 0] != ord("0")).all())


def _are_moments(column: pa.Array) -> bool:
    """Whether all texts are points in time in the plain form."""
    places = as_grid(column, len("YYYY-MM-DD HH:MM:SS"))
    if places is None or (places[:, 0] == ord("0")).any() or (places[:, 10] != ord(" ")).any():
        return False
    try:
        pc.cast(column, pa.timestamp("s"))
    except pa.ArrowInvalid:
        return False
    return True


# Columns whose cells are all plain more often than not: a quick way to see it.
_ALIKE = {"contact_id": _are_ids, "date_created": _are_moments, "last_modified": _are_moments}


def _by_distinct(column: pa.Array, read: Callable[[str], Any]) -> tuple[Piece, pa.Array | None]:
    coded = column.dictionary_encode()
    cells = texts_of(coded.dictionary)
    values = [read(cell) for cell in cells]
    texts = [copy_text(value) for value in values]
    text = texts[0] if len(set(texts)) == 1 else pa.array(texts, pa.string()).take(coded.indices)
    odd = [contact_values.cell(value) != cell for value, cell in zip(values, cells, strict=True)]
    return text, pa.array(odd, pa.bool_()).take(coded.indices) if any(odd) else None


def _is_empty(cell: Piece) -> bool:
    return cell in EMPTY if isinstance(cell, str) else is_blank(cell)


def _used(text: pa.Array) -> int:
    """The bytes of a string array's data that its values use: the last offset."""
    offsets = memoryview(text.buffers()[1]).cast("i")
    return int(offsets[len(text)])
