"""Whether two people's names agree, differ or leave it unclear (rulebook section 1).

Every function is symmetric. Where the rulebook leaves room, a match is the harder claim: two names match only when
both are real.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from nicknames import NickNamer
from rapidfuzz.distance import OSA

from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import NameAgreement

_CACHE_SIZE = 1 << 16
_PREFIX_LETTERS = 3
_TYPO_LETTERS = 5
_PART_LETTERS = 2

# No name is longer; comparing part by part would take long on a text that somebody pasted into the form.
_MOST_WORDS = 8
_MOST_LETTERS = 100

_PARTS = re.compile(r"[\s\-\u2010-\u2015/]+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.\s*)+[^\W\d_]?|[^\W\d_](?:\s+[^\W\d_])*")
_OUTER_INITIALS = re.compile(r"^(?:[^\W\d_](?:\.\s*|\s+))+|(?:\s+[^\W\d_]\.?)+$")
_PLACEHOLDERS = frozenset({"anonymous", "firstname", "lastname", "nan", "noname", "none", "null", "test", "unknown"})

# Words that join or end a double name. Alone they are part of too many names to say anything.
_ARTICLES = {"da", "das", "de", "del", "di", "do", "dos", "du", "el", "la", "las", "le", "les", "los"}
_OTHERS = {"al", "den", "der", "san", "santa", "st", "ter", "van", "vander", "von", "y"}
_ENDINGS = {"ii", "iii", "iv", "jr", "sr"}
_PARTICLES = _ARTICLES | _OTHERS | _ENDINGS


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's names as they were written; None when not given."""

    first: str | None = None
    preferred: str | None = None
    last: str | None = None


def agreement(one: PersonName, other: PersonName) -> NameAgreement:
    """Whether two people's names `agree`, `differ` or leave it `unclear` (rulebook section 1).

    They agree when first and last names match, as written or with first and last swapped on one side. They differ when
    both have a real first (or preferred) name and these do not match, whatever the last names.
    """
    if _match(one, other) or _match(_swapped(one), other) or _match(one, _swapped(other)):
        return "agree"
    if _given(one) and _given(other) and not first_names_match(one, other):
        return "differ"
    return "unclear"


def first_names_match(one: PersonName, other: PersonName) -> bool:
    """Whether a first or preferred name of one equals, begins, is a nickname of or nearly equals one of the other."""
    return any(_alike_first(a, b) for a in _given(one) for b in _given(other))


def last_names_match(one: PersonName, other: PersonName) -> bool:
    """Whether the last names are equal, one a part of the other's double name, or one typo apart."""
    return bool(real_key(one.last) and real_key(other.last)) and _alike_last(one.last or "", other.last or "")


def other_last_name(one: PersonName, other: PersonName) -> bool:
    """Whether both have a real last name and these do not match. Blank or junk is no other name."""
    return bool(real_key(one.last) and real_key(other.last)) and not _alike_last(one.last or "", other.last or "")


@lru_cache(_CACHE_SIZE)
def real_key(raw: str | None) -> str:
    """The key of a real name; "" for a blank one and for junk.

    Junk tells nothing of a person: an email, anything with a digit (`F.123.4`), initials (`J.`, `J.T.`), one letter
    repeated, a word that stands for a missing name (`Unknown`, `N/A`).
    """
    text = (raw or "").strip()
    key = name_key(text)
    junk = (
        "@" in text
        or text.casefold() == "n/a"
        or any(character.isdigit() for character in key)
        or len(set(key)) < 2
        or _INITIALS.fullmatch(text) is not None
        or key in _PLACEHOLDERS
    )
    return "" if junk else key


def _match(one: PersonName, other: PersonName) -> bool:
    return last_names_match(one, other) and first_names_match(one, other)


def _swapped(name: PersonName) -> PersonName:
    """The names with first and last exchanged. The preferred name stays out: it is a first name either way."""
    return PersonName(first=name.last, last=name.first)


def _given(name: PersonName) -> frozenset[str]:
    """The keys of a person's real first names: `Kate M.` also goes by `Kate`, for an initial is no name."""
    written = [text.strip() for text in (name.first, name.preferred) if text]
    bare = [_OUTER_INITIALS.sub("", text) for text in written if len(text) <= _MOST_LETTERS]
    return frozenset(key for key in map(real_key, written + bare) if key)


@lru_cache(_CACHE_SIZE)
def _alike_first(a: str, b: str) -> bool:
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) >= _PREFIX_LETTERS and longer.startswith(shorter):
        return True
    return a == b or (a, b) in _nicknames() or (b, a) in _nicknames() or _one_typo(a, b)


@lru_cache(_CACHE_SIZE)
def _alike_last(a: str, b: str) -> bool:
    key_a, key_b = name_key(a), name_key(b)
    return key_a == key_b or key_a in _parts(b) or key_b in _parts(a) or _one_typo(key_a, key_b)


@lru_cache(_CACHE_SIZE)
def _parts(last_name: str) -> frozenset[str]:
    """The keys of every run of words of a double name: `Garcia`, `Lopez-Smith` and more of `Garcia Lopez-Smith`."""
    words = [key for key in map(name_key, _PARTS.split(last_name)) if key][:_MOST_WORDS]
    runs = (words[start:end] for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    keys = ("".join(run) for run in runs if not _PARTICLES.issuperset(run))
    return frozenset(key for key in keys if len(key) >= _PART_LETTERS)


def _one_typo(a: str, b: str) -> bool:
    """Whether one letter added, left out, changed or exchanged with its neighbour turns one name into the other."""
    return min(len(a), len(b)) >= _TYPO_LETTERS and OSA.distance(a, b, score_cutoff=1) <= 1


@cache
def _nicknames() -> frozenset[tuple[str, str]]:
    """Every (name, nickname) pair of the package `nicknames`, as keys."""
    return frozenset(
        (name_key(name), name_key(nickname))
        for name, nicknames in NickNamer.default_lookup().items()
        for nickname in nicknames
    )
