"""Phone numbers: normal form, and numbers among other text (rulebook, section 1).

Functions take raw text and never fail, and are idempotent. An upload normalises millions of values, so common forms of
US numbers have a fast path. Others are parsed by the phonenumbers library, through a cache of bounded size.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from mentorsync_pipeline.domain.clean_text import clean_line

if TYPE_CHECKING:  # imported with the first number that needs it
    import phonenumbers

_REGION = "US"
_CACHE_SIZE = 1 << 13
_US_DIGITS = 10
_US_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})

# Common forms of a US number: +17065550100, 17065550100, 7065550100, (706) 555-0100, 706-555-0100.
_US_SHAPE = re.compile(
    r"(?:\+?1[-. ]?)?(?:\(([2-9][0-9]{2})\) ?|([2-9][0-9]{2})[-. ]?)([2-9][0-9]{2})[-. ]?([0-9]{4})", re.ASCII
)

# The library accepts a few numbers of other lengths as valid.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)

# Text around phone numbers. The library parses extensions.
_PHONE_TEXT_LENGTH = 200
# Canada's 310-1234; other US and Canadian numbers have ten digits, and numbers of other countries a plus sign or `00`.
_SHORTEST_WITHOUT_PLUS = 7
_WORDS = re.compile(r"[^\W\d]+")
_WORD_BEHIND_DIGIT = re.compile(r"\d.*[^\W\d_]")
_EXTENSION = re.compile(r"(?:[;,]?\s*(?:ext(?:ension|n)?|x|#)\.?:?\s*\d{1,7}|;ext=\d{1,7})\s*$", re.IGNORECASE)
_VANITY = re.compile(r"[+\d ().-]*[A-Z][A-Z\d-]*")
# What makes a digit an emoji: `4` in a box.
_EMOJI_MARKS = dict.fromkeys((0xFE0F, 0x20E3))
# A spreadsheet's commas between thousands.
_THOUSANDS = re.compile(r"(?<!\d)\d{1,3}(?:,\d{3}){3}(?!\d)", re.ASCII)
# A plus sign directly behind a number begins the next one.
_TIGHT_PLUS = re.compile(r"(?<=\d)\+(?=\d)")
_LEADING_ZEROS = re.compile(r"^\D*00(?=[\s().-]*[1-9])")
_GAP = r"[^\w+]{0,3}"
_US_NUMBER = re.compile(rf"(?<!\d)(?:\+?1{_GAP})?([2-9]\d\d){_GAP}([2-9]\d\d){_GAP}(\d{{4}})(?!\d)", re.ASCII)


@lru_cache(_CACHE_SIZE)
def phone(raw: str | None) -> str | None:
    """Return the first valid phone number in a text as E.164; None when there is none (rulebook section 1)."""
    numbers = phones(raw)
    return numbers[0] if numbers else None


def phones(raw: str | None) -> tuple[str, ...]:
    """Return all valid phone numbers in a text as E.164, each once, without extensions.

    A number without a country code is a US number. Accepted around a number: words, brackets, `.0` of a spreadsheet,
    `00` for `+`, non-ASCII digits, invisible characters.
    """
    if not raw:
        return ()
    shape = _US_SHAPE.fullmatch(raw)
    if shape is not None:
        national = (shape[1] or shape[2]) + shape[3] + shape[4]
        if _compile_us_number_pattern().fullmatch(national):
            return ("+1" + national,)
    return read_phones(raw)


@lru_cache(_CACHE_SIZE)
def read_phones(raw: str) -> tuple[str, ...]:
    """Parse the numbers in a text with the phonenumbers library, without the fast path.

    Tries the text as one number, then numbers among words, then numbers with unusual separators; the first
    attempt that finds a valid number is used.
    """
    text = unicodedata.normalize("NFKC", clean_line(raw)).translate(_EMOJI_MARKS)[:_PHONE_TEXT_LENGTH]
    if not any(map(str.isdecimal, text)) or (len(text) < _SHORTEST_WITHOUT_PLUS and "+" not in text):
        return ()
    text = _TIGHT_PLUS.sub(" +", _THOUSANDS.sub(lambda number: number[0].replace(",", ""), text))
    without_words = _WORDS.sub(" ", text)
    numbers = (
        (() if _WORD_BEHIND_DIGIT.search(_EXTENSION.sub("", text)) else _parse_single_number(text))
        or _find_numbers(text)
        or (_parse_single_number(text) if _VANITY.fullmatch(text) else ())
        or _find_numbers(without_words)
        or _find_numbers(_LEADING_ZEROS.sub("+", without_words))
        or _find_us_numbers(without_words)
    )
    # Digits before a number hide it from the library: those of a word such as `2nd`, or of a number just before.
    return max(numbers, _find_us_numbers(text), key=len) if numbers else numbers


def format_phone(number: str) -> str:
    """Write a number in E.164 as people read it: (404) 555-0123, +44 20 7946 0018. Other text is returned as it is."""
    national = number.removeprefix("+1")
    if national != number and len(national) == _US_DIGITS and national.isdecimal():
        return f"({national[:3]}) {national[3:6]}-{national[6:]}"
    if not number.startswith("+"):
        return number
    import phonenumbers  # noqa: PLC0415

    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number


@lru_cache(_CACHE_SIZE)
def is_us_phone(number: str) -> bool:
    """Return whether a number (E.164) is of the United States or a territory, and not of Canada or the Caribbean."""
    national = number.removeprefix("+1")
    if national == number:
        return False
    if _compile_us_number_pattern().fullmatch(national):
        return True
    import phonenumbers  # noqa: PLC0415

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) in _US_TERRITORIES
    except phonenumbers.NumberParseException:
        return False


def is_placeholder_phone(number: str) -> bool:
    """Return whether a phone (E.164) is one repeated digit."""
    national = number.removeprefix("+1") if number.startswith("+1") else number[3:]
    return len(set(national)) == 1


@lru_cache(_CACHE_SIZE)
def phone_keys(raw: str | None) -> tuple[str, ...]:
    """Return the match keys of the phones in a text, without placeholders."""
    return tuple(number for number in phones(raw) if not is_placeholder_phone(number))


def _parse_single_number(text: str) -> tuple[str, ...]:
    import phonenumbers  # noqa: PLC0415

    try:
        number = phonenumbers.parse(text, _REGION)
    except phonenumbers.NumberParseException:
        return ()
    return _format_valid([number]) if phonenumbers.is_valid_number(number) else ()


def _find_numbers(text: str) -> tuple[str, ...]:
    import phonenumbers  # noqa: PLC0415

    matches = phonenumbers.PhoneNumberMatcher(text, _REGION, leniency=phonenumbers.Leniency.VALID)
    return _format_valid(match.number for match in matches)


def _find_us_numbers(text: str) -> tuple[str, ...]:
    """Find ten-digit numbers with separators that the library does not accept: `404_555_0123`."""
    nationals = ("".join(parts) for parts in _US_NUMBER.findall(text))
    return tuple(
        dict.fromkeys("+1" + national for national in nationals if _compile_us_number_pattern().fullmatch(national))
    )


def _format_valid(numbers: "Iterable[phonenumbers.PhoneNumber]") -> tuple[str, ...]:
    """Format numbers as E.164, each once, without those that are too short or too long for it."""
    import phonenumbers  # noqa: PLC0415

    texts = (phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) for number in numbers)
    return tuple(text for text in dict.fromkeys(texts) if _E164.fullmatch(text))


@cache
def _compile_us_number_pattern() -> re.Pattern[str]:
    """Compile `us_number_pattern`."""
    return re.compile(us_number_pattern(), re.ASCII)


@cache
def us_number_pattern() -> str:
    """Return a pattern, without look-around, of the ten-digit numbers that are valid in the US by the library's table.

    Among the countries with code +1 the library tries the US first, so a number that matches is valid. A number that
    does not match may still be valid in another of those countries.
    """
    import phonenumbers  # noqa: PLC0415

    table = phonenumbers.PhoneMetadata.metadata_for_region(_REGION)
    if table is None or table.general_desc is None:
        raise RuntimeError("phonenumbers has no table for the US: reinstall the package 'phonenumbers'")
    kinds = (
        table.fixed_line,
        table.mobile,
        table.toll_free,
        table.premium_rate,
        table.shared_cost,
        table.personal_number,
        table.voip,
        table.pager,
        table.uan,
        table.voicemail,
    )
    patterns = sorted({kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern})
    either = "|".join(f"(?:{pattern})" for pattern in patterns)
    return f"(?:{either})"
