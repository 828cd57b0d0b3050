"""Phone numbers: their normal form, and what people type around them (rulebook, section 1).

Each function takes raw text and never fails; a normal form is its own normal form. An upload normalises millions of
values, so the common ways to write a US number have a fast path; everything else goes the way of the phonenumbers
library, through a cache of bounded size.
"""

import re
import unicodedata
from functools import cache, lru_cache

import phonenumbers

from mentorsync_pipeline.domain.clean_text import clean_line

_REGION = "US"
_CACHE_SIZE = 1 << 16

# The common ways to write a number of the US plan: +17065550100, 17065550100, 7065550100, (706) 555-0100, 706-555-0100.
_US_SHAPE = re.compile(
    r"(?:\+?1[-. ]?)?(?:\(([2-9][0-9]{2})\) ?|([2-9][0-9]{2})[-. ]?)([2-9][0-9]{2})[-. ]?([0-9]{4})", re.ASCII
)

# What stands around phone numbers. An extension is the library's to read.
_PHONE_TEXT_LENGTH = 200
_WORDS = re.compile(r"[^\W\d]+")
_WORD_BEHIND_DIGIT = re.compile(r"\d.*[^\W\d_]")
_EXTENSION = re.compile(r"(?:[;,]?\s*(?:ext(?:ension|n)?|x|#)\.?:?\s*\d{1,7}|;ext=\d{1,7})\s*$", re.IGNORECASE)
_VANITY = re.compile(r"[+\d ().-]*[A-Z][A-Z\d-]*")
# A spreadsheet's commas between thousands.
_THOUSANDS = re.compile(r"(?<!\d)\d{1,3}(?:,\d{3}){3}(?!\d)", re.ASCII)
_LEADING_ZEROS = re.compile(r"^\D*00(?=[\s().-]*[1-9])")
_GAP = r"[^\w+]{0,3}"
_US_NUMBER = re.compile(rf"(?<!\d)(?:\+?1{_GAP})?([2-9]\d\d){_GAP}([2-9]\d\d){_GAP}(\d{{4}})(?!\d)", re.ASCII)


def phone(raw: str | None) -> str | None:
    """The E.164 form of the first phone number in a text; None when there is no valid one (rulebook section 1)."""
    found = phones(raw)
    return found[0] if found else None


def phones(raw: str | None) -> tuple[str, ...]:
    """The E.164 forms of all valid phone numbers in a text, in its order, each once, without extensions.

    A number without a country code is read as one of the US. What people type around a number is read past: words,
    brackets, `.0` of a spreadsheet, `00` for `+`, other digits than ASCII's, invisible characters.
    """
    if not raw:
        return ()
    shape = _US_SHAPE.fullmatch(raw)
    if shape is not None:
        national = (shape[1] or shape[2]) + shape[3] + shape[4]
        if _us_numbers().fullmatch(national):
            return ("+1" + national,)
    return read_phones(raw)


@lru_cache(_CACHE_SIZE)
def read_phones(raw: str) -> tuple[str, ...]:
    """What `phones` gives, always by way of the phonenumbers library.

    The text is first read as one number, then as numbers among words, then with what hides numbers from the library
    taken away. The first way that finds a valid number counts.
    """
    text = unicodedata.normalize("NFKC", clean_line(raw))[:_PHONE_TEXT_LENGTH]
    if not any(map(str.isdecimal, text)):
        return ()
    text = _THOUSANDS.sub(lambda number: number[0].replace(",", ""), text)
    without_words = _WORDS.sub(" ", text)
    return (
        (() if _WORD_BEHIND_DIGIT.search(_EXTENSION.sub("", text)) else _one_number(text))
        or _numbers_among_words(text)
        or (_one_number(text) if _VANITY.fullmatch(text) else ())
        or _numbers_among_words(without_words)
        or _numbers_among_words(_LEADING_ZEROS.sub("+", without_words))
        or _us_numbers_in(without_words)
    )


def is_placeholder_phone(number: str) -> bool:
    """Whether a phone (E.164) is one digit again and again, as people type it who do not want to give theirs."""
    national = number.removeprefix("+1") if number.startswith("+1") else number[3:]
    return len(set(national)) == 1


def phone_keys(raw: str | None) -> tuple[str, ...]:
    """The phones of a text by which people are matched: all but placeholders."""
    return tuple(number for number in phones(raw) if not is_placeholder_phone(number))


def _one_number(text: str) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(text, _REGION)
    except phonenumbers.NumberParseException:
        return ()
    return (_e164(number),) if phonenumbers.is_valid_number(number) else ()


def _numbers_among_words(text: str) -> tuple[str, ...]:
    matches = phonenumbers.PhoneNumberMatcher(text, _REGION, leniency=phonenumbers.Leniency.VALID)
    return tuple(dict.fromkeys(_e164(match.number) for match in matches))


def _us_numbers_in(text: str) -> tuple[str, ...]:
    """Numbers of ten digits with whatever between their parts, where the library sees none: `404_555_0123`."""
    nationals = ("".join(parts) for parts in _US_NUMBER.findall(text))
    return tuple(dict.fromkeys("+1" + national for national in nationals if _us_numbers().fullmatch(national)))


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@cache
def _us_numbers() -> re.Pattern[str]:
    """`us_numbers`, compiled."""
    return re.compile(us_numbers(), re.ASCII)


@cache
def us_numbers() -> str:
    """The ten-digit numbers that are valid in the US, by the library's own table, as a pattern without look-around.

    The library asks the US first among the countries that share the code +1, so a number that fits one of the US
    patterns is valid. One that fits none may still belong to another of those countries.
    """
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
