"""Compare the names of two people: they agree, differ or leave it unclear (rulebook, section 1, "Names").

| first names                                      | last names match | last names do not match, or one is blank |
|--------------------------------------------------|------------------|------------------------------------------|
| equal, or a known nickname                       | agree            | unclear                                  |
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
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from typing import Literal, NamedTuple

from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.han_variants import simplify
from mentorsync_pipeline.domain.name_boxes import PRONOUNS, split_boxes
from mentorsync_pipeline.domain.name_languages import is_one_name_in_two_languages
from mentorsync_pipeline.domain.name_parts import PARTICLES, find_suffix, is_suffix, join_names, remove_titles
from mentorsync_pipeline.domain.name_scripts import consonants_differ, transliterate
from mentorsync_pipeline.domain.name_sounds import sound_the_same
from mentorsync_pipeline.domain.nickname_pairs import is_known_first_name, is_nickname, may_be_siblings
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import NameAgreement

_CACHE_SIZE = 1 << 16
_PREFIX_LETTERS = 3
_TYPO_LETTERS = 5
_PART_LETTERS = 2

# Longer texts are no names; comparing their parts would take long.
_MAX_WORDS = 8
_MAX_LETTERS = 100
_MAX_BOX = 200

_PARTS = re.compile(r"[\s\-\u2010-\u2015/&]+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.\s*)+[^\W\d_]?|[^\W\d_](?:\s+[^\W\d_])*")
_TWO_INITIALS = re.compile(r"[bcdfghjklmnpqrstvwxz]{2}|[aeou]j")
# Initials at the start or end. A single Chinese character is a name.
_INITIAL = "[A-Za-z\\u00c0-\\u024f\\u0370-\\u052f]"
_OUTER_INITIALS = re.compile(rf"^(?:{_INITIAL}(?:\.\s*|\s+))+|(?:\s+{_INITIAL}\.?)+$")
# A text in brackets or quotes, or after a slash, is a further first name. An apostrophe is not a quote.
_OPEN, _CLOSE, _QUOTE = (
    r"(\[{<\uff08\uff3b\u3010\u300c\u300e",
    r")\]}>\uff09\uff3d\u3011\u300d\u300f",
    '"\u201c-\u201f\xab\xbb\uff02',
)
_ASIDE = re.compile(
    f"[{_OPEN}]([^{_OPEN}{_CLOSE}]*)(?:[{_CLOSE}]|$)|[{_QUOTE}]([^{_QUOTE}]*)[{_QUOTE}]|(?<=\\s)[{_QUOTE}]([^{_QUOTE}]+)$"
)
_QUOTED = re.compile(r"(?<!\w)['\u2018\u2019`]([^'\u2018\u2019`]+)['\u2018\u2019`](?!\w)")
_DASH = re.compile(r"\s+[-\u2013\u2014~]\s+")
_SLASH = re.compile(
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
_AND = r"(?:and|und|u\.|y|et|or|oder|with|w/|plus|och|og|и)"
_COUPLE = re.compile(
    rf"\S\s*[&+]\s*\S|\S\s+{_AND}\s+\S|\b(?:family|household|couple|team)\b|^the\s+\S+s$|\bmrs?\W+mrs?\b",
    re.IGNORECASE,
)
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
_LIST = re.compile(r"[,;]")
_MARIA = re.compile(r"^(?:Ma\.|Mª\.?|M\.ª)\s+(?=\w{2})", re.IGNORECASE)  # as in `Ma. José`
_SAINT = re.compile(r"\bsainte?\b(?=\W+\w)", re.IGNORECASE)
_PLACEHOLDERS = frozenset(
    {"anonymous", "firstname", "lastname", "nan", "noname", "none", "null", "test", "unknown", "anon", "name", "first"}
    | {"guest", "donor", "member", "customer", "tbd", "tba", "blank", "undefined", "deleted", "redacted", "notprovided"}
    | {"notgiven", "notavailable", "notapplicable", "nofirstname", "nolastname", "notknown", "student", "mentor"}
    | {"anonymousdonor", "asdf", "asdfasdf", "asdfgh", "qwerty", "testtest", "testuser", "nonamegiven", "newcontact"}
)
_SPREADSHEET_ERROR = re.compile(r"#[A-Z/0]{2,}[!?]?")
# A short form of Nancy; programs write `nan` and `NaN` for a blank.
_NAN = "Nan"
# Words that are not names: relationships and pronouns.
_ASIDES = frozenset(
    {"mom", "mother", "dad", "father", "parent", "parents", "guardian", "sister", "brother", "son", "daughter", "self"}
    | {"she", "her", "hers", "he", "him", "his", "they", "them", "theirs", "sheher", "hehim", "theythem", "shehers"}
    | {"wife", "husband", "spouse", "aunt", "uncle", "grandma", "grandpa", "grandmother", "grandfather", "friend"}
)
FirstNames = Literal["match", "alike", "unclear", "differ"]
"""Comparison of first names. `match`: equal or a nickname; `alike`: a prefix or one typo away."""


class PersonName(NamedTuple):
    """A person's names as they were written; None when not given."""

    first: str | None = None
    preferred: str | None = None
    last: str | None = None
    middle: str | None = None
    suffix: str | None = None


@lru_cache(_CACHE_SIZE)
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
    name, other = _shorten(name), _shorten(other)
    suffix, other_suffix = _name_suffix(name), _name_suffix(other)
    if suffix and other_suffix and suffix != other_suffix:
        return "differ"
    agreement = _compare_pair(name, other, alike_matches)
    return "unclear" if agreement == "agree" and suffix != other_suffix and not share_email else agreement


def compare_first_names(name: PersonName, other: PersonName) -> FirstNames:
    """Compare two people's first and preferred names."""
    if any(is_couple(one) or is_relative(one) for one in (name, other)):
        return "unclear"
    return _compare_first_name_keys(_first_name_keys(name), _first_name_keys(other))


def first_names_sound_different(name: PersonName, other: PersonName) -> bool:
    """Return whether first names in two scripts, which no letters compare, have no sounds in common.

    False when a name is missing, or is in a script that `name_scripts` cannot transliterate.
    """
    keys, others = _first_name_keys(name), _first_name_keys(other)
    pairs = [(_to_latin(a), _to_latin(b)) for a in keys for b in others]
    in_two_scripts = bool(pairs) and all(_is_latin(a) != _is_latin(b) for a in keys for b in others)
    return in_two_scripts and all(a and b and not _may_sound_alike(a, b) for a, b in pairs)


def _to_latin(key: str) -> str | None:
    return key if _is_latin(key) else transliterate(key)


def _may_sound_alike(a: str, b: str) -> bool:
    return not consonants_differ(a, b) or _are_alike(a, b) or _may_be_one_name(a, b)


@lru_cache(_CACHE_SIZE)
def names_are_equal(name: PersonName, other: PersonName) -> bool:
    """Return whether first and last names are equal without case, diacritics, punctuation and spaces."""
    boxes = [_split_name_boxes(name) for name in (name, other)]
    keys = [(real_name_key(name.first), real_name_key(name.last)) for name in boxes]
    return all(keys[0]) and keys[0] == keys[1] and compare_names(name, other) == "agree"


def last_names_match(name: PersonName, other: PersonName) -> bool:
    """Return whether the last names are equal, a part of the other's double name, or one typo apart."""
    last_one, last_other = _last_name_key(name), _last_name_key(other)
    return bool(real_name_key(last_one) and real_name_key(last_other)) and _are_last_names_alike(last_one, last_other)


def last_names_differ(name: PersonName, other: PersonName) -> bool:
    """Return whether both have a real last name in one script and these do not match."""
    keys = real_name_key(_last_name_key(name)), real_name_key(_last_name_key(other))
    return (
        all(keys)
        and _is_latin(keys[0]) == _is_latin(keys[1])
        and not _are_last_names_alike(_last_name_key(name), _last_name_key(other))
    )


def only_one_has_suffix(name: PersonName, other: PersonName) -> bool:
    """Return whether one name has a suffix such as `Jr.` and the other has none: perhaps father and son."""
    return (_name_suffix(name) is None) != (_name_suffix(other) is None)


def only_one_has_initials(name: PersonName, other: PersonName) -> bool:
    """Return whether one first name is initials such as `TJ` and the other is not: perhaps a brother's."""
    initials = [any(map(_TWO_INITIALS.fullmatch, _first_name_keys(one))) for one in (name, other)]
    return initials[0] != initials[1]


def has_first_name(name: PersonName) -> bool:
    """Return whether there is a real first or preferred name."""
    return bool(_first_name_keys(name))


@lru_cache(_CACHE_SIZE)
def is_couple(name: PersonName) -> bool:
    """Return whether a name is of several people: `Ann and Bob`, `Ann, Bob`, `The Smiths`, `Smith & Ann Jones`."""
    name = _shorten(name)
    first, last = name.first or "", name.last or ""
    is_split = _COUPLE_IN_LAST_NAME.search(join_names(first, last)) is not None  # `Bob and`, `Ann Smith`
    return (
        is_split or bool(_COUPLE.search(first) or _COUPLE_IN_LAST_NAME.search(last)) or _is_list_of_names(first, last)
    )


@lru_cache(_CACHE_SIZE)
def may_be_couple(name: PersonName) -> bool:
    """Return whether a name is of several people (`is_couple`), or its first box has two names that differ: `Ann/Bob`.

    `Ben/Benny` is one person, and so may be `Jean-Ann/Zuzu`; only a person can tell.
    """
    parts = [_first_name_keys_in(part) for part in _SLASH.split(_shorten(name).first or "")[:_MAX_WORDS]]
    return is_couple(name) or any(_compare_first_name_keys(a, b) == "differ" for a, b in combinations(parts, 2))


@lru_cache(_CACHE_SIZE)
def is_relative(name: PersonName) -> bool:
    """Return whether a name is of a student's relative: `Ann's mom`, `Mary (mother of Ann)`, `Mom`."""
    name = _shorten(name)
    first, last = name.first or "", name.last or ""
    is_owned = _OWNER.search(first) is not None and _RELATIVE.fullmatch(last) is not None  # `Ann's` and `Mom`
    return is_owned or any(map(_RELATIVE_OF.search, _texts(name))) or _RELATIVE.fullmatch(first) is not None


@lru_cache(_CACHE_SIZE)
def is_noted_as_relative(name: PersonName) -> bool:
    """Return whether a name is of a student's relative (`is_relative`) or ends in such a note: `Mary (mom)`."""
    return is_relative(name) or any(map(_NOTE.search, _texts(_shorten(name))))


def _shorten(name: PersonName) -> PersonName:
    """Cut texts that are longer than any name, because some patterns take quadratic time."""
    if all(text is None or len(text) <= _MAX_BOX for text in name):
        return name
    return PersonName(*(text and text[:_MAX_BOX] for text in name))


def _texts(name: PersonName) -> list[str]:
    return [text for text in (name.first, name.preferred, name.last) if text]


def initials_differ(name: PersonName, other: PersonName) -> bool:
    """Return whether one first name is only an initial, with which none of the other's first names begins."""
    return _has_other_initial(name, other) or _has_other_initial(other, name)


def _has_other_initial(name: PersonName, other: PersonName) -> bool:
    initials = remove_titles(name.first or "")
    keys = _first_name_keys(other)
    if has_first_name(name) or not keys or _INITIALS.fullmatch(initials) is None:
        return False
    first = name_key(initials)[:1]
    return _is_latin(first) and all(_is_latin(key) and not key.startswith(first) for key in keys)


def _is_list_of_names(first: str, last: str) -> bool:
    """Return whether the first box has several names with commas or semicolons, and the last box is filled."""
    if not (real_name_key(last) and _LIST.search(first)) or len(first) > _MAX_LETTERS:
        return False
    parts = (remove_titles(part) for part in _LIST.split(_SLASH.sub(" ", _ASIDE.sub(" ", first))))
    keys = {real_name_key(part) for part in parts if not is_suffix(part)} - {""}
    return len(keys) > 1 and not all(_is_certain_nickname(a, b) for a, b in combinations(sorted(keys), 2))


@lru_cache(_CACHE_SIZE)
def real_name_key(raw: str | None) -> str:
    """Return the key of a real name; "" if it is blank or junk.

    Junk: an email, a text with a digit (`F.123.4`), initials (`J.`, `J.T.`), one repeated letter, a placeholder
    (`Unknown`, `N/A`) or a relationship (`mom`).
    """
    text = clean_line(raw or "")
    key = name_key(text)
    if text == _NAN:
        return key
    junk = (
        "@" in text
        or text.casefold() == "n/a"
        or _SPREADSHEET_ERROR.fullmatch(text) is not None
        or any(character.isdigit() for character in key)
        or (len(set(key)) < 2 and key.isascii())
        or (_INITIALS.fullmatch(text) is not None and text.upper() != text.lower())
        or key in _PLACEHOLDERS
        or key in _ASIDES
    )
    return "" if junk else key


def _compare_pair(name: PersonName, other: PersonName, alike_matches: bool) -> NameAgreement:
    matching: tuple[FirstNames, ...] = ("match", "alike") if alike_matches else ("match",)
    compared: list[tuple[FirstNames, bool]] = []
    if _is_whole_name_of(name, other) or _is_whole_name_of(other, name):
        return "agree"
    for a, b in _name_pairs(_split_name_boxes(name), _split_name_boxes(other)):
        first, last = compare_first_names(a, b), last_names_match(a, b)
        if first in matching and last:
            if not compared or alike_matches or _share_last_name(_last_name_key(a), _last_name_key(b)):
                return "agree"
            # A typo in swapped names: the last name's, or the names of two sisters (Irons Marie, Maria Irons).
            first = "differ" if all(map(is_known_first_name, map(name_key, (a.last, b.last)))) else "unclear"
        compared.append((first, last))
    if (
        any(first == "unclear" and last for first, last in compared[1:])
        and _first_name_keys(name)
        and _first_name_keys(other)
    ):
        return "unclear"
    first = compare_first_names(_split_last_box(name, other), _split_last_box(other, name))
    return "differ" if first == "differ" or (first == "alike" and not alike_matches) else "unclear"


def _is_whole_name_of(name: PersonName, other: PersonName) -> bool:
    """Return whether a name in one box, or the same in both, is the other's first and last name, in either order.

    Only the other's boxes show where `Ann García López` is divided, and `王伟`, which has no space.
    """
    texts = {key: text for text in (name.first, name.last) if text and (key := real_name_key(text))}
    boxes = _split_name_boxes(other)
    first, last = real_name_key(boxes.first), real_name_key(_last_name_key(boxes))
    if len(texts) != 1 or not (first and last):
        return False
    (text,) = texts.values()
    words = [key for key in map(name_key, _PARTS.split(remove_titles(_ASIDE.sub(" ", text)))) if key][:_MAX_WORDS]
    if "".join(words) in (first + last, last + first):
        return True
    halves = [("".join(words[:place]), "".join(words[place:])) for place in range(1, len(words))]
    firsts = _first_name_keys(boxes)
    return any(
        surname == last and any(given == key or _is_certain_nickname(given, key) for key in firsts)
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


def _split_last_box(name: PersonName, other: PersonName) -> PersonName:
    """Split like `_split_name_boxes`, but keep a blank first box where the last box may hold a double last name.

    `Ann García López` beside a blank first box is a whole name when the other person's last name is `García López`.
    """
    if real_name_key(name.first):
        return _split_name_boxes(name)
    other_last = name_key(_last_name_key(_split_name_boxes(other)))
    words = _last_name_key(name).split(" ")
    ends = (place for place in range(1, len(words)) if "".join(map(name_key, words[place:])) == other_last)
    place = next(ends, None)
    return name if place is None else name._replace(first=" ".join(words[:place]), last=" ".join(words[place:]))


@lru_cache(_CACHE_SIZE)
def _name_suffix(name: PersonName) -> str | None:
    return find_suffix(name.suffix, name.last, name.first)


def _last_name_key(name: PersonName) -> str:
    return _without_suffix(name.last)


@lru_cache(_CACHE_SIZE)
def _without_suffix(last_name: str | None) -> str:
    return _SAINT.sub("St", remove_titles((last_name or "")[:_MAX_BOX], is_last=True))


@lru_cache(_CACHE_SIZE)
def _first_name_keys(name: PersonName) -> frozenset[str]:
    """Return the keys of a person's real first names."""
    keys = _first_name_keys_in(name.first) | _first_name_keys_in(name.preferred)
    if name.first and name.middle and len(name.middle) <= _MAX_LETTERS:
        keys |= {key for key in (real_name_key(f"{name.first} {name.middle}"),) if key and real_name_key(name.middle)}
    return keys


@lru_cache(_CACHE_SIZE)
def _first_name_keys_in(raw: str | None) -> frozenset[str]:
    """Return the keys of the first names in one box: `Dr. Kate M. (Katie)` gives `Kate M`, `Kate` and `Katie`."""
    text = _MARIA.sub("Maria ", clean_line(raw or ""))
    if len(text) > _MAX_LETTERS:
        return frozenset(key for key in (real_name_key(text),) if key)
    asides = [aside for match in (*_ASIDE.findall(text), *_QUOTED.findall(text)) for aside in _match_texts(match)]
    bare = PRONOUNS.sub("", _QUOTED.sub(" ", _ASIDE.sub(" ", text)))
    parts = [part for whole in (bare, *asides) for part in _SLASH.split(whole) if part]
    parts += [_DASH.sub("-", part) for part in (bare, *asides) if _DASH.search(part)]  # Jean - Luc
    listed = [item for part in parts if _LIST.search(part) for item in _LIST.split(part)]
    written = [remove_titles(part) for part in (*parts, *listed) if not is_suffix(part)]
    without_initials = [_OUTER_INITIALS.sub("", part) for part in written]
    return frozenset(key for key in map(real_name_key, (*written, *without_initials)) if key)


def _match_texts(match: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the texts of a match without words such as `goes by`."""
    texts = (match,) if isinstance(match, str) else match
    return tuple(text for group in texts if (text := _CALLED.sub("", group)))


@lru_cache(_CACHE_SIZE)
def _compare_first_name_keys(name: frozenset[str], other: frozenset[str]) -> FirstNames:
    if not (name and other):
        return "unclear"
    pairs = [(a, b) for a in name for b in other]
    if any(a == b or _is_certain_nickname(a, b) for a, b in pairs):
        return "match"
    if any(_are_alike(a, b) for a, b in pairs):
        return "alike"
    if any(_may_be_one_name(a, b) for a, b in pairs):
        return "unclear"
    return "differ"


def _is_certain_nickname(a: str, b: str) -> bool:
    return is_nickname(a, b) and not may_be_siblings(a, b)


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
    return begins or is_nickname(a, b) or _is_one_typo(a, b)


@lru_cache(_CACHE_SIZE)
def _script(key: str) -> str:
    """Return the script of a key's first letter: `LATIN`, `CYRILLIC`, `CJK`, `HIRAGANA`."""
    return "LATIN" if _is_latin(key) else unicodedata.name(key[0], "").partition(" ")[0]


@lru_cache(_CACHE_SIZE)
def _is_latin(key: str) -> bool:
    """Return whether all letters of a key are Latin."""
    return key.isascii() or all("LATIN" in unicodedata.name(character, "") for character in key)


@lru_cache(_CACHE_SIZE)
def _are_last_names_alike(a: str, b: str) -> bool:
    return _share_last_name(a, b) or _is_one_typo(simplify(name_key(a)), simplify(name_key(b)))


@lru_cache(_CACHE_SIZE)
def _share_last_name(a: str, b: str) -> bool:
    """Return whether last names are equal, or one is a part of the other's double name."""
    key_a, key_b = simplify(name_key(a)), simplify(name_key(b))
    return key_a == key_b or key_a in _name_parts(b) or key_b in _name_parts(a)


@lru_cache(_CACHE_SIZE)
def _name_parts(last_name: str) -> frozenset[str]:
    """Return the keys of all runs of words in a double name: `Garcia`, `Lopez-Smith` … of `Garcia Lopez-Smith`."""
    words = [key for key in map(name_key, _PARTS.split(last_name)) if key][:_MAX_WORDS]
    runs = (words[start:end] for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    keys = ("".join(run) for run in runs if not PARTICLES.issuperset(run))
    return frozenset(key for key in keys if len(key) >= _PART_LETTERS or not _is_latin(key))


def _is_one_typo(a: str, b: str) -> bool:
    """Return whether the names differ by one added, missing, changed or swapped letter."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    return min(len(a), len(b)) >= _TYPO_LETTERS and OSA.distance(a, b, score_cutoff=1) <= 1
