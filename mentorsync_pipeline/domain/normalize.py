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
    "transcribe",
]

_CACHE_SIZE = 1 << 16
_MN_ID = re.compile(r"MN[0-9]{4,}")

# Letters that Unicode does not decompose: with a stroke or hook, ligatures, Arabic letters of other keyboards.
_LETTERS = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "ng"}
_LETTERS |= {"ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y"}
_LETTERS |= {"\u06cc": "\u064a", "\u0649": "\u064a", "\u06a9": "\u0643", "\u0629": "\u0647", "\u06c1": "\u0647"}
_FOLDED = str.maketrans(_LETTERS)
_TRANSCRIPTIONS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "đ": "dj"}
_TRANSCRIBED = str.maketrans(_TRANSCRIPTIONS | {letter.upper(): text for letter, text in _TRANSCRIPTIONS.items()})
# Apostrophes and lengthening strokes that Unicode counts as letters: of Hawaiian and Ukrainian, Arabic's tatweel.
_LETTER_MARKS = re.compile("[\u02b9-\u02bf\u02c8-\u02cc\u02ee\u0640\ua78b\ua78c]")
_REPEATED = re.compile("(.)\u3005+")  # the Japanese sign that repeats a character
# Canonical combining classes of marks that are parts of words, not accents: the Japanese voicing marks, the Indic sign
# of no vowel, and the vowels and tones of Thai, Lao and Tibetan. Other vowels have the class 0.
_MARKS_OF_WORDS = frozenset({8, 9, *range(84, 133)})
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def transcribe(name: str) -> str:
    """Return a name as it is written on a keyboard without its letters: `Jürgen` as `Juergen`, `Đorđe` as `Djordje`."""
    return name if name.isascii() else name.translate(_TRANSCRIBED)


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
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", raw).casefold()).translate(_FOLDED)
    key = unicodedata.normalize("NFC", "".join(filter(_is_part_of_word, _LETTER_MARKS.sub("", folded))))
    return _REPEATED.sub(lambda run: run[1] * len(run[0]), key)


def _is_part_of_word(character: str) -> bool:
    """Return whether a character is a letter, a digit, or a mark without which a word is another one.

    `राम` and `रमा` (Ram and Rama), `しん` and `じん` (Shin and Jin) are two names each, `José` and `Jose` are one.
    """
    if character.isalnum():
        return True
    category, combining = unicodedata.category(character), unicodedata.combining(character)
    is_vowel = category == "Mc" or (category == "Mn" and combining == 0 and not _SELECTORS.match(character))
    return is_vowel or combining in _MARKS_OF_WORDS


def mn_id(raw: str | None) -> str | None:
    """Return an MN id, cleaned and upper-cased (`MN0123`); None if it is invalid (rulebook section 2)."""
    text = id_key(raw)
    return text if text is not None and _MN_ID.fullmatch(text) else None
