"""Compare first names: equal, alike, unclear or different (rulebook, section 1, "Names")."""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from mentorsync_pipeline.domain.names.han_variants import simplify
from mentorsync_pipeline.domain.names.name_languages import is_one_name_in_two_languages
from mentorsync_pipeline.domain.names.name_parts import remove_titles
from mentorsync_pipeline.domain.names.name_scripts import consonants_differ, transliterate
from mentorsync_pipeline.domain.names.name_sounds import sound_the_same
from mentorsync_pipeline.domain.names.nickname_pairs import is_certain_nickname, is_nickname
from mentorsync_pipeline.domain.names.written_names import (
    INITIALS,
    MAX_LETTERS,
    PersonName,
    first_name_keys,
    has_first_name,
)
from mentorsync_pipeline.domain.normalize import name_key

_CACHE_SIZE = 1 << 16
_PREFIX_LETTERS = 3
_TYPO_LETTERS = 5
# Least letters of a word of a first name, and of an ending within a word.
_WORD_LETTERS = 2
_ENDING_LETTERS = 4
_WORDS = re.compile(r"[\s\-\u2010-\u2015]+")
_TWO_INITIALS = re.compile(r"[bcdfghjklmnpqrstvwxz]{2}|[aeou]j|([aeiou])\1")
FirstNames = Literal["match", "alike", "unclear", "differ"]
"""Comparison of first names. `match`: equal or a nickname; `alike`: a prefix or one typo away."""


@lru_cache(_CACHE_SIZE)
def compare_first_name_keys(name: frozenset[str], other: frozenset[str]) -> FirstNames:
    """Compare the first names of two people by their keys (`written_names.first_name_keys`)."""
    if not (name and other):
        return "unclear"
    pairs = [(a, b) for a in name for b in other]
    if any(a == b or is_certain_nickname(a, b) for a, b in pairs):
        return "match"
    if any(_are_alike(a, b) for a, b in pairs):
        return "alike"
    if any(_may_be_one_name(a, b) for a, b in pairs):
        return "unclear"
    return "differ"


def first_names_sound_different(name: PersonName, other: PersonName) -> bool:
    """Return whether first names in two scripts, which no letters compare, have no sounds in common.

    False when a name is missing, or is in a script that `name_scripts` cannot transliterate.
    """
    keys, others = first_name_keys(name), first_name_keys(other)
    pairs = [(_to_latin(a), _to_latin(b)) for a in keys for b in others]
    in_two_scripts = bool(pairs) and all(is_latin(a) != is_latin(b) for a in keys for b in others)
    return in_two_scripts and all(a and b and not _may_sound_alike(a, b) for a, b in pairs)


def only_one_has_initials(name: PersonName, other: PersonName) -> bool:
    """Return whether one first name is initials such as `TJ` and the other is not: perhaps a brother's."""
    return _has_initials(name) != _has_initials(other)


def _has_initials(name: PersonName) -> bool:
    return any(map(_TWO_INITIALS.fullmatch, first_name_keys(name)))


def share_initials(name: PersonName, other: PersonName) -> bool:
    """Return whether both first names are the same two or more initials, with or without stops: `A.J.` and `AJ`."""
    initials, others = _read_initials(name), _read_initials(other)
    return any(
        letters and letters in {*first_name_keys(another), more}
        for letters, another, more in ((initials, other, others), (others, name, initials))
    )


def _read_initials(name: PersonName) -> str:
    """Return the letters of initials with full stops or spaces in the first box; "" for one letter or another text."""
    text = remove_titles(name.first or "")
    letters = name_key(text)
    return letters if len(letters) > 1 and INITIALS.fullmatch(text) else ""


def share_part_of_first_name(name: PersonName, other: PersonName) -> bool:
    """Return whether one's first name is a word or the ending of the other's: Mohamed Amine and Amine, Seun.

    Many people go by that part, but mother and daughter have such names as well (Kate and Mary Kate).
    """
    return _is_part_of(name, other) or _is_part_of(other, name)


def _is_part_of(name: PersonName, other: PersonName) -> bool:
    keys, longer_keys = first_name_keys(name), first_name_keys(other)
    words = [*map(name_key, _WORDS.split(remove_titles((other.first or "")[:MAX_LETTERS])))]
    return (len(words) > 1 and any(len(key) >= _WORD_LETTERS and key in words for key in keys)) or any(
        len(key) >= _ENDING_LETTERS and longer.endswith(key) for key in keys for longer in longer_keys if key != longer
    )


def initials_differ(name: PersonName, other: PersonName) -> bool:
    """Return whether one first name is only an initial, with which none of the other's first names begins."""
    return _has_other_initial(name, other) or _has_other_initial(other, name)


def _has_other_initial(name: PersonName, other: PersonName) -> bool:
    initials = remove_titles(name.first or "")
    keys = first_name_keys(other)
    if has_first_name(name) or not keys or INITIALS.fullmatch(initials) is None:
        return False
    first = name_key(initials)[:1]
    return is_latin(first) and all(is_latin(key) and not key.startswith(first) for key in keys)


def _may_be_one_name(a: str, b: str) -> bool:
    """Return whether keys cannot be compared by letters: other scripts, same sound, one name in two languages.

    Two names in one script other than Latin are compared by their transliterations.
    """
    if _script(a) != _script(b) or simplify(a) == simplify(b):
        return True
    if _are_initials_of(a, b) or _are_initials_of(b, a):
        return True
    latin_a, latin_b = _to_latin(a) or a, _to_latin(b) or b
    return sound_the_same(latin_a, latin_b) or is_one_name_in_two_languages(latin_a, latin_b)


def _are_initials_of(initials: str, name: str) -> bool:
    """Return whether a first name is two initials such as `TJ` (`Jo` is a name), and the other one begins like them."""
    return _TWO_INITIALS.fullmatch(initials) is not None and name.startswith(initials[0])


def _are_alike(a: str, b: str) -> bool:
    shorter, longer = sorted((a, b), key=len)
    begins = len(shorter) >= _PREFIX_LETTERS and longer.startswith(shorter)
    return begins or is_nickname(a, b) or is_one_typo(a, b)


def is_one_typo(a: str, b: str) -> bool:
    """Return whether the names differ by one added, missing, changed or swapped letter."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    return min(len(a), len(b)) >= _TYPO_LETTERS and OSA.distance(a, b, score_cutoff=1) <= 1


def _to_latin(key: str) -> str | None:
    return key if is_latin(key) else transliterate(key)


def _may_sound_alike(a: str, b: str) -> bool:
    return not consonants_differ(a, b) or _are_alike(a, b) or _may_be_one_name(a, b)


@lru_cache(_CACHE_SIZE)
def _script(key: str) -> str:
    """Return the script of a key's first letter: `LATIN`, `CYRILLIC`, `CJK`, `HIRAGANA`."""
    return "LATIN" if is_latin(key) else unicodedata.name(key[0], "").partition(" ")[0]


@lru_cache(_CACHE_SIZE)
def is_latin(key: str) -> bool:
    """Return whether all letters of a key are Latin."""
    return key.isascii() or all("LATIN" in unicodedata.name(character, "") for character in key)
