"""Read a name as it was written: first names, last name and suffix without titles, notes and junk.

Rulebook, section 1, "Names". `domain.names.compare_names` compares two people's names.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from mentorsync_pipeline.domain.clean_text import clean_line, is_spreadsheet_error
from mentorsync_pipeline.domain.names.name_boxes import MAX_BOX_LETTERS, PRONOUNS
from mentorsync_pipeline.domain.names.name_parts import find_suffix, is_suffix, remove_titles
from mentorsync_pipeline.domain.names.other_texts import is_sentence, remove_other_texts
from mentorsync_pipeline.domain.names.plain_names import (
    NO_FIRST_NAMES,
    NO_LAST_NAMES,
    is_one_repeated_letter,
    plain_key,
)
from mentorsync_pipeline.domain.names.preferred_names import read_preferred_name
from mentorsync_pipeline.domain.normalize import name_key, transcribe

_CACHE_SIZE = 1 << 13
# Longer texts are no names; comparing their parts would take long.
MAX_WORDS = 8
MAX_LETTERS = 100
INITIALS = re.compile(r"(?:[^\W\d_]\.\s*)+[^\W\d_]?|[^\W\d_](?:\s+[^\W\d_])*")
# Initials at the start or end. A single Chinese character is a name.
_INITIAL = "[A-Za-z\\u00c0-\\u024f\\u0370-\\u052f]"
_OUTER_INITIALS = re.compile(rf"^(?:{_INITIAL}(?:\.\s*|\s+))+|(?:\s+{_INITIAL}\.?)+$")
# A text in brackets or quotes, or after a slash, is a further first name. An apostrophe is not a quote.
_OPEN, _CLOSE, _QUOTE = (
    r"(\[{<\uff08\uff3b\u3010\u300c\u300e",
    r")\]}>\uff09\uff3d\u3011\u300d\u300f",
    '"\u201c-\u201f\xab\xbb\uff02',
)
ASIDE = re.compile(
    f"[{_OPEN}]([^{_OPEN}{_CLOSE}]*)(?:[{_CLOSE}]|$)|[{_QUOTE}]([^{_QUOTE}]*)[{_QUOTE}]|(?<=\\s)[{_QUOTE}]([^{_QUOTE}]+)$"
)
_QUOTED = re.compile(r"(?<!\w)['\u2018\u2019`]([^'\u2018\u2019`]+)['\u2018\u2019`](?!\w)")
_DASH = re.compile(r"\s+[-\u2013\u2014~]\s+")
SLASH = re.compile(
    rf"\s*[/|\\]\s*|{_DASH.pattern}"
    r"|[\s,;-]+(?:aka|a\.k\.a\.?|goes by|called|nick(?:name)?d?|prefers|known as)[\s:]+",
    re.IGNORECASE,
)
# Words before the name in brackets: `Robert (goes by Bo)`.
_CALLED = re.compile(
    r"^\W*(?:(?:i\s+)?(?:goes|go)\s+by|(?:please\s+)?call(?:\s+me|ed)?|(?:also\s+)?known\s+as|pref(?:er(?:s|red)?)?"
    r"(?:\s+name)?(?:\s+to\s+be\s+called)?|nick(?:name)?d?|aka|a\.k\.a\.)[\s:.,-]+(?=\w)",
    re.IGNORECASE,
)
LIST = re.compile(r"[,;]")
_MARIA = re.compile(r"^(?:Ma\.|Mª\.?|M\.ª)\s+(?=\w{2})", re.IGNORECASE)  # as in `Ma. José`
_SAINT = re.compile(r"\bsainte?\b(?=\W+\w)", re.IGNORECASE)
# A short form of Nancy; programs write `nan` and `NaN` for a blank.
_NAN = "Nan"


class PersonName(NamedTuple):
    """A person's names as they were written; None when not given."""

    first: str | None = None
    preferred: str | None = None
    last: str | None = None
    middle: str | None = None
    suffix: str | None = None


def shorten(name: PersonName) -> PersonName:
    """Cut texts that are longer than any name, because some patterns take quadratic time."""
    if all(text is None or len(text) <= MAX_BOX_LETTERS for text in name):
        return name
    return PersonName(*(text and text[:MAX_BOX_LETTERS] for text in name))


def has_first_name(name: PersonName) -> bool:
    """Return whether there is a real first or preferred name."""
    return bool(first_name_keys(name))


@lru_cache(_CACHE_SIZE)
def real_name_key(raw: str | None, *, is_last: bool = False) -> str:
    """Return the key of a real name; "" if it is blank or junk.

    Junk: an email, a text with a digit (`F.123.4`), initials (`J.`, `J.T.`), one repeated letter, a placeholder
    (`Unknown`, `N/A`) or, unless it is a last name, a relationship (`mom`). Families are called Self, Son and Guest.
    """
    text = clean_line(raw or "")
    key = name_key(text)
    if text == _NAN:
        return key
    junk = (
        "@" in text
        or text.casefold() == "n/a"
        or is_spreadsheet_error(text)
        or is_sentence(text)
        or any(character.isdigit() for character in key)
        or (len(key) < 2 and key.isascii())
        or is_one_repeated_letter(text, key)
        or (INITIALS.fullmatch(text) is not None and text.upper() != text.lower())
        or key in (NO_LAST_NAMES if is_last else NO_FIRST_NAMES)
    )
    return "" if junk else key


@lru_cache(_CACHE_SIZE)
def name_suffix(name: PersonName) -> str | None:
    """Return the key of a suffix such as `Jr.`, in whichever box it is; None without one."""
    return find_suffix(name.suffix, name.last, name.first)


def bare_last_name(name: PersonName) -> str:
    """Return the last name without titles and suffix; "" when it is blank."""
    return _without_suffix(name.last)


@lru_cache(_CACHE_SIZE)
def _without_suffix(last_name: str | None) -> str:
    return _SAINT.sub("St", remove_titles((last_name or "")[:MAX_BOX_LETTERS], is_last=True))


@lru_cache(_CACHE_SIZE)
def first_name_keys(name: PersonName) -> frozenset[str]:
    """Return the keys of a person's real first names."""
    keys = first_name_keys_in(name.first)
    preferred = read_preferred_name(name.preferred, name.last) if name.preferred else None
    if preferred and name_key(preferred) != name_key(name.last):  # brother and sister have the same last name
        keys |= first_name_keys_in(preferred)
    if name.first and name.middle and len(name.middle) <= MAX_LETTERS:
        first = name.first[:MAX_BOX_LETTERS]
        keys |= {key for key in (real_name_key(f"{first} {name.middle}"),) if key and real_name_key(name.middle)}
    return keys


@lru_cache(_CACHE_SIZE)
def first_name_keys_in(raw: str | None) -> frozenset[str]:
    """Return the keys of the first names in one box: `Dr. Kate M. (Katie)` gives `Kate M`, `Kate` and `Katie`.

    A text that is longer than any name is cut, because comparing its key with another takes quadratic time.
    """
    plain = plain_key(raw)
    if plain is not None:
        return frozenset((plain,))
    text = _MARIA.sub("Maria ", remove_other_texts(clean_line(raw or "")))
    if len(text) > MAX_LETTERS:
        return frozenset(key for key in (real_name_key(text[:MAX_BOX_LETTERS]),) if key)
    asides = [aside for match in (*ASIDE.findall(text), *_QUOTED.findall(text)) for aside in _match_texts(match)]
    bare = PRONOUNS.sub("", _QUOTED.sub(" ", ASIDE.sub(" ", text)))
    parts = [part for whole in (bare, *asides) for part in SLASH.split(whole) if part]
    parts += [_DASH.sub("-", part) for part in (bare, *asides) if _DASH.search(part)]  # Jean - Luc
    listed = [item for part in parts if LIST.search(part) for item in LIST.split(part)]
    written = [remove_titles(part) for part in (*parts, *listed) if not is_suffix(part)]
    without_initials = [_OUTER_INITIALS.sub("", part) for part in written]
    texts = (*written, *without_initials)
    return frozenset(key for key in map(real_name_key, (*texts, *map(transcribe, texts))) if key)


def _match_texts(match: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the texts of a match without words such as `goes by`."""
    texts = (match,) if isinstance(match, str) else match
    return tuple(text for group in texts if (text := _CALLED.sub("", group)))
