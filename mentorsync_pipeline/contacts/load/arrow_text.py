"""Operations on whole text columns with Arrow.

Columns are `pa.string()` arrays in one chunk, without nulls and without an offset.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Visible ASCII: "!" to "~".
_VISIBLE = ord("~") - ord("!") + 1
# Bytes of texts that may need cleaning: control characters, and first bytes of characters beyond U+02FF or, with C2, of
# a control character, a hard space or a soft hyphen.
_CODES = np.arange(0x100)
_ODD_IN_LINE = np.isin(_CODES, [*range(0x20), 0x7F, 0xC2, *range(0xCC, 0x100)])
_ODD_IN_BLOCK = _ODD_IN_LINE & ~np.isin(_CODES, [*b"\t\n"])
_LINE_BLANKS = np.isin(_CODES, [*b" "])
_BLOCK_BLANKS = np.isin(_CODES, [*b" \t\n"])

# Part of the text of each row: one text for all rows, or a column.
Piece: TypeAlias = "str | pa.Array"


def is_blank(column: pa.Array) -> bool:
    """Return whether all texts are empty."""
    data = column.buffers()[2]
    return data is None or _data_span(column) == 0


def contains_part(column: pa.Array, part: str) -> bool:
    """Return whether a text contains this ASCII part."""
    return part.encode() in _data_bytes(column)


def contains_match(column: pa.Array, pattern: str) -> bool:
    """Return whether a text matches a pattern (unanchored)."""
    return not is_blank(column) and bool(pc.any(pc.match_substring_regex(column, pattern)).as_py())


def to_byte_grid(column: pa.Array, width: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]] | None":
    """Return the bytes of the texts as a grid if all have this width; otherwise None."""
    if (_byte_lengths(column) != width).any():
        return None
    return np.frombuffer(column.buffers()[2], np.uint8, width * len(column)).reshape(len(column), width)


def clean_column(column: pa.Array, rule: Callable[[str], str], *, lines: bool) -> pa.Array:
    """Apply `rule` to all texts that it may change. Returns the same column if there are none.

    `rule` is `clean_line`, or `clean_block` with `lines`, of `domain.clean_text`. ASCII and Western letters with single
    inner spaces are not changed, which the bytes show.
    """
    if is_blank(column):
        return column
    data = np.frombuffer(column.buffers()[2], np.uint8, _data_span(column))
    if bool(((data - ord("!")) < _VISIBLE).all()):
        return column
    offsets = np.frombuffer(column.buffers()[1], np.int32, len(column) + 1)
    table, blanks = (_ODD_IN_BLOCK, _BLOCK_BLANKS) if lines else (_ODD_IN_LINE, _LINE_BLANKS)
    odd = np.flatnonzero(table[data])
    if not lines:
        spaces = data == ord(" ")
        odd = np.concatenate((odd, np.flatnonzero(spaces[1:] & spaces[:-1])))
    mask = np.zeros(len(column), np.bool_)
    mask[np.searchsorted(offsets, odd, side="right") - 1] = True
    filled = offsets[1:] > offsets[:-1]
    mask[filled] |= blanks[data[offsets[:-1][filled]]] | blanks[data[offsets[1:][filled] - 1]]
    if not mask.any():
        return column
    where = pa.array(mask)
    return replace_marked(column, where, map_distinct(column.filter(where), rule))


def escape_column(column: pa.Array, escapes: Mapping[str, str]) -> pa.Array:
    """Replace each ASCII key of `escapes` by its value, in their order."""
    data = _data_bytes(column)
    for odd, shown in escapes.items():
        if odd.encode() in data:
            column = pc.replace_substring(column, odd, shown)
    return column


def map_column(column: pa.Array, plain: str, rule: Callable[[str], str]) -> tuple[pa.Array, "pa.Array | None"]:
    """Apply `rule` to texts that do not match the pattern `plain`; return also their mask (None if empty)."""
    is_plain = pc.match_substring_regex(column, plain)
    if pc.all(is_plain).as_py():
        return column, None
    odd = pc.invert(is_plain)
    return replace_marked(column, odd, map_distinct(column.filter(odd), rule)), odd


def map_distinct(column: pa.Array, rule: Callable[[str], str | None]) -> pa.Array:
    """Apply `rule` once to each distinct text; None becomes null."""
    coded = column.dictionary_encode()
    return pa.array([rule(text) for text in to_texts(coded.dictionary)], pa.string()).take(coded.indices)


def mark_differences(left: pa.Array, right: pa.Array) -> "pa.Array | None":
    """Return a mask of the rows in which two columns differ; None if they are the same column."""
    return None if left is right else pc.not_equal(left, right)


def combine_masks(left: "pa.Array | None", right: "pa.Array | None") -> "pa.Array | None":
    """Return the union of two masks; None is an empty mask."""
    return left if right is None else right if left is None else pc.or_(left, right)


def to_texts(column: pa.Array) -> list[str]:
    """Return the texts as Python strings, much faster than `to_pylist`."""
    texts: list[str] = column.to_numpy(zero_copy_only=False).tolist()
    return texts


def replace_marked(column: pa.Array, where: pa.Array, texts: pa.Array) -> pa.Array:
    """Replace the marked rows by `texts`, in their order."""
    return pc.replace_with_mask(column, where, texts) if len(texts) else column


def blanks_to_nulls(column: pa.Array) -> pa.Array:
    """Return the texts with null for empty ones, without copying them."""
    _, offsets, data = column.buffers()
    bitmap = pa.py_buffer(np.packbits(_byte_lengths(column) > 0, bitorder="little"))
    return pa.Array.from_buffers(pa.string(), len(column), [bitmap, offsets, data])


def join_pieces(pieces: Sequence[Piece], separator: str = "") -> Piece:
    """Join the pieces of each row; returns one text if no piece is a column. Nulls are left out."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] = f"{merged[-1]}{separator}{piece}"
        else:
            merged.append(piece)
    if len(merged) < 2:
        return merged[0] if merged else ""
    return pc.binary_join_element_wise(*merged, separator, null_handling="replace", null_replacement="")


def _data_bytes(column: pa.Array) -> bytes:
    data = column.buffers()[2]
    return b"" if data is None else data.slice(0, _data_span(column)).to_pybytes()


def _byte_lengths(column: pa.Array) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    """Return the number of bytes of each text."""
    offsets = np.frombuffer(column.buffers()[1], np.int32, len(column) + 1)
    return offsets[1:] - offsets[:-1]


def _data_span(column: pa.Array) -> int:
    offsets = memoryview(column.buffers()[1]).cast("i")
    return int(offsets[len(column)])
