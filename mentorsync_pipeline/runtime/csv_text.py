"""Write a list as CSV text for spreadsheets.

The text starts with a byte order mark, which Excel needs to detect UTF-8. Times are in the team's time zone. Texts that
a spreadsheet would run as a formula are prefixed with an apostrophe, because names and answers come from a public form.
Where spreadsheets separate cells by semicolons or tabs, a text with one continues in the next cell, so the rest is
treated like a text of its own.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from mentorsync_pipeline.domain.givebutter_values import neutralise_formula
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.runtime.formatting import format_value

_MARK = "\ufeff"
_ROWS_AT_A_TIME = 200
# Phones are exempt: they are checked, and begin with a plus.
_PHONE = re.compile(r"\+\d{6,15}", re.ASCII)
# A text behind a separator of other countries or a line end, except an item of a list and a number.
_NEXT_CELL = re.compile(r"(?<=[;\t\r\n])(?! *(?:- [^|(;\t\r\n]*|[+-]?[\d .()-]+)(?:[;\t\r\n]|$))[^;\t\r\n]+", re.ASCII)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the text of a file in parts, so that memory does not grow with the list."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(_MARK)
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow(_format_cell(value) for value in row)
        if number % _ROWS_AT_A_TIME == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _format_cell(value: Any) -> str:
    if value is None or value in ("", [], (), {}):
        return ""
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return str(value)
    text = format_value(value, moment=_moment, name=lambda key: key.replace("_", " "))
    if _PHONE.fullmatch(text):
        return text
    return neutralise_formula(_NEXT_CELL.sub(lambda rest: neutralise_formula(rest[0]), text))


def _moment(value: datetime) -> str:
    return f"{value.astimezone(TEAM_ZONE):%Y-%m-%d %H:%M:%S}"
