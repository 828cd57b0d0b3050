"""Read a contacts export from disk in blocks of whole records, with constant memory.

A block ends at a line end outside of quotes, where the number of quotes so far is even (a doubled quote counts twice).
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mentorsync_pipeline.contacts.rules.export_columns import ExportError, Header, read_header
from mentorsync_pipeline.contacts.rules.foreign_files import recognise_foreign_file, remove_byte_order_marks
from mentorsync_pipeline.domain.clean_text import clean_line

if TYPE_CHECKING:
    import numpy as np

BLOCK_BYTES = 1 << 21
# Blocks double in size up to the full size, so that the first rows are sent early.
_FIRST_BYTES = 256 << 10
# Longer than any record, so that a quote that is never closed does not load the whole file into memory.
RECORD_LIMIT = 4 << 20
# Longer than any header with the allowed number of columns.
HEADER_LIMIT = 256 << 10
# Line ends that are checked one by one from the end of a block, before all of them are checked at once.
_LAST_LINES = 100
_QUOTE, _LINE_END = ord('"'), ord("\n")
# Bits of a word.
_WORD = 64
_HEADER = re.compile(rb'^[", ]*Givebutter Contact ID[" ]*,', re.IGNORECASE | re.MULTILINE)
_EXPORT_AGAIN = "Download the export from Givebutter again and upload it as it is."


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records of the file as bytes. `first_line` counts from 1; `last` is the last block."""

    data: bytes
    first_line: int
    last: bool = False


class ExportFile:
    """An export on disk. Iterate over `blocks` once; then `sha256` is the hash of the whole file.

    Times later than `now` are ignored for the age of the export. Raises ExportError when the file cannot be read, is
    empty, or is not a contacts export.
    """

    def __init__(self, path: Path, *, now: datetime | None = None, block_bytes: int = BLOCK_BYTES) -> None:
        # For messages and the database: a file name may have bytes that are no text, and control characters.
        self.name = clean_line(path.name) or "The file"
        self.now = now
        self._path = path
        self._block_bytes = block_bytes
        self._hash = hashlib.sha256()
        try:
            with path.open("rb") as stream:
                head = stream.read(HEADER_LIMIT + 1)
        except OSError as error:
            raise self._unreadable(error) from None
        self._header_bytes = self._header_in(head)
        self._refuse_lines_above_header(head)
        self.header: Header = read_header(self._header_cells(), file_name=self.name)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the file in hexadecimal."""
        return self._hash.hexdigest()

    def blocks(self) -> Iterator[Block]:
        """Yield the records after the header. Raises ExportError when the file ends inside a record or disappears."""
        self._hash = hashlib.sha256()
        pending: Block | None = None
        try:
            with self._path.open("rb") as stream:
                for block in self._records(stream):
                    if pending is None:
                        data = block.data[len(self._header_bytes) :]
                        pending = Block(data, 1 + self._header_bytes.count(b"\n"))
                    elif block.data:
                        yield pending
                        pending = block
        except OSError as error:
            raise self._unreadable(error) from None
        if pending is not None:
            yield replace(pending, last=True)

    def error(self, code: str, reason: str, *, line: int | None = None, what_to_do: str = _EXPORT_AGAIN) -> ExportError:
        """Build an error about this file or one of its lines."""
        place = self.name if line is None else f"{self.name}, line {line}"
        return ExportError(f"{place}: {reason}.", what_to_do, code=code)

    def _unreadable(self, error: OSError) -> ExportError:
        return ExportError(
            f"{self.name} cannot be read ({error.strerror}).", "Check the path.", code="EXPORT_UNREADABLE"
        )

    def _records(self, stream: BinaryIO) -> Iterator[Block]:
        start, line, rest = True, 1, b""
        size = _FIRST_BYTES
        while True:
            read = stream.read(min(size, self._block_bytes))
            size *= 2
            self._hash.update(read)
            if start:
                start, read = False, remove_byte_order_marks(read)
            if not read:
                break
            data = rest + read
            end = _find_record_end(data)
            rest = data[end:]
            if len(rest) > RECORD_LIMIT:
                raise self._too_long(rest, line + data[:end].count(b"\n"))
            if end:
                yield Block(data[:end], line)
                line += _count_bytes(data, "\n", end)
        if rest.count(b'"') % 2:
            raise self.error(
                "EXPORT_TRUNCATED", "the file ends inside a quoted cell, so the file is incomplete", line=line
            )
        if rest.strip() and self._header_ends_quoted(rest):
            raise self.error("EXPORT_TRUNCATED", "the file ends inside a record, so the file is incomplete", line=line)
        yield Block(rest, line)

    def _too_long(self, record: bytes, line: int) -> ExportError:
        if record.count(b'"') % 2:
            return self.error(
                "EXPORT_TRUNCATED",
                f"a quotation mark is never closed, or the cell is longer than {RECORD_LIMIT >> 20} MB",
                line=line,
            )
        return self.error("EXPORT_RECORD", f"the record is longer than {RECORD_LIMIT >> 20} MB", line=line)

    def _header_in(self, head: bytes) -> bytes:
        """Return the header's bytes without a byte order mark. Raises ExportError for another kind of file."""
        foreign = recognise_foreign_file(head)
        if foreign is not None:
            raise ExportError(
                f"{self.name} is not a contacts export: it is {foreign.description}.",
                foreign.what_to_do,
                code=foreign.code,
            )
        data = remove_byte_order_marks(head)
        if not data.strip():
            raise ExportError(f"{self.name} is empty.", _EXPORT_AGAIN, code="EXPORT_EMPTY")
        header = _find_first_record(data)
        if header is None and b"\n" not in data and b"\r" in data:
            raise self._line_ends()
        if header is None and len(head) > HEADER_LIMIT:
            raise self.error("EXPORT_HEADER", f"the header is longer than {HEADER_LIMIT >> 10} kB", line=1)
        if header is None and data.count(b'"') % 2:
            raise self.error(
                "EXPORT_TRUNCATED", "the file ends inside a quoted cell, so the file is incomplete", line=1
            )
        return data if header is None else header

    def _refuse_lines_above_header(self, head: bytes) -> None:
        text = remove_byte_order_marks(head).removeprefix(self._header_bytes)
        first_lines = b"".join(text.splitlines(keepends=True)[:9])
        if not _HEADER.search(self._header_bytes) and _HEADER.search(first_lines):
            raise self.error(
                "EXPORT_WRONG_FILE",
                "the names of the columns are not in the first line: other lines are above them (added by a "
                "spreadsheet?)",
                line=1,
            )

    def _header_ends_quoted(self, rest: bytes) -> bool:
        """Return whether the header quotes all cells and the last record does not end with a quote."""
        return self._header_bytes.rstrip().endswith(b'"') and not rest.rstrip().endswith(b'"')

    def _header_cells(self) -> list[str]:
        try:
            text = self._header_bytes.decode()
            rows = list(csv.reader(StringIO(text, newline=""), strict=True))
        except UnicodeDecodeError:
            raise self.error("EXPORT_ENCODING", "the text is not UTF-8", line=1) from None
        except csv.Error:
            raise self.error("EXPORT_HEADER", "the header is not valid CSV", line=1) from None
        if len(rows) > 1:
            raise self._line_ends()
        return rows[0] if rows else []

    def _line_ends(self) -> ExportError:
        return self.error("EXPORT_LINE_ENDS", "its lines end with CR alone, as in files of old Mac programs", line=1)


def refuse_inner_quotes(file: ExportFile, block: Block) -> None:
    """Raise ExportError, with the line, for a quotation mark inside a cell that is not doubled.

    Programs disagree about where such a cell ends.
    """
    place = _find_inner_quote(block.data)
    if place is not None:
        raise file.error(
            "EXPORT_QUOTES",
            "a quotation mark inside a cell is not doubled, so that the end of the cell is unclear",
            line=block.first_line + block.data.count(b"\n", 0, place),
        )


def _find_inner_quote(data: bytes) -> int | None:
    """Return the position of the first quote inside a cell that is not doubled; None if there is none.

    An opening quote follows, and a closing quote precedes, a comma, a line end or another quote. Which quotes are
    opening ones is found for 64 bytes at once, with a bit for each byte.
    """
    import numpy as np  # noqa: PLC0415

    codes = np.frombuffer(data, np.uint8)
    is_quote = codes == _QUOTE
    quotes = _pack_bits(is_quote)
    neighbours = _pack_bits(is_quote | (codes == ord(",")) | (codes == _LINE_END) | (codes == ord("\r")))
    neighbours[len(data) // _WORD] |= np.uint64(1 << len(data) % _WORD)  # the end of the data
    # Bits of opening quotes and of bytes inside of quotes: the number of quotes so far is odd.
    inside = quotes.copy()
    for shift in (1, 2, 4, 8, 16, 32):
        inside ^= inside << shift
    is_odd = inside >> (_WORD - 1)
    inside ^= -(np.bitwise_xor.accumulate(is_odd) ^ is_odd)
    before, after = neighbours << 1, neighbours >> 1
    before[0] |= 1
    before[1:] |= neighbours[:-1] >> (_WORD - 1)
    after[:-1] |= neighbours[1:] << (_WORD - 1)
    inner = quotes & ~((inside & before) | (~inside & after))
    words = np.flatnonzero(inner)
    if not len(words):
        return None
    word = int(inner[words[0]])
    return int(words[0]) * _WORD + (word & -word).bit_length() - 1


def _pack_bits(mask: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    """Return a mask as bits in words, the lowest bit first, with at least one more bit than the mask."""
    import numpy as np  # noqa: PLC0415

    packed = np.packbits(mask, bitorder="little")
    padded = np.zeros((len(mask) // _WORD + 1) * (_WORD // 8), np.uint8)
    padded[: len(packed)] = packed
    return padded.view("<u8")


def _find_record_end(data: bytes) -> int:
    """Return the end of the last whole record: after the last line end outside of quotes; 0 if there is none.

    `data` starts at a record.
    """
    end = len(data)
    open_quote = _count_bytes(data, '"', end) % 2 == 1
    for _ in range(_LAST_LINES):
        line_end = data.rfind(b"\n", 0, end)
        if line_end < 0:
            return 0
        open_quote ^= data.count(b'"', line_end, end) % 2 == 1
        if not open_quote:
            return line_end + 1
        end = line_end
    ends = _find_record_ends(data[:end])
    return int(ends[-1]) + 1 if len(ends) else 0


def _find_record_ends(data: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the positions of all line ends outside of quotes."""
    import numpy as np  # noqa: PLC0415

    codes = np.frombuffer(data, np.uint8)
    line_ends = np.flatnonzero(codes == _LINE_END)
    before = np.searchsorted(np.flatnonzero(codes == _QUOTE), line_ends)
    outside: np.ndarray[tuple[int], np.dtype[np.int64]] = line_ends[before % 2 == 0]
    return outside


def _count_bytes(data: bytes, char: str, end: int) -> int:
    """Count a byte, several times faster than `bytes.count` for frequent bytes."""
    import numpy as np  # noqa: PLC0415

    return int(np.count_nonzero(np.frombuffer(data, np.uint8, end) == ord(char)))


def _find_first_record(data: bytes) -> bytes | None:
    """Return the first record with its line end; None if it does not end in `data`."""
    ends = _find_record_ends(data)
    return data[: int(ends[0]) + 1] if len(ends) else None
