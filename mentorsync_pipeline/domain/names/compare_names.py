"""Compare the names of two people: they agree, differ or leave it unclear (rulebook, section 1, "Names").

| first names                                      | last names match | last names do not match, or one is blank |
|--------------------------------------------------|------------------|------------------------------------------|
| equal (also initials), or a known nickname       | agree            | unclear                                  |
| alike, and alike counts as a match               | agree            | unclear                                  |
| alike only                                       | differ           | differ                                   |
| blank, junk, a couple's or a relative's          | unclear          | unclear                                  |
| (`Ann's mom`), in another script                 |                  |                                          |
| (simplified and traditional Chinese are two) or  |                  |                                          |
| language, sounding the same but spelled          |                  |                                          |
| otherwise, or initials of it (`TJ`)              |                  |                                          |
| anything else                                    | differ           | differ                                   |

Two names match only when both are real. All functions are symmetric. The caller knows which keys two people share
(`domain.sharing`).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from mentorsync_pipeline.domain.names.couples import is_couple_or_relative
from mentorsync_pipeline.domain.names.first_names import (
    FirstNames,
    compare_first_name_keys,
    is_latin,
    is_one_typo,
    share_initials,
)
from mentorsync_pipeline.domain.names.han_variants import simplify
from mentorsync_pipeline.domain.names.name_boxes import split_boxes
from mentorsync_pipeline.domain.names.name_languages import is_in_other_languages
from mentorsync_pipeline.domain.names.name_parts import PARTICLES, remove_titles
from mentorsync_pipeline.domain.names.nickname_pairs import is_certain_nickname, is_known_first_name
from mentorsync_pipeline.domain.names.plain_names import plain_key
from mentorsync_pipeline.domain.names.written_names import (
    ASIDE,
    MAX_WORDS,
    PersonName,
    bare_last_name,
    first_name_keys,
    has_first_name,
    name_suffix,
    real_name_key,
    shorten,
)
from mentorsync_pipeline.domain.normalize import name_key, transcribe
from mentorsync_pipeline.domain.records import NameAgreement

_CACHE_SIZE = 1 << 13
_PART_LETTERS = 2
_PARTS = re.compile(r"[\s\-\u2010-\u2015/&]+")


def compare_names(
    name: PersonName, other: PersonName, *, alike_matches: bool = False, share_email: bool = False
) -> NameAgreement:
    """Compare two people's names.

    Args:
        name: names of one person.
        other: names of the other person.
        alike_matches: the two share keys by which alike first names count as a match.
        share_email: the two share an email, so that a suffix of only one of them is ignored.

    """
    if _are_plainly_equal(name, other):
        return "agree"
    if not (any(name) and any(other)):
        return "unclear"  # most forms do not ask for names
    return _compare_names(name, other, alike_matches, share_email)


def _are_plainly_equal(name: PersonName, other: PersonName) -> bool:
    """Return whether names of plain words are equal, as most names of one person are: a short way to `agree`."""
    last, first, other_first = plain_key(name.last), plain_key(name.first), plain_key(other.first)
    if last is None or first is None or other_first is None or last != plain_key(other.last):
        return False
    preferred = plain_key(name.preferred) if name.preferred else ""
    other_preferred = plain_key(other.preferred) if other.preferred else ""
    if preferred is None or other_preferred is None or name.suffix or other.suffix:
        return False
    return last not in (first, other_first, preferred, other_preferred) and (
        first in (other_first, other_preferred) or preferred == other_first or preferred == other_preferred != ""
    )


@lru_cache(_CACHE_SIZE)
def _compare_names(name: PersonName, other: PersonName, alike_matches: bool, share_email: bool) -> NameAgreement:
    name, other = shorten(name), shorten(other)
    suffix, other_suffix = name_suffix(name), name_suffix(other)
    if suffix and other_suffix and suffix != other_suffix:
        return "differ"
    agreement = _compare_pair(name, other, alike_matches)
    return "unclear" if agreement == "agree" and suffix != other_suffix and not share_email else agreement


def compare_first_names(name: PersonName, other: PersonName) -> FirstNames:
    """Compare two people's first and preferred names. A whole name in one box is split first."""
    return _compare_first_boxes(*split_whole_names(name, other))


def _compare_first_boxes(name: PersonName, other: PersonName) -> FirstNames:
    if is_couple_or_relative(name) or is_couple_or_relative(other):
        return "unclear"
    compared = compare_first_name_keys(first_name_keys(name), first_name_keys(other))
    return "match" if compared == "unclear" and share_initials(name, other) else compared


@lru_cache(_CACHE_SIZE)
def names_are_equal(name: PersonName, other: PersonName) -> bool:
    """Return whether first and last names are equal without case, diacritics, punctuation, spaces and titles.

    They may be in each other's boxes. A suffix of only one of them makes them unequal.
    """
    boxes = [_split_name_boxes(name) for name in (name, other)]
    keys = [
        {real_name_key(remove_titles(box.first or "")), real_name_key(bare_last_name(box), is_last=True)}
        for box in boxes
    ]
    return all(keys[0]) and keys[0] == keys[1] and compare_names(name, other) == "agree"


def last_names_match(name: PersonName, other: PersonName) -> bool:
    """Return whether the last names are equal, a part of the other's double name, or one typo apart.

    A whole name in one box is split first.
    """
    return _last_boxes_match(*split_whole_names(name, other))


def _last_boxes_match(name: PersonName, other: PersonName) -> bool:
    last_one, last_other = bare_last_name(name), bare_last_name(other)
    are_real = all(real_name_key(last, is_last=True) for last in (last_one, last_other))
    return are_real and _are_last_names_alike(last_one, last_other)


def last_names_differ(name: PersonName, other: PersonName) -> bool:
    """Return whether both have a real last name in one script and these do not match."""
    name, other = split_whole_names(name, other)
    keys = real_name_key(bare_last_name(name), is_last=True), real_name_key(bare_last_name(other), is_last=True)
    return (
        all(keys)
        and is_latin(keys[0]) == is_latin(keys[1])
        and not _are_last_names_alike(bare_last_name(name), bare_last_name(other))
    )


def split_whole_names(name: PersonName, other: PersonName) -> tuple[PersonName, PersonName]:
    """Return both names with a whole name in one box split into first and last name, in these boxes."""
    name, other = _put_in_order(name, other)
    return _split_beside(name, other), _split_beside(other, name)


def _put_in_order(name: PersonName, other: PersonName) -> tuple[PersonName, PersonName]:
    """Swap the boxes of both names if both show it: `Irons`, `Mary` and `Irons`, `Jane` are two sisters."""
    if _shows_swap(name) and _shows_swap(other) and _share_last_name(name.first or "", other.first or ""):
        return name._replace(first=name.last, last=name.first), other._replace(first=other.last, last=other.first)
    return name, other


@lru_cache(_CACHE_SIZE)
def _shows_swap(name: PersonName) -> bool:
    """Return whether only the last name is a known first name, and the preferred one is no form of the first one."""
    first, preferred = PersonName(first=name.first), PersonName(first=name.preferred)
    return (
        is_known_first_name(name_key(name.last))
        and has_first_name(first)
        and not is_known_first_name(name_key(name.first))
        and not is_in_other_languages(name_key(name.first))
        and (not has_first_name(preferred) or _compare_first_boxes(first, preferred) == "differ")
    )


def last_name_is_first_name(name: PersonName, other: PersonName) -> bool:
    """Return whether one's last name may be the other's first name: perhaps swapped, with another last name since."""
    return any(
        has_first_name(swapped) and has_first_name(beside) and _compare_first_boxes(swapped, beside) != "differ"
        for swapped, beside in ((_swap_names(name), other), (_swap_names(other), name))
    )


def only_one_has_suffix(name: PersonName, other: PersonName) -> bool:
    """Return whether one name has a suffix such as `Jr.` and the other has none: perhaps father and son."""
    return (name_suffix(name) is None) != (name_suffix(other) is None)


def _compare_pair(name: PersonName, other: PersonName, alike_matches: bool) -> NameAgreement:
    matching: tuple[FirstNames, ...] = ("match", "alike") if alike_matches else ("match",)
    compared: list[tuple[FirstNames, bool]] = []
    # Before `The Smiths` is split.
    if is_couple_or_relative(name) or is_couple_or_relative(other):
        return "unclear"
    if _is_whole_name_of(name, other) or _is_whole_name_of(other, name):
        return "agree"
    name, other = _put_in_order(name, other)
    for a, b in _name_pairs(_split_beside(name, other), _split_beside(other, name)):
        first, last = _compare_first_boxes(a, b), _last_boxes_match(a, b)
        if first in matching and last:
            if not compared or alike_matches or _share_last_name(bare_last_name(a), bare_last_name(b)):
                return "agree"
            # A typo in swapped names: the last name's, or the names of two sisters (Irons Marie, Maria Irons).
            first = "differ" if all(map(is_known_first_name, map(name_key, (a.last, b.last)))) else "unclear"
        compared.append((first, last))
    if (
        any(first == "unclear" and last for first, last in compared[1:])
        and first_name_keys(name)
        and first_name_keys(other)
    ):
        return "unclear"
    first = _compare_first_boxes(_split_last_box(name, other), _split_last_box(other, name))
    return "differ" if first == "differ" or (first == "alike" and not alike_matches) else "unclear"


def _is_whole_name_of(name: PersonName, other: PersonName) -> bool:
    """Return whether a name in one box, or the same in both, is the other's first and last name, in either order.

    Only the other's boxes show where `Ann García López` is divided, and `王伟`, which has no space.
    """
    texts = {key: text for text in (name.first, name.last) if text and (key := real_name_key(text))}
    if len(texts) != 1:
        return False
    boxes = _split_name_boxes(other)
    first, last = real_name_key(boxes.first), real_name_key(bare_last_name(boxes), is_last=True)
    if not (first and last):
        return False
    (text,) = texts.values()
    words = [key for key in map(name_key, _PARTS.split(remove_titles(ASIDE.sub(" ", text)))) if key][:MAX_WORDS]
    if "".join(words) in (first + last, last + first):
        return True
    halves = [("".join(words[:place]), "".join(words[place:])) for place in range(1, len(words))]
    firsts = first_name_keys(boxes)
    return any(
        surname == last and any(given == key or is_certain_nickname(given, key) for key in firsts)
        for half in halves
        for given, surname in (half, half[::-1])
    )


def _name_pairs(name: PersonName, other: PersonName) -> Iterator[tuple[PersonName, PersonName]]:
    """Yield both names as written, and with first and last name swapped on either side."""
    yield name, other
    yield _swap_names(name), other
    yield name, _swap_names(other)


def _swap_names(name: PersonName) -> PersonName:
    """Swap first and last name. The preferred name is dropped, because it is a first name in both cases."""
    return PersonName(first=name.last, last=name.first)


@lru_cache(_CACHE_SIZE)
def _split_name_boxes(name: PersonName) -> PersonName:
    """Split a whole name in one box."""
    first, last = split_boxes(name.first, name.last)
    return name._replace(first=first, last=last)


def _split_beside(name: PersonName, other: PersonName) -> PersonName:
    """Split like `_split_name_boxes`, but keep a first box that is the other person's whole first name.

    `Juan Carlos` beside a blank last box is no whole name when the other person is `Juan Carlos`.
    """
    is_first_name = (
        not name_key(name.last) and bool(name_key(other.last)) and name_key(name.first) == name_key(other.first)
    )
    return name if is_first_name else _split_name_boxes(name)


def _split_last_box(name: PersonName, other: PersonName) -> PersonName:
    """Split like `_split_name_boxes`, but keep a blank first box where the last box may hold a double last name.

    `Ann García López` beside a blank first box is a whole name when the other person's last name is `García López` or
    `García`, and when nothing in it is the other person's last name. So is `García-López, Ann`.
    """
    if real_name_key(name.first) or "," in (name.last or ""):
        return _split_beside(name, other)
    last, other_last = bare_last_name(name), bare_last_name(_split_name_boxes(other))
    words, key = last.split(" "), name_key(other_last)
    rests = {place: " ".join(words[place:]) for place in range(1, len(words))}
    place = max((at for at, rest in rests.items() if key == name_key(rest) or key in _name_parts(rest)), default=None)
    if place is None:
        return name if not name_key(other_last) or _share_last_name(last, other_last) else _split_name_boxes(name)
    return name._replace(first=" ".join(words[:place]), last=" ".join(words[place:]))


@lru_cache(_CACHE_SIZE)
def _are_last_names_alike(a: str, b: str) -> bool:
    return (
        _share_last_name(a, b)
        or _share_last_name(transcribe(a), b)
        or _share_last_name(a, transcribe(b))
        or is_one_typo(simplify(name_key(a)), simplify(name_key(b)))
    )


@lru_cache(_CACHE_SIZE)
def _share_last_name(a: str, b: str) -> bool:
    """Return whether last names are equal, or one is a part of the other's double name."""
    key_a, key_b = simplify(name_key(a)), simplify(name_key(b))
    return key_a == key_b or key_a in _name_parts(b) or key_b in _name_parts(a)


@lru_cache(_CACHE_SIZE)
def _name_parts(last_name: str) -> frozenset[str]:
    """Return the keys of all runs of words in a double name: `Garcia`, `Lopez-Smith` … of `Garcia Lopez-Smith`."""
    words = [key for key in map(name_key, _PARTS.split(last_name)) if key][:MAX_WORDS]
    runs = (words[start:end] for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    keys = ("".join(run) for run in runs if not PARTICLES.issuperset(run))
    return frozenset(key for key in keys if len(key) >= _PART_LETTERS or not is_latin(key))
