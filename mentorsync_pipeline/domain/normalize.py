"""Normal forms of phones, emails, names and MN ids (rulebook sections 1 and 2).

Functions take raw text and never fail: text without a normal form gives None (for a name: ""). They are idempotent.
"""

import re
import unicodedata
from functools import lru_cache

from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.emails import (
    UGA_DOMAIN,
    email,
    email_key,
    email_keys,
    emails,
    is_placeholder_email,
    is_uga_email,
    suggest_email,
)
from mentorsync_pipeline.domain.phones import is_placeholder_phone, phone, phone_keys, phones

__all__ = [
    "UGA_DOMAIN",
    "email",
    "email_key",
    "email_keys",
    "emails",
    "is_placeholder_email",
    "is_placeholder_phone",
    "is_uga_email",
    "mn_id",
    "name_key",
    "phone",
    "phone_keys",
    "phones",
    "suggest_email",
]

_CACHE_SIZE = 1 << 16
_MN_ID = re.compile(r"MN[0-9]{4,}")

# Letters with a stroke and ligatures, which Unicode does not decompose.
_STROKES = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


@lru_cache(_CACHE_SIZE)
def name_key(raw: str | None) -> str:
    """Return a name casefolded, without diacritics, punctuation and spaces (rulebook section 1).

    `O'Neil` and `ONEIL`, `José` and `Jose`, `Mary Jo` and `Mary-Jo` have one key each. A text without letters and
    digits gives "".
    """
    if not raw:
        return ""
    if raw.isascii():
        return "".join(filter(str.isalnum, raw.casefold()))
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", raw).casefold()).translate(_STROKES)
    return unicodedata.normalize("NFC", "".join(filter(str.isalnum, folded)))


def mn_id(raw: str | None) -> str | None:
    """Return an MN id, cleaned and upper-cased (`MN0123`); None if it is invalid (rulebook section 2)."""
    text = id_key(raw)
    return text if text is not None and _MN_ID.fullmatch(text) else None
