"""Whole columns of text at once: the few Arrow idioms that the upload is made of.

Columns are `pa.string()` arrays in one piece, without nulls and without an offset.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Visible ASCII: "!" to "~".
_VISIBLE = ord("~") - ord("!") + 1
# Bytes that a text may have to be cleaned of: controls, and what begins a character beyond U+02FF or, with C2, a
# control, a hard space or a soft hyphen.
_CODES = np.arange(0x100)
_ODD_IN_LINE = np.isin(_CODES, [*range(0x20), 0x7F, 0xC2, *range(0xCC, 0x100)])
_ODD_IN_BLOCK = _ODD_IN_LINE & ~np.isin(_CODES, [*b"\t\n"])
_LINE_BLANKS = np.isin(_CODES, [*b" "])
_BLOCK_BLANKS = np.isin(_CODES, [*b" \t\n"])

# A part of every row's text: one text for all rows, or one for each.
Piece: TypeAlias = "str | pa.Array"


def is_blank(column: pa.Array) -> bool:
    """Whether every text is empty."""
    data = column.buffers()[2]
    return data is None or _span(column) == 0


def holds(column: pa.Array, part: str) -> bool:
    """Whether this part, all of it ASCII, is somewhere in the texts."""
    return part.encode() in _bytes(column)


def holds_match(column: pa.Array, pattern: str) -> bool:
    """Whether a text matches this pattern, which says itself where it begins and ends."""
    return not is_blank(column) and bool(pc.any(pc.match_substring_regex(column, pattern)).as_py())


def as_grid(column: pa.Array, width: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]] | None":
    """The bytes of the texts, a row for each, when all have so many; None otherwise."""
    if (_lengths(column) != width).any():
        return None
    return np.frombuffer(column.buffers()[2], np.uint8, width * len(column)).reshape(len(column), width)


def cleaned(column: pa.Array, rule: Callable[[str], str], *, lines: bool) -> pa.Array:
    """Send every text through `rule` that it may change; the same column when there are none.

    `rule` is `clean_line`, or with `lines` `clean_block`, of `domain.clean_text`. The bytes of a text show whether it
    is plain: ASCII and Western letters with single inner spaces.
    """
    if is_blank(column):
        return column
    data = np.frombuffer(column.buffers()[2], np.uint8, _span(column))
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
    return replaced(column, where, by_distinct(column.filter(where), rule))


def escaped(column: pa.Array, escapes: Mapping[str, str]) -> pa.Array:
    """Replace every key of `escapes`, all of them ASCII, by its value, one after the other in their order."""
    data = _bytes(column)
    for odd, shown in escapes.items():
        if odd.encode() in data:
            column = pc.replace_substring(column, odd, shown)
    return column


def mapped(column: pa.Array, plain: str, rule: Callable[[str], str]) -> tuple[pa.Array, "pa.Array | None"]:
    """Leave texts that match the pattern `plain` as they are, send the others through `rule`.

    Also says which the others are; None when there are none.
    """
    is_plain = pc.match_substring_regex(column, plain)
    if pc.all(is_plain).as_py():
        return column, None
    odd = pc.invert(is_plain)
    return replaced(column, odd, by_distinct(column.filter(odd), rule)), odd


def by_distinct(column: pa.Array, rule: Callable[[str], str | None]) -> pa.Array:
    """Send every distinct text through `rule` once; None becomes a null."""
    coded = column.dictionary_encode()
    return pa.array([rule(text) for text in texts_of(coded.dictionary)], pa.string()).take(coded.indices)


def differing(one: pa.Array, other: pa.Array) -> "pa.Array | None":
    """Where two columns differ; None when they are the same column."""
    return None if one is other else pc.not_equal(one, other)


def either(one: "pa.Array | None", other: "pa.Array | None") -> "pa.Array | None":
    """Where one of two masks marks a row; None marks none."""
    return one if other is None else other if one is None else pc.or_(one, other)


def texts_of(column: pa.Array) -> list[str]:
    """The texts as Python has them; much faster than `to_pylist`."""
    texts: list[str] = column.to_numpy(zero_copy_only=False).tolist()
    return texts


def replaced(column: pa.Array, where: pa.Array, texts: pa.Array) -> pa.Array:
    """Put `texts`, in their order, in the places that `where` marks."""
    return pc.replace_with_mask(column, where, texts) if len(texts) else column


def filled_only(column: pa.Array) -> pa.Array:
    """The same texts, with a null for each one that is empty; they are not copied."""
    _, offsets, data = column.buffers()
    bitmap = pa.py_buffer(np.packbits(_lengths(column) > 0, bitorder="little"))
    return pa.Array.from_buffers(pa.string(), len(column), [bitmap, offsets, data])


def joined(pieces: Sequence[Piece], separator: str = "") -> Piece:
    """The pieces of every row, one behind the other; one text for all rows when no piece is a column.

    A null counts as nothing.
    """
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] = f"{merged[-1]}{separator}{piece}"
        else:
            merged.append(piece)
    if len(merged) < 2:
        return merged[0] if merged else ""
    return pc.binary_join_element_wise(*merged, separator, null_handling="replace", null_replacement="")


def _bytes(column: pa.Array) -> bytes:
    data = column.buffers()[2]
    return b"" if data is None else data.slice(0, _span(column)).to_pybytes()


def _lengths(column: pa.Array) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    """How many bytes each text has."""
    offsets = np.frombuffer(column.buffers()[1], np.int32, len(column) + 1)
    return offsets[1:] - offsets[:-1]


def _span(column: pa.Array) -> int:
    offsets = memoryview(column.buffers()[1]).cast("i")
    return int(offsets[len(column)])
