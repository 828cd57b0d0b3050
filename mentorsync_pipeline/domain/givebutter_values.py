"""Format values for cells of Givebutter's import file, and parse values of its exports.

Source: reference/givebutter.md, "Contacts IMPORT"; rulebook section 9 for texts that a spreadsheet would run as a
formula.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.label_matching import match_option
from mentorsync_pipeline.domain.phones import is_us_phone

YES, NO = "Yes", "No"
MAX_TEXT = 255
MAX_TAG = 64
MAX_PREFIX = 10  # the real limit is unpublished; a title is shorter, a nickname put here is not
_TRUE = frozenset({"yes", "true", "1"})
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_IMPORT_DATE = re.compile(r"\d{2}/\d{2}/\d{4}|\d{4}-\d{2}-\d{2}", re.ASCII)
# Some spreadsheets take the minus sign as well, and programs that write Windows-1252 replace the hyphen by `-`.
_FORMULA_STARTS = frozenset("=+-@\u2212\u2010")
# Double quotes of any script: some programs drop them. An apostrophe already neutralises a formula.
_QUOTES = frozenset('"“”„‟«»＂`')
# Letters and symbols that print as blanks: Hangul fillers and the blank Braille pattern.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# The value of a text field for which a checkbox in Givebutter is ticked.
_TICKED_BY = {"status": "complete"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_DIGITS_OF_MN_ID = re.compile(r"mn\s*0*(\d+)", re.ASCII | re.IGNORECASE)


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet could run the text: its first visible character is `=`, `+`, `-` or `@`.

    Full-width, small and raised forms of the four count too. White space, control characters, zero-width, direction and
    combining marks, blanks and double quotes at the start are ignored, because some programs drop them.
    """
    if text[:1].isascii() and text[:1].isalnum():
        return False
    first = next((character for character in text if not _is_ignored(character)), "")
    return unicodedata.normalize("NFKC", first)[:1] in _FORMULA_STARTS  # `⩵` is `==`


def _is_ignored(character: str) -> bool:
    """Return whether programs may drop the character at the start of a cell: categories C, Z and M."""
    return unicodedata.category(character)[0] in "CZM" or character in _QUOTES or character in _BLANKS


def neutralise_formula(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula."""
    return f"'{text}" if is_formula(text) else text


def format_yes_no(value: bool) -> str:
    """Format a checkbox or a subscription status."""
    return YES if value else NO


def is_yes(text: str | None) -> bool:
    """Return whether a checkbox of an export is ticked. A blank one is not."""
    return (text or "").strip().casefold() in _TRUE


def parse_date(text: str | None) -> date | None:
    """Parse a date as M/D/YYYY or YYYY-MM-DD, with or without a time. None for other texts."""
    words = (text or "").split()
    day = words[0].partition("T")[0] if words else ""
    american = _US_DATE.fullmatch(day)
    try:
        if american:
            month, day_of_month, year = map(int, american.groups())
            return date(year, month, day_of_month)
        return date.fromisoformat(day) if _ISO_DATE.fullmatch(day) else None
    except ValueError:
        return None


def is_import_date(text: str) -> bool:
    """Return whether Givebutter's import accepts a date: MM/DD/YYYY or YYYY-MM-DD, and a day that exists."""
    return _IMPORT_DATE.fullmatch(text) is not None and parse_date(text) is not None


def is_importable_phone(phone: str) -> bool:
    """Return whether Givebutter's import accepts a number (E.164). It rejects numbers of other countries.

    Whether it accepts numbers of Canada and the Caribbean, which share the code +1, is unknown; they are not sent.
    """
    return is_us_phone(phone)


def is_number(text: str) -> bool:
    """Return whether Givebutter's import accepts the text for a number field."""
    return _NUMBER.fullmatch(text) is not None


def join_values(values: Iterable[str]) -> str | None:
    """Join values for one cell; None when there are none."""
    return ", ".join(values) or None


def format_cell(config: CampaignConfig, field: str, value: Any) -> str | None:
    """Format a field of `mentors` for a cell, with formulas neutralised; None for a blank cell."""
    text = format_field(config, field, value)
    return None if text is None else neutralise_formula(text)


def format_field(config: CampaignConfig, field: str, value: Any) -> str | None:
    """Format a field of `mentors` for a cell, without neutralising formulas; None for a blank cell."""
    if value is None:
        return None
    field_type = config.custom_field_types.get(field)
    if field_type == "checkbox" and not isinstance(value, bool):
        return format_yes_no(value == _TICKED_BY.get(field) or is_yes(str(value)))
    if field_type == "number" and isinstance(value, str):
        return _format_number(value)
    if isinstance(value, bool):
        return format_yes_no(value)
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return match_option(config, field, str(value))


def _format_number(text: str) -> str:
    """Return the number of an MN id (123 of `MN0123`). Other texts are returned unchanged."""
    mn_id = _DIGITS_OF_MN_ID.fullmatch(text.strip())
    return mn_id[1] if mn_id else text
