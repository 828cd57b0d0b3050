"""The normal forms of phones, emails, names and MN ids (rulebook sections 1 and 2): the only place that makes them.

Each function takes raw text and never fails: text that has no normal form gives None (for a name: ""). A normal form
is its own normal form.

An upload normalises millions of values, so phones and emails have a fast path. It takes only texts whose answer the
library's own rules settle; everything else goes the library's way, through a cache of bounded size.
"""

import re
import unicodedata
from functools import cache, lru_cache

import email_validator
import phonenumbers

UGA_DOMAIN = "@uga.edu"


_REGION = "US"
_CACHE_SIZE = 1 << 16

# The common ways to write a number of the US plan: +17065550100, 17065550100, 7065550100, (706) 555-0100, 706-555-0100.
_US_SHAPE = re.compile(
    r"(?:\+?1[-. ]?)?(?:\(([2-9][0-9]{2})\) ?|([2-9][0-9]{2})[-. ]?)([2-9][0-9]{2})[-. ]?([0-9]{4})", re.ASCII
)

# Plain addresses only: dot-atoms (accented letters of Western Europe too, but for ß: casefolding changes it),
# host names without double hyphens (so no Punycode), every length far below its limit.
# Without look-around, so that a loader may apply it to a whole column at once; see `PLAIN_EMAIL_LENGTH`.
PLAIN_EMAIL = r"[a-z0-9_+à-öø-ÿ-]+(?:\.[a-z0-9_+à-öø-ÿ-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+([a-z]{2,})"
PLAIN_EMAIL_LENGTH = 63
_PLAIN_EMAIL = re.compile(PLAIN_EMAIL, re.ASCII)
RESERVED_ENDINGS = frozenset(name.rpartition(".")[2] for name in email_validator.SPECIAL_USE_DOMAIN_NAMES)

_MN_ID = re.compile(r"MN[0-9]{4,}")

# Letters whose diacritic is a stroke or a ligature: Unicode does not take them apart.
_STROKES = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def phone(raw: str | None) -> str | None:
    """The E.164 form of a phone number, without its extension; None when it is no valid number (rulebook section 1).

    A number without a country code is read as one of the US. A valid number of another country keeps its own code.
    """
    if not raw:
        return None
    shape = _US_SHAPE.fullmatch(raw)
    if shape is not None:
        national = (shape[1] or shape[2]) + shape[3] + shape[4]
        if _us_numbers().fullmatch(national):
            return "+1" + national
    return parsed_phone(raw)


@lru_cache(_CACHE_SIZE)
def parsed_phone(raw: str) -> str | None:
    """What `phone` gives, always by way of the phonenumbers library."""
    try:
        number = phonenumbers.parse(raw, _REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
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


def email(raw: str | None) -> str | None:
    """The trimmed, casefolded address; None when its syntax is wrong (rulebook section 1). Never asks the network."""
    if not raw:
        return None
    text = raw.strip().casefold()
    if len(text) <= PLAIN_EMAIL_LENGTH:
        plain = _PLAIN_EMAIL.fullmatch(text)
        if plain is not None and plain[1] not in RESERVED_ENDINGS:
            return text
    return checked_email(text)


@lru_cache(_CACHE_SIZE)
def checked_email(text: str) -> str | None:
    """What `email` gives for trimmed and casefolded text, always by way of the email-validator library.

    An address in other scripts takes the library's canonical spelling; one that casefolding would turn into another
    address is refused.
    """
    try:
        canonical = _canonical_email(text).casefold()
        return canonical if canonical == text or _canonical_email(canonical) == canonical else None
    except email_validator.EmailSyntaxError:
        return None


def _canonical_email(text: str) -> str:
    return email_validator.validate_email(text, check_deliverability=False).normalized


@lru_cache(_CACHE_SIZE)
def name_key(raw: str | None) -> str:
    """A name casefolded and without diacritics, punctuation and spaces: letters and digits only (rulebook section 1).

    `O'Neil` and `ONEIL`, `José` and `Jose`, `Mary Jo` and `Mary-Jo` have one key each. Nothing left gives "".
    """
    if not raw:
        return ""
    if raw.isascii():
        return "".join(filter(str.isalnum, raw.casefold()))
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", raw).casefold()).translate(_STROKES)
    return unicodedata.normalize("NFC", "".join(filter(str.isalnum, folded)))


def mn_id(raw: str | None) -> str | None:
    """A mentor's id, trimmed and upper-cased (`MN0123`); None when it is none (rulebook section 2)."""
    text = (raw or "").strip().upper()
    return text if _MN_ID.fullmatch(text) else None


def is_uga(email: str) -> bool:
    """Whether an address (normalised) is one of the university's."""
    return email.endswith(UGA_DOMAIN)
