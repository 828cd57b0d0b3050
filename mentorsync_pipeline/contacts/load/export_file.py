"""Read a contacts export from disk in blocks of whole records, so that memory stays flat however many rows it has.

A block ends at a line end outside of quotes: where the number of quotes so far is even (a doubled quote counts twice).
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mentorsync_pipeline.contacts.rules.export_columns import ExportError, Header, read_header

BLOCK_BYTES = 1 << 20
# Blocks grow to their full size, each twice the one before it, so that the first rows are on their way at once.
_FIRST_BYTES = 256 << 10
# No record is this long; a quote that is never closed would otherwise pull the whole file into memory.
RECORD_LIMIT = 32 << 20
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_EXPORT_AGAIN = "Download the export from Givebutter again and upload it as it is."


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records of the file as bytes; `first_line` counts from 1, `last` when nothing follows."""

    data: bytes
    first_line: int
    last: bool = False


class ExportFile:
    """An export on disk. Iterate over `blocks` once; then `sha256` is the hash of the whole file.

    Opening it raises ExportError when it cannot be read, is empty, or is no contacts export.
    """

    def __init__(self, path: Path, *, block_bytes: int = BLOCK_BYTES) -> None:
        self.name = path.name
        self._path = path
        self._block_bytes = block_bytes
        self._hash = hashlib.sha256()
        try:
            with path.open("rb") as stream:
                first = next(self._records(stream), None)
        except OSError as error:
            raise ExportError(
                f"{self.name} cannot be read ({error.strerror}).", "Check the path.", code="EXPORT_UNREADABLE"
            ) from None
        if first is None or not first.data.strip():
            raise ExportError(f"{self.name} is empty.", _EXPORT_AGAIN, code="EXPORT_EMPTY")
        self._header_bytes = _first_record(first.data)
        self.header: Header = read_header(self._header_cells(), file_name=self.name)

    @property
    def sha256(self) -> str:
        """The hash of the file, in hexadecimal."""
        return self._hash.hexdigest()

    def blocks(self) -> Iterator[Block]:
        """The records after the header. Raises ExportError when the file ends in the middle of one."""
        self._hash = hashlib.sha256()
        held: Block | None = None
        with self._path.open("rb") as stream:
            for block in self._records(stream):
                if held is None:
                    data = block.data[len(self._header_bytes) :]
                    held = Block(data, 1 + self._header_bytes.count(b"\n"))
                elif block.data:
                    yield held
                    held = block
        if held is not None:
            yield replace(held, last=True)

    def error(self, code: str, what: str, *, line: int | None = None, what_to_do: str = _EXPORT_AGAIN) -> ExportError:
        """An error about this file, or about one of its lines."""
        where = self.name if line is None else f"{self.name}, line {line}"
        return ExportError(f"{where}: {what}.", what_to_do, code=code)

    def _records(self, stream: BinaryIO) -> Iterator[Block]:
        start, line, rest = True, 1, b""
        size = _FIRST_BYTES
        while True:
            read = stream.read(min(size, self._block_bytes))
            size *= 2
            self._hash.update(read)
            if start:
                start, read = False, self._without_mark(read)
            if not read:
                break
            data = rest + read
            end = _record_end(data)
            rest = data[end:]
            if len(rest) > RECORD_LIMIT:
                raise self.error(
                    "EXPORT_TRUNCATED", "a quotation mark is never closed", line=line + data[:end].count(b"\n")
                )
            if end:
                yield Block(data[:end], line)
                line += _count(data, "\n", end)
        if rest.count(b'"') % 2:
            raise self.error("EXPORT_TRUNCATED", "the file ends inside a quoted cell, so it is not complete", line=line)
        if rest.strip() and self._header_ends_quoted(rest):
            raise self.error("EXPORT_TRUNCATED", "the file ends inside a record, so it is not complete", line=line)
        yield Block(rest, line)

    def _without_mark(self, data: bytes) -> bytes:
        if data.startswith(_UTF16):
            raise self.error(
                "EXPORT_ENCODING", "the text is UTF-16, not UTF-8 (was it saved again by a spreadsheet?)", line=1
            )
        return data.removeprefix(_BOM)

    def _header_ends_quoted(self, rest: bytes) -> bool:
        """Whether every cell should be quoted, by the header, and the last record does not end with a quote."""
        header = getattr(self, "_header_bytes", rest)
        return header.rstrip().endswith(b'"') and not rest.rstrip().endswith(b'"')

    def _header_cells(self) -> list[str]:
        try:
            text = self._header_bytes.decode()
            return next(csv.reader(StringIO(text, newline=""), strict=True), [])
        except UnicodeDecodeError:
            raise self.error("EXPORT_ENCODING", "the text is not UTF-8", line=1) from None
        except csv.Error:
            raise self.error("EXPORT_HEADER", "the header is no row of a CSV file", line=1) from None


def _record_end(data: bytes) -> int:
    """Where the last whole record ends: behind the last line end that stands outside of quotes; 0 when there is none.

    `data` begins at a record.
    """
    end = len(data)
    open_quote = _count(data, '"', end) % 2 == 1
    while True:
        line_end = data.rfind(b"\n", 0, end)
        if line_end < 0:
            return 0
        open_quote ^= data.count(b'"', line_end, end) % 2 == 1
        if not open_quote:
            return line_end + 1
        end = line_end


def _count(data: bytes, char: str, end: int) -> int:
    """Several times faster than `bytes.count`, which is slow where so many are found."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8, end) == ord(char)))


def _first_record(data: bytes) -> bytes:
    end = 0
    while True:
        line_end = data.find(b"\n", end)
        if line_end < 0:
            return data
        end = line_end + 1
        if data.count(b'"', 0, end) % 2 == 0:
            return data[:end]
