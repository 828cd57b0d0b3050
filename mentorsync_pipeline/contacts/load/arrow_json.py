"""The JSON of a block's contacts, whole columns at once: their custom fields, and what their payload keeps."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mentorsync_pipeline.contacts.load.arrow_text import (
    Piece,
    by_distinct,
    differing,
    escaped,
    filled_only,
    is_blank,
    joined,
    replaced,
    texts_of,
)
from mentorsync_pipeline.contacts.load.copy_rows import copy_text, json_text
from mentorsync_pipeline.contacts.rules import rows as contact_rows
from mentorsync_pipeline.contacts.rules import values
from mentorsync_pipeline.contacts.rules.export_columns import Header

# A backslash comes first, as the others bring some.
_JSON_ESCAPES = {char: json_text(char)[1:-1] for char in ("\\", '"', *map(chr, range(1, 32)))}


def custom_fields(header: Header, clean: Sequence[pa.Array]) -> Piece:
    """The custom fields by label, from clean cells; without the braces."""
    filled = [column for column in header.custom if not is_blank(clean[column.place])]
    if not any(column.label_repeats for column in filled):
        return _object({column.label or "": _value(clean[column.place]) for column in filled})
    labels = [column.label or "" for column in filled]
    rows = zip(*(texts_of(clean[column.place]) for column in filled), strict=True)
    made = (contact_rows.custom_fields(zip(labels, cells, strict=True)) if any(cells) else {} for cells in rows)
    return pa.array([copy_text(fields)[1:-1] for fields in made], pa.string())


def payload(
    header: Header, raw: Sequence[pa.Array], clean: Sequence[pa.Array], left_over: Mapping[str, pa.Array | None]
) -> Piece:
    """Every cell that the rest of the row does not give back, by the column's name; without the braces.

    `left_over` has those of the columns that are ours, by our name.
    """
    kept: dict[str, pa.Array] = {}
    for column in header.columns:
        cells = raw[column.place]
        if column.target:
            found = left_over.get(column.target)
        elif column.label and not column.label_repeats:
            found = unlike(cells, differing(cells, clean[column.place]), values.custom)
        else:
            found = filled_only(cells)
        if found is not None and found.null_count < len(found):
            kept[column.payload_key] = found
    return _object(kept)


def unlike(cells: pa.Array, odd: pa.Array | None, read: Callable[[str], Any]) -> pa.Array | None:
    """Of the cells that `odd` marks, those that their own value, as `read` finds it, does not give back; or null."""
    if odd is None:
        return None

    def left(cell: str) -> str | None:
        return None if values.cell(read(cell)) == cell else cell

    return replaced(pa.nulls(len(cells), pa.string()), odd, by_distinct(cells.filter(odd), left))


def _value(clean: pa.Array) -> pa.Array:
    return filled_only(clean)


def _object(members: Mapping[str, pa.Array]) -> Piece:
    """A JSON object of the texts that are not null; without its braces."""
    pieces: list[Piece] = []
    for name, texts in members.items():
        before, value, after = f',{json_text(name)}:"', escaped(texts, _JSON_ESCAPES), '"'
        if value.null_count:
            pieces.append(pc.binary_join_element_wise(before, value, after, "", null_handling="emit_null"))
        else:
            pieces += [before, value, after]
    return pc.replace_substring(joined(pieces), ",", "", max_replacements=1) if pieces else ""
