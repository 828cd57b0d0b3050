"""Operations on whole text columns with Arrow.

Columns are `pa.string()` arrays in one chunk and without an offset.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

# The allocator of the C library keeps freed memory for the next block. Arrow's own allocator returns it to the system,
# and each new page costs time again.
pa.set_memory_pool(pa.system_memory_pool())


def read_columns(data: bytes, width: int) -> list[pa.Array]:
    """Split records into columns of cells.

    Raises pa.ArrowInvalid for text that is not UTF-8 and for a record of another width.
    """
    names = [str(place) for place in range(width)]
    table = csv.read_csv(
        pa.py_buffer(data),
        read_options=csv.ReadOptions(use_threads=False, column_names=names, block_size=len(data) + 1),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
            check_utf8=not data.isascii(),
        ),
    ).combine_chunks()
    return [column.chunk(0) for column in table.columns]


def is_uniform(column: pa.Array, texts: Sequence[str]) -> bool:
    """Return whether all rows have the same text and it is one of `texts`."""
    return column[0].as_py() in texts and bool(pc.all(pc.equal(column, column[0])).as_py())


def is_blank(column: pa.Array) -> bool:
    """Return whether all texts are empty."""
    return _end(column) == 0


def matches(column: pa.Array, pattern: str) -> pa.Array:
    """Return a mask of the texts that match a pattern as a whole."""
    return pc.match_substring_regex(column, f"^(?:{pattern})$")


def places(mask: pa.Array) -> list[int]:
    """Return the marked rows."""
    rows: list[int] = np.flatnonzero(mask).tolist()
    return rows


def to_texts(column: pa.Array) -> list[str]:
    """Return the texts as Python strings, much faster than `to_pylist`."""
    texts: list[str] = column.to_numpy(zero_copy_only=False).tolist()
    return texts


def map_distinct(column: pa.Array, rule: Callable[[str], str | None]) -> pa.Array:
    """Apply `rule` once to each distinct text; None becomes null, and null stays null."""
    coded = column.dictionary_encode()
    return to_column(map(rule, to_texts(coded.dictionary))).take(coded.indices)


def to_column(texts: Iterable[str | None]) -> pa.Array:
    """Return texts as a column."""
    return pa.array(texts, pa.string())


def replace_marked(column: pa.Array, where: pa.Array, texts: Sequence[str | None]) -> pa.Array:
    """Replace the marked rows by `texts`, in their order."""
    return pc.replace_with_mask(column, where, to_column(texts)) if texts else column


def join_columns(columns: Sequence[pa.Array | str], separator: str = "") -> pa.Array:
    """Join the texts of each row; nulls are left out."""
    return pc.binary_join_element_wise(*columns, separator, null_handling="skip")


def to_buffer(column: pa.Array) -> memoryview:
    """Return the bytes of all texts, one after the other."""
    return memoryview(column.buffers()[2])[: _end(column)]


def _end(column: pa.Array) -> int:
    """Return the number of bytes of all texts."""
    return memoryview(column.buffers()[1]).cast("i")[len(column)]
