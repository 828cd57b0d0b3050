"""Recognise names of several people and of a student's relatives (rulebook, section 1, "Names")."""

import re
from functools import lru_cache
from itertools import combinations

from mentorsync_pipeline.domain.names.first_names import compare_first_name_keys
from mentorsync_pipeline.domain.names.name_parts import is_suffix, join_names, remove_titles
from mentorsync_pipeline.domain.names.nickname_pairs import is_certain_nickname
from mentorsync_pipeline.domain.names.plain_names import plain_key
from mentorsync_pipeline.domain.names.written_names import (
    ASIDE,
    LIST,
    MAX_LETTERS,
    MAX_WORDS,
    SLASH,
    PersonName,
    first_name_keys,
    first_name_keys_in,
    real_name_key,
    shorten,
)
from mentorsync_pipeline.domain.normalize import name_key

_CACHE_SIZE = 1 << 13
_AND = r"(?:and|und|u\.|y|et|or|oder|with|w/|plus|och|og|и)"
_COUPLE = re.compile(
    rf"\S\s*[&+]\s*\S|\S\s+{_AND}\s+\S|\b(?:family|household|couple|team)\b|^the\s+\S+s$|\bmrs?\W+mrs?\b",
    re.IGNORECASE,
)
_COUPLE_JOIN = re.compile(rf"\s*[&+]\s*|\s{_AND}\s", re.IGNORECASE)
_MOTHER = r"(?:mom|mum|mommy|mother|dad|daddy|father|guardian|grand(?:ma|pa|mother|father))"
_PARENT = rf"(?:{_MOTHER}|mama|papa|parents?|grandparents?)"
# `Ann's mom`, `mother of Ann`: a relative of a student, whatever name stands beside it.
_RELATIVE_OF = re.compile(
    rf"['\u2018\u2019`]s?\s+(?:step)?{_PARENT}\b|s\s+{_MOTHER}\b|\b{_PARENT}\s+of\s+\S"
    r"|\bin\s+(?:loving\s+)?(?:memory|honou?r)\s+of\b|\bestate\s+of\b",
    re.IGNORECASE,
)
_OWNER = re.compile("['\u2018\u2019`]s?$")
# `Mary (mom)`: a note of the team on whose contact it is.
_NOTE = re.compile(rf"(?:[\s(\[{{/,;-](?:step-?)?{_MOTHER}|[(\[{{/,;-]\s*{_PARENT})\W*$", re.IGNORECASE)
_RELATIVE = re.compile(rf"\W*(?:{_MOTHER}|parents?)\W*", re.IGNORECASE)
_COUPLE_IN_LAST_NAME = re.compile(r"[&+]\s*\S|(?:^|\s)(?:and|und)\s+\S|\S\s+(?:family|household)$", re.IGNORECASE)


@lru_cache(_CACHE_SIZE)
def is_couple(name: PersonName) -> bool:
    """Return whether a name is of several people: `Ann and Bob`, `Ann, Bob`, `The Smiths`, `Smith & Ann Jones`."""
    if plain_key(name.first) and plain_key(name.last):
        return False
    name = shorten(name)
    first, last = name.first or "", name.last or ""
    # `Bob and`, `Ann Smith`; a first box with only `&` is blank.
    is_split = bool(name_key(first)) and _COUPLE_IN_LAST_NAME.search(join_names(first, last)) is not None
    return (
        is_split or bool(_COUPLE.search(first) or _COUPLE_IN_LAST_NAME.search(last)) or _is_list_of_names(first, last)
    )


@lru_cache(_CACHE_SIZE)
def may_be_couple(name: PersonName) -> bool:
    """Return whether a name is of several people (`is_couple`), or its first box has two names that differ: `Ann/Bob`.

    `Ben/Benny` is one person, and so may be `Jean-Ann/Zuzu`; only a person can tell.
    """
    parts = [first_name_keys_in(part) for part in SLASH.split(shorten(name).first or "")[:MAX_WORDS]]
    return is_couple(name) or any(compare_first_name_keys(a, b) == "differ" for a, b in combinations(parts, 2))


@lru_cache(_CACHE_SIZE)
def is_none_of_couple(couple: PersonName, other: PersonName) -> bool:
    """Return whether the other's first name is none of a couple's: `Ann & Bob` beside `Carol`.

    False where the couple's first names are unknown, as of `The Smiths`.
    """
    joined = SLASH.sub("&", shorten(couple).first or "")
    parts = [part for part in _COUPLE_JOIN.split(joined)[:MAX_WORDS] if name_key(part)]
    keys = [first_name_keys_in(part) for part in (*parts, couple.preferred) if part]
    other_keys = first_name_keys(other)
    return (
        len(parts) > 1
        and bool(other_keys)
        and all(keys)
        and all(compare_first_name_keys(key, other_keys) == "differ" for key in keys)
    )


@lru_cache(_CACHE_SIZE)
def is_relative(name: PersonName) -> bool:
    """Return whether a name is of a student's relative: `Ann's mom`, `Mary (mother of Ann)`, `Mom`."""
    if all(text is None or plain_key(text) for text in (name.first, name.preferred, name.last)):
        return False
    name = shorten(name)
    first, last = name.first or "", name.last or ""
    is_owned = _OWNER.search(first) is not None and _RELATIVE.fullmatch(last) is not None  # `Ann's` and `Mom`
    return is_owned or any(map(_RELATIVE_OF.search, _texts(name))) or _RELATIVE.fullmatch(first) is not None


def is_couple_or_relative(name: PersonName) -> bool:
    """Return whether a name is of several people or of a student's relative, and so has no first name of one person."""
    return is_couple(name) or is_relative(name)


@lru_cache(_CACHE_SIZE)
def is_noted_as_relative(name: PersonName) -> bool:
    """Return whether a name is of a student's relative (`is_relative`) or ends in such a note: `Mary (mom)`."""
    return is_relative(name) or any(map(_NOTE.search, _texts(shorten(name))))


def _texts(name: PersonName) -> list[str]:
    return [text for text in (name.first, name.preferred, name.last) if text]


def _is_list_of_names(first: str, last: str) -> bool:
    """Return whether the first box has several names with commas or semicolons, and the last box is filled.

    `Tull, Sam` beside `Tull` is one name.
    """
    if not (real_name_key(last, is_last=True) and LIST.search(first)) or len(first) > MAX_LETTERS:
        return False
    parts = (remove_titles(part) for part in LIST.split(SLASH.sub(" ", ASIDE.sub(" ", first))))
    keys = {real_name_key(part) for part in parts if not is_suffix(part)} - {"", real_name_key(last, is_last=True)}
    return len(keys) > 1 and not all(is_certain_nickname(a, b) for a, b in combinations(sorted(keys), 2))
