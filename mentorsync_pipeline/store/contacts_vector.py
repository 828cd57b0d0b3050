"""Turn a block of an export into COPY text, whole columns at once (Arrow): the same text as `store.contacts_rows`.

A column goes the fast way for those cells whose text the rules plainly leave as it is, and cell by cell through the
rules for the others. A block that holds anything else (a cell that cannot be read, a record cut off) goes back to
`contacts_rows` as a whole, which also says what is wrong. What a cell means does not belong here.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from mentorsync_pipeline.rules import contact_rows, contact_values
from mentorsync_pipeline.rules.contact_columns import Column
from mentorsync_pipeline.store import contacts_rows, contacts_vector_keys
from mentorsync_pipeline.store.arrow_text import (
    Piece,
    by_distinct,
    escaped,
    filled_only,
    is_blank,
    joined,
    mapped,
    texts_of,
)
from mentorsync_pipeline.store.contacts_file import Block, ExportFile
from mentorsync_pipeline.store.contacts_rows import Converted, copy_text

# Cells that the rule for the column leaves as they are; a moment also gets its zone.
_PLAIN_ID = "^[1-9][0-9]{0,17}$"
_PLAIN_MONEY = r"^(?:0|[1-9][0-9]{0,9})\.[0-9]{2}$"
_PLAIN_DAY = "^(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?$"
_PLAIN_MOMENT = (
    "^[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31) "
    "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
)
_ZONE = "+00:00"


def _json_text(text: str) -> str:
    """A text as JSON, inside COPY text."""
    return copy_text(json.dumps(text, ensure_ascii=False))


# A backslash comes first, as the others bring some.
_JSON_ESCAPES = {char: _json_text(char)[1:-1] for char in ("\\", '"', *map(chr, range(1, 32)))}


class VectorConverter:
    """Converts the blocks of one file; safe to use from several threads at once."""

    def __init__(self, file: ExportFile) -> None:
        self._file = file
        self._header = file.header
        labels = [column.label for column in self._header.custom]
        self._labels_repeat = len(set(labels)) < len(labels)

    def __call__(self, block: Block) -> Converted:
        """Turn a block into COPY text; errors as `contacts_rows.convert`."""
        if b"\0" in block.data:
            return contacts_rows.convert(self._file, block)
        try:
            return self._convert(block.data)
        except (ValueError, pa.ArrowInvalid):  # which of them, and on which line, the plain way finds out
            return contacts_rows.convert(self._file, block)

    def _convert(self, data: bytes) -> Converted:
        if not data or data.isspace():
            return Converted(b"", 0, None, 0)
        raw = _read(data, len(self._header.columns))
        trimmed = [column if is_blank(column) else pc.utf8_trim_whitespace(column) for column in raw]
        given = {target: trimmed[place] for target, place in self._header.places.items()}
        cells: dict[str, Piece] = {target: _cell(target, column) for target, column in given.items()}
        cells |= contacts_vector_keys.reached_by(given)
        cells["custom_fields"] = self._custom_fields(trimmed)
        row: list[Piece] = []
        for name in contacts_rows.copy_columns(self._header)[:-1]:
            row += [cells[name], "\t"]
        text = joined([*row, *self._payload(raw, self._header.places["contact_id"]), "\n"])
        newest = _newest(cells["date_created"], cells["last_modified"])
        return Converted(memoryview(text.buffers()[2])[: _used(text)], len(text), newest, len(text))

    def _payload(self, raw: Sequence[pa.Array], always: int) -> list[Piece]:
        """The cells that are not empty as a JSON object; the column at `always` is never empty."""
        pieces: list[Piece] = ["{"]
        for column in self._header.columns:
            key = _json_text(column.payload_key) + ":"
            before, after = (key, ",") if column.place < always else ("," + key, "")
            if column.place == always:
                before = key
            pieces += _member(raw[column.place], before, after)
        return [*pieces, "}"]

    def _custom_fields(self, trimmed: Sequence[pa.Array]) -> Piece:
        filled = [column for column in self._header.custom if not is_blank(trimmed[column.place])]
        if not filled:
            return "{}"
        if self._labels_repeat:
            return self._repeating_custom_fields(filled, trimmed)
        pieces: list[Piece] = []
        for column in filled:
            value = escaped(trimmed[column.place], contact_values.LINE_ENDS)
            pieces += _member(value, "," + _json_text(column.label or "") + ":", "")
        members = joined(pieces)
        return joined(["{", pc.replace_substring(members, ",", "", max_replacements=1), "}"])

    def _repeating_custom_fields(self, filled: Sequence[Column], trimmed: Sequence[pa.Array]) -> pa.Array:
        labels = [column.label or "" for column in filled]
        rows = zip(*(texts_of(trimmed[column.place]) for column in filled), strict=True)
        made = (contact_rows.custom_fields(zip(labels, cells, strict=True)) if any(cells) else {} for cells in rows)
        return pa.array([copy_text(fields) for fields in made], pa.string())


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


def _cell(target: str, column: pa.Array) -> Piece:
    """The COPY text of one of our columns, from its trimmed cells."""
    if target in {"tags", "email_subscribed", "phone_subscribed", "address_subscribed"}:
        return by_distinct(column, _copied(contact_rows.KINDS[target]))
    if target == "contact_id":
        return mapped(column, _PLAIN_ID, _copied(contact_values.identifier))
    if target in {"recurring_contributions", "total_contributions"}:
        return by_distinct(column, _copied(contact_values.money), _PLAIN_MONEY)
    if target in {"contact_since", "date_of_birth"}:
        return "" if is_blank(column) else by_distinct(column, _copied(contact_values.day), _PLAIN_DAY)
    if target in {"date_created", "last_modified"}:
        return mapped(column, _PLAIN_MOMENT, _copied(contact_values.moment), suffix=_ZONE)
    return _text(column)


def _copied(rule: Callable[[Any], Any]) -> Callable[[str], str]:
    return lambda cell: copy_text(rule(cell))


def _text(column: pa.Array) -> Piece:
    return "" if is_blank(column) else escaped(escaped(column, contact_values.LINE_ENDS), contacts_rows.ESCAPES)


def _member(column: pa.Array, before: str, after: str) -> list[Piece]:
    """A member of a JSON object for every cell that is not empty, with `before` (comma, key) and `after` (comma)."""
    if is_blank(column):
        return []
    value = filled_only(escaped(column, _JSON_ESCAPES))
    if not value.null_count:
        return [f'{before}"', value, f'"{after}']
    return [pc.binary_join_element_wise(f'{before}"', value, f'"{after}', "", null_handling="emit_null")]


def _newest(*moments: Piece) -> datetime | None:
    found = [pc.max(column).as_py() for column in moments if isinstance(column, pa.Array)]
    return contact_values.moment(max(filter(None, found), default=None))


def _used(text: pa.Array) -> int:
    """The bytes of a string array's data that its values use: the last offset."""
    offsets = memoryview(text.buffers()[1]).cast("i")
    return int(offsets[len(text)])
