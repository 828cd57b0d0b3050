"""How a value is written in a cell of Givebutter's import file, and read from one of its custom fields.

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

YES, NO = "Yes", "No"
MAX_TEXT = 255
MAX_TAG = 64
MAX_PREFIX = 10  # the real limit is unpublished; a title is shorter, a nickname put here is not
_TRUE = frozenset({"yes", "true", "1"})
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_IMPORT_DATE = re.compile(r"\d{2}/\d{2}/\d{4}|\d{4}-\d{2}-\d{2}", re.ASCII)
_FORMULA_STARTS = frozenset("=+-@\u2212")  # some spreadsheets take the minus sign as well
# Double quotes of any script: a program that reads the file carelessly drops them. An apostrophe is what
# `neutralised` puts in front, so a text behind one is safe already.
_QUOTES = frozenset('"“”„‟«»＂`')
# Letters and symbols without a shape of their own: Hangul fillers and the blank Braille pattern.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_US_CODE = "+1"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula: its first visible character is `=`, `+`, `-` or `@`.

    Full-width, small and raised forms of the four count as well. White space, control characters, zero-width,
    direction and combining marks, blanks and double quotes in front are passed over: programs drop some of them when
    they read the file.
    """
    first = next((character for character in text if not _is_passed_over(character)), "")
    return unicodedata.normalize("NFKC", first) in _FORMULA_STARTS


def _is_passed_over(character: str) -> bool:
    """Whether the character may vanish from the front of a cell: categories C (other), Z (separator), M (mark)."""
    return unicodedata.category(character)[0] in "CZM" or character in _QUOTES or character in _BLANKS


def neutralised(text: str) -> str:
    """The text with an apostrophe in front if a spreadsheet would take it for a formula; other texts unchanged."""
    return f"'{text}" if is_formula(text) else text


def yes_no(value: bool) -> str:
    """A checkbox or a subscription status."""
    return YES if value else NO


def is_yes(text: str | None) -> bool:
    """Whether a checkbox of an export is ticked; blank is not."""
    return (text or "").strip().casefold() in _TRUE


def parse_date(text: str | None) -> date | None:
    """A date as M/D/YYYY or YYYY-MM-DD, with or without a time behind it; None when it is neither."""
    words = (text or "").split()
    day = words[0].partition("T")[0] if words else ""
    american = _US_DATE.fullmatch(day)
    try:
        if american:
            month, day_of_month, year = map(int, american.groups())
            return date(year, month, day_of_month)
        return date.fromisoformat(day) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) else None
    except ValueError:
        return None


def is_import_date(text: str) -> bool:
    """Whether Givebutter's import takes the date: MM/DD/YYYY or YYYY-MM-DD, and a day that exists."""
    return _IMPORT_DATE.fullmatch(text) is not None and parse_date(text) is not None


def is_importable_phone(phone: str) -> bool:
    """Whether Givebutter's import takes the number (E.164): it rejects those of other countries."""
    return phone.startswith(_US_CODE)


def listed(values: Iterable[str]) -> str | None:
    """Several values in one cell; None when there are none."""
    return ", ".join(values) or None


def option(config: CampaignConfig, field: str, text: str | None) -> str | None:
    """A select's value in the spelling of its options, which must match exactly; other texts unchanged."""
    if text is None:
        return None
    wanted = text.strip().casefold()
    return next((known for known in config.custom_field_options.get(field, ()) if known.casefold() == wanted), text)


def sent(config: CampaignConfig, field: str, value: Any) -> str | None:
    """What goes into the cell of a field of `mentors`, safe in a spreadsheet; None for a blank cell."""
    text = cell_text(config, field, value)
    return None if text is None else neutralised(text)


def cell_text(config: CampaignConfig, field: str, value: Any) -> str | None:
    """The value of a field of `mentors` as a cell writes it, before formulas are neutralised; None for none."""
    if value is None:
        return None
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return option(config, field, str(value))
