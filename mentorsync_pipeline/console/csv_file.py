"""Stream a list as a CSV file for spreadsheets.

The file starts with a byte order mark, which Excel needs to detect UTF-8. Texts that a spreadsheet would run as a
formula are prefixed with an apostrophe, because names and answers come from a public form.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.responses import StreamingResponse

from mentorsync_pipeline.console.listing import Column
from mentorsync_pipeline.console.rendering import format_page_value, words
from mentorsync_pipeline.console.services import Services
from mentorsync_pipeline.db.paging import Listing, Order, stream_rows
from mentorsync_pipeline.domain.givebutter_values import neutralise_formula

_MARK = "\ufeff"
_ROWS_AT_A_TIME = 200
# Phones are exempt: they are checked, and begin with a plus.
_PHONE = re.compile(r"\+\d{6,15}", re.ASCII)


def csv_file(
    services: Services, listed: Listing, order: Order, columns: Sequence[Column], *, name: str
) -> StreamingResponse:
    """Return the whole list as a download named `name`."""
    return StreamingResponse(
        _lines(services, listed, order, columns),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(services: Services, listed: Listing, order: Order, columns: Sequence[Column]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(_MARK)
    writer.writerow(words().gettext(column.label) for column in columns)
    with services.reading() as conn:
        for number, row in enumerate(stream_rows(conn, listed, order), start=1):
            writer.writerow(_cell(row, column) for column in columns)
            if number % _ROWS_AT_A_TIME == 0:
                yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _cell(row: Mapping[str, Any], column: Column) -> str:
    """Format a value for a spreadsheet; times are in UTC."""
    value = row[column.name]
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if column.kind in {"number", "money"}:
        return str(value)
    text = format_page_value(value) if isinstance(value, (bool, list, tuple, dict)) else str(value)
    return text if _PHONE.fullmatch(text) else neutralise_formula(text)
