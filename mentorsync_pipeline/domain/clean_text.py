r"""Clean text from a form, a file or an API (rulebook, section 1, "Every text").

| in the text                                   | one-line fields        | long texts             | reported |
|-----------------------------------------------|------------------------|------------------------|----------|
| another Unicode spelling                      | NFC                    | NFC                    | no       |
| NUL, control characters, lone surrogates      | dropped                | dropped                | yes      |
| zero-width, direction and other format marks  | dropped                | dropped                | no       |
| marks beyond the 30th on a letter (long text) | dropped                | dropped                | no       |
| joiner or variation selector that is needed   | stays                  | stays                  | no       |
| white space at both ends                      | dropped                | dropped                | no       |
| white space inside                            | one space for each run | stays; line ends `\n`   | no       |

A joiner is needed inside an emoji and inside a word of a script that uses it (Persian, Hindi). Every function is
idempotent: cleaning a clean text changes nothing.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

_CACHE_SIZE = 1 << 14
_SPREADSHEET_ERROR = re.compile(r"#[A-Z/0]{2,}[!?]?")
_SHORT_TEXT, _MOST_MARKS = 1_000, 30

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# C0 and C1 controls except tab and line ends, DEL, and lone surrogates.
_UNUSUAL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
# Space separators, line ends and tab, and three letters that print as blanks (Braille blank, Hangul fillers).
_SPACES = " \t\n\x0b\x0c\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0"
_SPACE_RUN = re.compile(f"[{_SPACES}]+")
_OUTER_SPACE = re.compile(f"^[{_SPACES}]+|[{_SPACES}]+$")
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS = "\U000e0020-\U000e007f"
# Also the sign that dictation leaves for an object (U+FFFC).
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    f"\ufeff\ufff0-\ufffc{_SELECTORS}"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
# Fast path: ASCII and Western letters with single inner spaces, which cleaning does not change.
_PLAIN = "!-~\xa1-\xac\xae-\u02ff"
_PLAIN_LINE = re.compile(f"[{_PLAIN}]+(?: [{_PLAIN}]+)*")
# What JSON text has where cleaning may change a value.
_NOT_PLAIN = (b"\\", b"\x7f", b"NaN", b"Infinity")

# Scripts in whose words a joiner changes how letters are written: Arabic to N'Ko, India's, Tibetan to Khmer, Mongolian.
_JOINING_SCRIPTS = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1aad\u1b00-\u1c4f\ua800-\uaaff\uabc0-\uabff"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)
_WAVING_FLAG = "\U0001f3f4"


def clean_line(raw: str) -> str:
    """Clean the text of a one-line field: a name, an id, a tag, an email, a label."""
    if _PLAIN_LINE.fullmatch(raw):
        return raw
    return _clean_line(raw)


def clean_block(raw: str) -> str:
    """Clean a long text: as `clean_line`, but inner white space is kept and every line end becomes a line feed."""
    if _PLAIN_LINE.fullmatch(raw):
        return raw
    return _OUTER_SPACE.sub("", clean_characters(_LINE_ENDS.sub("\n", raw)))


def clean_typed(raw: str | None) -> str | None:
    """Clean what a person typed into a page or a command: a reason, a name. None when nothing visible is left."""
    return clean_block(raw) or None if raw else None


def clean_texts(value: Any) -> Any:
    """Clean every text in a value of configuration as a one-line field, keys included."""
    if isinstance(value, str):
        return clean_line(value)
    if isinstance(value, Mapping):
        return {clean_texts(key): clean_texts(member) for key, member in value.items()}
    return [clean_texts(member) for member in value] if isinstance(value, (list, tuple)) else value


def clean_characters(raw: str) -> str:
    """Normalise to NFC and drop unusual and invisible characters; white space is not changed."""
    if raw.isascii() and raw.replace("\n", " ").isprintable():
        return raw
    text = raw
    while True:  # characters that become neighbours may combine
        cleaned = _remove_invisible(_UNUSUAL.sub("", unicodedata.normalize("NFC", _limit_marks(text))))
        if cleaned == text:
            return text
        text = cleaned


def has_unusual_characters(raw: str) -> bool:
    """Return whether a text contains control characters or lone surrogates, which cleaning drops."""
    return _UNUSUAL.search(raw) is not None


def remove_unusual_characters(raw: str) -> str:
    """Remove control characters and lone surrogates from a text."""
    return _UNUSUAL.sub("", raw)


def clean_json(value: Any) -> Any:
    """Clean the characters of every text in a JSON value, keys included, so that PostgreSQL's JSONB can store it.

    White space is not changed. Keys that become equal get a number, as in `name (2)`. NaN and Infinity become null.
    """
    return value if _is_plain_json(value) else _clean_json(value)


def _clean_json(value: Any) -> Any:
    if isinstance(value, str):
        return clean_characters(value)
    if isinstance(value, (list, tuple)):
        return [_clean_json(member) for member in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (dict, Mapping)):  # the test for `dict` is much faster
        cleaned: dict[str, Any] = {}
        last_number: dict[str, int] = {}
        for raw_key, member in value.items():
            key = free_key = clean_characters(str(raw_key))
            while free_key in cleaned:
                last_number[key] = last_number.get(key, 1) + 1
                free_key = f"{key} ({last_number[key]})"
            cleaned[free_key] = clean_characters(member) if isinstance(member, str) else _clean_json(member)
        return cleaned
    return value


def _is_plain_json(value: Any) -> bool:
    """Return whether all texts of a JSON value are printable ASCII, and all numbers finite: cleaning changes nothing.

    False for some other values too, such as texts with a line end. Ten times as fast as cleaning.
    """
    try:
        text = to_json(value)
    except ValueError:  # a lone surrogate, nested too deeply, or no JSON
        return False
    # JSON escapes control characters other than DEL by a backslash.
    return text.isascii() and not any(mark in text for mark in _NOT_PLAIN)


def find_unusual_texts(value: Any) -> list[str]:
    """Return the paths in a JSON value whose text or key has unusual characters, such as `answers.3.answer`."""
    return [] if _is_plain_json(value) else _find_unusual_texts(value, "")


def _find_unusual_texts(value: Any, path: str) -> list[str]:
    if isinstance(value, str):
        return [path] if has_unusual_characters(value) else []
    if isinstance(value, Mapping):
        members = [(str(key), member) for key, member in value.items()]
    elif isinstance(value, (list, tuple)):
        members = [(str(place), member) for place, member in enumerate(value)]
    else:
        return []
    paths: list[str] = []
    for key, member in members:
        inner_path = f"{path}.{clean_line(key)}" if path else clean_line(key)
        paths += [inner_path] if has_unusual_characters(key) else _find_unusual_texts(member, inner_path)
    return paths


def is_spreadsheet_error(text: str) -> bool:
    """Return whether a text is an error of a spreadsheet, such as `#N/A` or `#REF!`."""
    return _SPREADSHEET_ERROR.fullmatch(text) is not None


def narrow(text: str) -> str:
    """Replace the full-width forms of ASCII letters and signs, which East Asian keyboards write."""
    return text if text.isascii() else text.translate(_NARROW)


def ascii_lower(text: str) -> str:
    """Lower-case A to Z only: `GROẞ` never becomes `gross`."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def ascii_upper(text: str) -> str:
    """Upper-case a to z only, as PostgreSQL's `upper` in the collation C."""
    return text.upper() if text.isascii() else text.translate(_UPPER)


@lru_cache(_CACHE_SIZE)
def id_key(raw: str | None) -> str | None:
    """Return the key for comparing External IDs and MN ids: cleaned, without case. None when blank."""
    return ascii_upper(clean_line(raw)) or None if raw else None


def is_same_id(id_a: str | None, id_b: str | None) -> bool:
    """Return whether two External IDs or MN ids are equal by `id_key`. A blank id equals nothing."""
    key = id_key(id_a)
    return key is not None and key == id_key(id_b)


@lru_cache(_CACHE_SIZE)
def tag_key(raw: str) -> str:
    """Return the key for comparing tags: cleaned, without case."""
    return clean_line(raw).casefold()


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}


@lru_cache(_CACHE_SIZE)
def _clean_line(raw: str) -> str:
    return _SPACE_RUN.sub(" ", clean_characters(raw)).strip(" ")


def _limit_marks(text: str) -> str:
    """Drop the combining marks of a long text beyond the 30th on one letter, which no language uses.

    Python sorts the marks of a letter in quadratic time. Unicode's stream-safe format has the same limit.
    """
    if len(text) <= _SHORT_TEXT:
        return text
    characters, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            characters.append(character)
    return "".join(characters)


def _remove_invisible(text: str) -> str:
    if not _INVISIBLE.search(text):
        return text
    characters: list[str] = []
    for place, character in enumerate(text):
        previous = characters[-1] if characters else ""
        if not _INVISIBLE.match(character) or _is_needed(character, previous, text[place + 1 : place + 2]):
            characters.append(character)
    return "".join(characters)


def _is_needed(character: str, previous: str, following: str) -> bool:
    """Return whether an invisible character is part of an emoji or of a word's spelling."""
    if character in _JOINERS:
        if previous and following and _is_emoji_part(previous) and unicodedata.category(following) in {"So", "Sk"}:
            return character == "\u200d"
        ends_in_virama = bool(previous) and unicodedata.combining(previous) == 9
        return _is_joining_script(previous) and (ends_in_virama or _is_joining_script(following))
    if re.match(f"[{_SELECTORS}\u180b-\u180d\u180f]", character):
        return bool(previous) and unicodedata.category(previous) in {
            "So",
            "Sm",
            "Sk",
            "Po",
            "Pd",
            "Nd",
            "Nl",
            "No",
            "Lo",
        }
    if re.match(f"[{_TAGS}]", character):
        return previous == _WAVING_FLAG or re.match(f"[{_TAGS}]", previous) is not None
    return False


def _is_emoji_part(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk"} or re.match(f"[{_SELECTORS}]", character) is not None


def _is_joining_script(character: str) -> bool:
    return _JOINING_SCRIPTS.match(character) is not None and unicodedata.category(character)[0] in "LM"
