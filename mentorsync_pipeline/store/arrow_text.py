"""Whole columns of text at once: the few Arrow idioms that the upload is made of.

What the texts mean does not belong here; see `store.contacts_vector`. Columns are `pa.string()` arrays in one piece,
without nulls and without an offset.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# A part of every row's text: one text for all rows, or one for each.
Piece: TypeAlias = "str | pa.Array"


def is_blank(column: pa.Array) -> bool:
    """Whether every text is empty."""
    data = column.buffers()[2]
    return data is None or _span(column) == 0


def has_any(column: pa.Array, found: Iterable[bytes]) -> bool:
    """Whether any of these bytes occurs in any text; cheap, as it looks at the column's bytes as a whole."""
    data = _bytes(column)
    return any(byte in data for byte in found)


def has_control(column: pa.Array) -> bool:
    """Whether any text holds a control character (a line end or a tab, for example)."""
    return bool(np.frombuffer(_bytes(column), np.uint8).min(initial=255) < ord(" "))


def mapped(column: pa.Array, plain: str, rule: Callable[[str], str], *, suffix: str = "") -> pa.Array:
    """Leave texts that match the pattern `plain` as they are (with `suffix`), send the others through `rule`."""
    is_plain = pc.match_substring_regex(column, plain)
    kept = pc.binary_join_element_wise(column, suffix, "") if suffix else column
    if pc.all(is_plain).as_py():
        return kept
    return replaced(kept, pc.invert(is_plain), [rule(text) for text in texts_of(column.filter(pc.invert(is_plain)))])


def each_odd(column: pa.Array, odd: str, rule: Callable[[str], str]) -> pa.Array:
    """Send the texts in which the pattern `odd` is found through `rule`, leave the others as they are."""
    is_odd = pc.match_substring_regex(column, odd)
    return replaced(column, is_odd, [rule(text) for text in texts_of(column.filter(is_odd))])


def by_distinct(column: pa.Array, rule: Callable[[str], str], plain: str | None = None) -> pa.Array:
    """Send every distinct text through `rule` once, but for those that match `plain`: for columns with few of them."""
    coded = column.dictionary_encode()
    if plain is None:
        texts = pa.array([rule(text) for text in texts_of(coded.dictionary)], pa.string())
    else:
        texts = mapped(coded.dictionary, plain, rule)
    return texts.take(coded.indices)


def texts_of(column: pa.Array) -> list[str]:
    """The texts as Python has them; much faster than `to_pylist`."""
    texts: list[str] = column.to_numpy(zero_copy_only=False).tolist()
    return texts


def replaced(column: pa.Array, where: pa.Array, texts: Sequence[str]) -> pa.Array:
    """Put `texts`, in their order, in the places that `where` marks."""
    return pc.replace_with_mask(column, where, pa.array(texts, pa.string())) if texts else column


def filled_only(column: pa.Array, filled: pa.Array) -> pa.Array:
    """The same texts with a null where `filled` is false; nothing is copied."""
    _, offsets, data = column.buffers()
    return pa.Array.from_buffers(pa.string(), len(column), [filled.buffers()[1], offsets, data])


def joined(pieces: Sequence[Piece], separator: str = "") -> pa.Array:
    """The pieces of every row, one behind the other; at least one of them is a column. A null counts as nothing."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] = f"{merged[-1]}{separator}{piece}"
        else:
            merged.append(piece)
    return pc.binary_join_element_wise(*merged, separator, null_handling="replace", null_replacement="")


def _bytes(column: pa.Array) -> bytes:
    data = column.buffers()[2]
    return b"" if data is None else data.slice(0, _span(column)).to_pybytes()


def _span(column: pa.Array) -> int:
    offsets = memoryview(column.buffers()[1]).cast("i")
    return int(offsets[len(column)])
