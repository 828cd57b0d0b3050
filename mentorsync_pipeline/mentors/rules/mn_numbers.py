"""Read the numbers of MN ids that people typed into forms."""

import re
import unicodedata
from functools import lru_cache

from mentorsync_pipeline.domain.clean_text import clean_line

_SIGNS = re.compile(r"[\s\-_#.:]")
_MN_NUMBER = re.compile(r"(?:MN)?([0-9]{1,9})")
# `1,003` and `1003.0`, as spreadsheets write the number of an MN id.
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_DECIMALS = re.compile(r"\.0+$")
_ID_IN_TEXT = re.compile(r"\bMN[\s#-]*([0-9]{3,9})\b", re.IGNORECASE)
# Larger than a year's number of typed ids.
_CACHE_SIZE = 1 << 13


@lru_cache(_CACHE_SIZE)
def parse_mn_number(raw: str | None) -> int | None:
    """Parse the number of a typed MN id: `mn123`, ` MN 0123`, `0123` and `123.0` give 123.

    Words around an id are ignored (`Ann Lee, MN0123`); a text with two ids, or without one, gives None.
    """
    text = unicodedata.normalize("NFKC", clean_line(raw or ""))
    typed = _MN_NUMBER.fullmatch(_SIGNS.sub("", _THOUSANDS.sub("", _DECIMALS.sub("", text))).upper())
    if typed:
        return int(typed[1])
    numbers = {int(digits) for digits in _ID_IN_TEXT.findall(text)}
    return next(iter(numbers)) if len(numbers) == 1 else None
