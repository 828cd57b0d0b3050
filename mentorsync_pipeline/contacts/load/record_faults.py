"""Find the lines of records and of faults in a block of an export."""

import csv
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from mentorsync_pipeline.contacts.load.export_file import RECORD_LIMIT, Block, ExportFile
from mentorsync_pipeline.contacts.rules.export_columns import ExportError

# A cell may be as long as a record.
csv.field_size_limit(max(csv.field_size_limit(), RECORD_LIMIT))


def find_line(file: ExportFile, block: Block, row: int) -> int:
    """Return the first line of a block's record; rows count from 0."""
    return next(islice(_find_lines(file, block), row, None))


def find_record_error(file: ExportFile, block: Block) -> ExportError:
    """Return the error of the first record that is cut off, has too few or too many cells, or is not UTF-8."""
    try:
        list(_find_lines(file, block))
    except ExportError as error:
        return error
    return file.error("EXPORT_RECORD", "a record is not valid CSV", line=block.first_line)


def _find_lines(file: ExportFile, block: Block) -> Iterator[int]:
    """Yield the first line of each record."""
    width = len(file.header.columns)
    reader = csv.reader(StringIO(_decode(file, block), newline=""), strict=True)
    line = block.first_line
    try:
        for cells in reader:
            begins, line = line, block.first_line + reader.line_num
            if not cells:
                continue
            if len(cells) != width:
                raise _width_error(file, block, begins, len(cells), reader.line_num)
            yield begins
    except csv.Error:
        raise file.error("EXPORT_RECORD", "the record is not valid CSV", line=line) from None


def _width_error(file: ExportFile, block: Block, line: int, cell_count: int, lines_read: int) -> ExportError:
    width = len(file.header.columns)
    reason = f"the record has {cell_count} cells and the header {width}"
    if cell_count < width and block.last and lines_read >= block.data.rstrip().count(b"\n") + 1:
        return file.error(
            "EXPORT_TRUNCATED", f"{reason}, and the file ends there, so the file is incomplete", line=line
        )
    return file.error("EXPORT_RECORD", reason, line=line)


def _decode(file: ExportFile, block: Block) -> str:
    """Decode a block. Lone surrogates, which some programs write, are dropped later with a warning."""
    try:
        return block.data.decode(errors="surrogatepass")
    except UnicodeDecodeError as error:
        line = block.first_line + block.data.count(b"\n", 0, error.start)
        raise file.error("EXPORT_ENCODING", "the text is not UTF-8", line=line) from None
