"""Compare the names of two people: they agree, differ or leave it unclear (rulebook, section 1, "Names").

| first names                                      | last names match | last names do not match, or one is blank |
|--------------------------------------------------|------------------|------------------------------------------|
| equal, or a known nickname                       | agree            | unclear                                  |
| alike, and alike counts as a match               | agree            | unclear                                  |
| alike only                                       | differ           | differ                                   |
| blank, junk, a couple's, in another script or    | unclear          | unclear                                  |
| language, or sounding the same but spelled       |                  |                                          |
| otherwise                                        |                  |                                          |
| anything else                                    | differ           | differ                                   |

Where the rulebook leaves room, a match is the harder claim: two names match only when both are real. Every function is
symmetric. Which keys two people share is the caller's to say (`domain.sharing`).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import OSA

from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.name_boxes import split_boxes
from mentorsync_pipeline.domain.name_languages import is_one_name_in_two_languages
from mentorsync_pipeline.domain.name_parts import PARTICLES, is_suffix, suffix_of, without_titles
from mentorsync_pipeline.domain.name_sounds import sound_the_same
from mentorsync_pipeline.domain.nickname_pairs import is_nickname, may_be_siblings
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import NameAgreement

_CACHE_SIZE = 1 << 16
_PREFIX_LETTERS = 3
_TYPO_LETTERS = 5
_PART_LETTERS = 2

# No name is longer; comparing part by part would take long on a text that somebody pasted into the form.
_MOST_WORDS = 8
_MOST_LETTERS = 100

_PARTS = re.compile(r"[\s\-\u2010-\u2015/&]+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.\s*)+[^\W\d_]?|[^\W\d_](?:\s+[^\W\d_])*")
_OUTER_INITIALS = re.compile(r"^(?:[^\W\d_](?:\.\s*|\s+))+|(?:\s+[^\W\d_]\.?)+$")
# What stands in brackets or quotes, or behind a slash, is a further first name. An apostrophe is no quote.
_OPEN, _CLOSE, _QUOTE = (
    r"(\[{<\uff08\uff3b\u3010\u300c\u300e",
    r")\]}>\uff09\uff3d\u3011\u300d\u300f",
    '"\u201c-\u201f\xab\xbb\uff02',
)
_ASIDE = re.compile(f"[{_OPEN}]([^{_OPEN}{_CLOSE}]*)(?:[{_CLOSE}]|$)|[{_QUOTE}]([^{_QUOTE}]*)[{_QUOTE}]")
_QUOTED = re.compile(r"(?<!\w)['\u2018\u2019`]([^'\u2018\u2019`]+)['\u2018\u2019`](?!\w)")
_SLASH = re.compile(r"\s*[/|\\]\s*|\s+(?:aka|a\.k\.a\.|goes by|called)\s+", re.IGNORECASE)
_COUPLE = re.compile(
    r"\S\s*[&+]\s*\S|\S\s+(?:and|und|y|et)\s+\S|\b(?:family|household|couple)\b|^the\s+\S|\bmrs?\W+mrs?\b",
    re.IGNORECASE,
)
_COUPLE_IN_LAST_NAME = re.compile(r"\S\s*[&+]\s*\S|\S\s+(?:and|und)\s+\S", re.IGNORECASE)
_LIST = re.compile(r"[,;]")
_PLACEHOLDERS = frozenset(
    {"anonymous", "firstname", "lastname", "nan", "noname", "none", "null", "test", "unknown", "anon", "name", "first"}
    | {"guest", "donor", "member", "customer", "tbd", "tba", "blank", "undefined", "deleted", "redacted", "notprovided"}
    | {"notgiven", "notavailable", "notapplicable", "nofirstname", "nolastname", "notknown", "student", "mentor"}
)
# Words beside a name that are no name: who somebody is to the person, and pronouns.
_ASIDES = frozenset(
    {"mom", "mother", "dad", "father", "parent", "parents", "guardian", "sister", "brother", "son", "daughter", "self"}
    | {"she", "her", "hers", "he", "him", "his", "they", "them", "theirs", "sheher", "hehim", "theythem", "shehers"}
    | {"wife", "husband", "spouse", "aunt", "uncle", "grandma", "grandpa", "grandmother", "grandfather", "friend"}
)
FirstNames = Literal["match", "alike", "unclear", "differ"]
"""How two people's first names compare: `match` when equal or a nickname, `alike` when one begins the other or is one
typo away, `unclear` when nobody can tell by the letters."""


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's names as they were written; None when not given."""

    first: str | None = None
    preferred: str | None = None
    last: str | None = None
    middle: str | None = None
    suffix: str | None = None


def compare_names(
    one: PersonName, other: PersonName, *, alike_matches: bool = False, share_email: bool = False
) -> NameAgreement:
    """Compare two people's names.

    Args:
        one: the names of one person.
        other: the names of the other.
        alike_matches: whether the two share keys by which first names that are only alike count as a match.
        share_email: whether the two share an email, so that a suffix that only one of them has says nothing.

    """
    agreement = _compare(one, other, alike_matches)
    suffixes = {suffix for suffix in (_suffix(one), _suffix(other)) if suffix}
    if len(suffixes) == 2:
        return "differ"
    if suffixes and agreement == "agree" and _suffix(one) != _suffix(other) and not share_email:
        return "unclear"
    return agreement


def compare_first_names(one: PersonName, other: PersonName) -> FirstNames:
    """Compare two people's first and preferred names."""
    if is_couple(one) or is_couple(other):
        return "unclear"
    return _compare_given(_given(one), _given(other))


def names_are_equal(one: PersonName, other: PersonName) -> bool:
    """Whether both first and last names are equal, but for case, diacritics, punctuation and spaces."""
    boxes = [_in_boxes(name) for name in (one, other)]
    keys = [(real_key(name.first), real_key(name.last)) for name in boxes]
    return all(keys[0]) and keys[0] == keys[1] and compare_names(one, other) == "agree"


def last_names_match(one: PersonName, other: PersonName) -> bool:
    """Whether the last names are equal, one a part of the other's double name, or one typo apart."""
    last_one, last_other = _last(one), _last(other)
    return bool(real_key(last_one) and real_key(last_other)) and _alike_last(last_one, last_other)


def other_last_name(one: PersonName, other: PersonName) -> bool:
    """Whether both have a real last name in one script and these do not match. Blank or junk is no other name."""
    keys = real_key(_last(one)), real_key(_last(other))
    return all(keys) and _is_latin(keys[0]) == _is_latin(keys[1]) and not _alike_last(_last(one), _last(other))


def has_first_name(name: PersonName) -> bool:
    """Whether a real first or preferred name is there."""
    return bool(_given(name))


def is_couple(name: PersonName) -> bool:
    """Whether a name is that of several people: `Ann and Bob`, `Ann, Bob`, `The Smiths`, `Smith & Ann Jones`."""
    first, last = name.first or "", name.last or ""
    return bool(_COUPLE.search(first) or _COUPLE_IN_LAST_NAME.search(last)) or _is_list_of_names(first, last)


def _is_list_of_names(first: str, last: str) -> bool:
    """Whether commas or semicolons part several names in the first box, and the last name has a box of its own."""
    if not (real_key(last) and _LIST.search(first)) or len(first) > _MOST_LETTERS:
        return False
    parts = (without_titles(part) for part in _LIST.split(_ASIDE.sub(" ", first)))
    return sum(bool(real_key(part)) and not is_suffix(part) for part in parts) > 1


@lru_cache(_CACHE_SIZE)
def real_key(raw: str | None) -> str:
    """The key of a real name; "" for a blank one and for junk.

    Junk tells nothing of a person: an email, anything with a digit (`F.123.4`), initials (`J.`, `J.T.`), one letter
    repeated, a word that stands for a missing name (`Unknown`, `N/A`) or says who somebody is (`mom`).
    """
    text = clean_line(raw or "")
    key = name_key(text)
    junk = (
        "@" in text
        or text.casefold() == "n/a"
        or any(character.isdigit() for character in key)
        or (len(set(key)) < 2 and key.isascii())
        or (_INITIALS.fullmatch(text) is not None and text.upper() != text.lower())
        or key in _PLACEHOLDERS
        or key in _ASIDES
    )
    return "" if junk else key


def _compare(one: PersonName, other: PersonName, alike_matches: bool) -> NameAgreement:
    matching: tuple[FirstNames, ...] = ("match", "alike") if alike_matches else ("match",)
    compared = [
        (compare_first_names(a, b), last_names_match(a, b)) for a, b in _pairs(_in_boxes(one), _in_boxes(other))
    ]
    if any(first in matching and last for first, last in compared):
        return "agree"
    if any(first == "unclear" and last for first, last in compared[1:]) and _given(one) and _given(other):
        return "unclear"
    first = compare_first_names(_with_first(one), _with_first(other))
    return "differ" if first == "differ" or (first == "alike" and not alike_matches) else "unclear"


def _pairs(one: PersonName, other: PersonName) -> Iterator[tuple[PersonName, PersonName]]:
    """The two names as written, and with first and last exchanged on either side."""
    yield one, other
    yield _swapped(one), other
    yield one, _swapped(other)


def _swapped(name: PersonName) -> PersonName:
    """The names with first and last exchanged. The preferred name stays out: it is a first name either way."""
    return PersonName(first=name.last, last=name.first)


def _in_boxes(name: PersonName) -> PersonName:
    """The name with a whole name that stands in one box told apart."""
    first, last = split_boxes(name.first, name.last)
    return replace(name, first=first, last=last)


def _with_first(name: PersonName) -> PersonName:
    """As `_in_boxes`, but a blank first box stays blank: its last box may hold a double last name."""
    return _in_boxes(name) if real_key(name.first) else name


def _suffix(name: PersonName) -> str | None:
    return suffix_of(name.suffix, name.last, name.first)


def _last(name: PersonName) -> str:
    return _without_suffix(name.last)


@lru_cache(_CACHE_SIZE)
def _without_suffix(last_name: str | None) -> str:
    return without_titles(last_name or "")


def _given(name: PersonName) -> frozenset[str]:
    """The keys of a person's real first names."""
    keys = _given_in(name.first) | _given_in(name.preferred)
    if name.first and name.middle and len(name.middle) <= _MOST_LETTERS:
        keys |= {key for key in (real_key(f"{name.first} {name.middle}"),) if key and real_key(name.middle)}
    return keys


@lru_cache(_CACHE_SIZE)
def _given_in(raw: str | None) -> frozenset[str]:
    """The keys of the first names in one box: `Dr. Kate M. (Katie)` goes by `Kate M`, `Kate` and `Katie`."""
    text = clean_line(raw or "")
    if len(text) > _MOST_LETTERS:
        return frozenset(key for key in (real_key(text),) if key)
    asides = [aside for match in (*_ASIDE.findall(text), *_QUOTED.findall(text)) for aside in _texts(match)]
    bare = _QUOTED.sub(" ", _ASIDE.sub(" ", text))
    written = [without_titles(part) for whole in (bare, *asides) for part in _SLASH.split(whole) if part]
    without_initials = [_OUTER_INITIALS.sub("", part) for part in written]
    return frozenset(key for key in map(real_key, (*written, *without_initials)) if key)


def _texts(match: str | tuple[str, ...]) -> tuple[str, ...]:
    return (match,) if isinstance(match, str) else tuple(filter(None, match))


@lru_cache(_CACHE_SIZE)
def _compare_given(one: frozenset[str], other: frozenset[str]) -> FirstNames:
    if not (one and other):
        return "unclear"
    pairs = [(a, b) for a in one for b in other]
    if any(a == b or (is_nickname(a, b) and not may_be_siblings(a, b)) for a, b in pairs):
        return "match"
    if any(_are_alike(a, b) for a, b in pairs):
        return "alike"
    if any(_may_be_one_name(a, b) for a, b in pairs):
        return "unclear"
    return "differ"


def _may_be_one_name(a: str, b: str) -> bool:
    """Whether nobody can tell by the letters: other scripts, the same sound, one name in two languages."""
    return _is_latin(a) != _is_latin(b) or sound_the_same(a, b) or is_one_name_in_two_languages(a, b)


def _are_alike(a: str, b: str) -> bool:
    shorter, longer = sorted((a, b), key=len)
    begins = len(shorter) >= _PREFIX_LETTERS and longer.startswith(shorter)
    return begins or is_nickname(a, b) or _one_typo(a, b)


@lru_cache(_CACHE_SIZE)
def _is_latin(key: str) -> bool:
    """Whether all letters of a key are Latin ones."""
    return key.isascii() or all("LATIN" in unicodedata.name(character, "") for character in key)


@lru_cache(_CACHE_SIZE)
def _alike_last(a: str, b: str) -> bool:
    key_a, key_b = name_key(a), name_key(b)
    return key_a == key_b or key_a in _parts(b) or key_b in _parts(a) or _one_typo(key_a, key_b)


@lru_cache(_CACHE_SIZE)
def _parts(last_name: str) -> frozenset[str]:
    """The keys of every run of words of a double name: `Garcia`, `Lopez-Smith` and more of `Garcia Lopez-Smith`."""
    words = [key for key in map(name_key, _PARTS.split(last_name)) if key][:_MOST_WORDS]
    runs = (words[start:end] for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    keys = ("".join(run) for run in runs if not PARTICLES.issuperset(run))
    return frozenset(key for key in keys if len(key) >= _PART_LETTERS)


def _one_typo(a: str, b: str) -> bool:
    """Whether one letter added, left out, changed or exchanged with its neighbour turns one name into the other."""
    return min(len(a), len(b)) >= _TYPO_LETTERS and OSA.distance(a, b, score_cutoff=1) <= 1
