"""Split and format names that were typed into the boxes for first and last name (rulebook, section 1, "Boxes").

| first box   | last box   | first | last   |
|-------------|------------|-------|--------|
| Ned Irons   | Irons      | Ned   | Irons  |
| Ned         | Ned Irons  | Ned   | Irons  |
| Pam         | Pamela Reed | Pam  | Reed   |
| Sam Tull    | Sam Tull   | Sam   | Tull   |
|             | Pam Reed   | Pam   | Reed   |
| Pam Reed    |            | Pam   | Reed   |
| Reed, Pam   |            | Pam   | Reed   |
| Irons, Ned, Jr. |        | Ned   | Irons Jr. |
| .           | Rao        |       | Rao    |
| JON         | MCDONALD   | Jon   | McDonald |
| Ned         | Irons, Ned | Ned   | Irons    |
| Irons Ned   | Irons      | Ned   | Irons    |
| Irons       | Ned Irons  | Ned   | Irons    |
| Ned Irons   | Irons Jr.  | Ned   | Irons Jr. |
| Ned Irons   | Jr.        | Ned   | Irons Jr. |
| Ned Irons Jr. | Irons    | Ned   | Irons Jr. |
| Ned Irons Irons |        | Ned   | Irons    |
| Ned Irons (Bo) | Irons    | Ned (Bo) | Irons |
| Ned Irons Tull | Irons-Tull | Ned | Irons-Tull |
| Ned Irons   | Irons Ned  | Ned   | Irons    |
| Dr.         | Ned Irons  | Ned   | Irons    |
| "Ned",      | Irons;     | Ned   | Irons    |
| 王伟        | 王         | 伟    | 王       |
| Ned ned@mail.example | Irons | Ned | Irons  |
| Ned         | Mrs. Irons | Ned   | Irons    |
| LI          | NA         | Li    | Na       |

Where a box repeats the other one's name out of order, the box decides which name is the first, unless only the other
one is a known first name.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from mentorsync_pipeline.domain.clean_text import clean_line, is_spreadsheet_error, narrow
from mentorsync_pipeline.domain.names.name_parts import (
    JOINING,
    is_suffix,
    is_title,
    remove_certain_titles,
    remove_titles,
)
from mentorsync_pipeline.domain.names.nickname_pairs import is_certain_nickname, is_known_first_name
from mentorsync_pipeline.domain.names.other_texts import is_sentence, remove_other_texts
from mentorsync_pipeline.domain.names.plain_names import PLACEHOLDER_KEYS, is_one_repeated_letter, plain_key
from mentorsync_pipeline.domain.normalize import name_key

_CACHE_SIZE = 1 << 13
_MOST_SPLITS = 5
# A longer text is no name; splitting and comparing it would take long.
MAX_BOX_LETTERS = 200
# People have these names, so only other capitals (`NA`, `null`) make them placeholders.
_REAL_NAMES = frozenset({"Na", "Nan", "Null", "Oo", "Ee", "Aa"})
# A Turkish capital in lower case is two characters.
_DOTTED_I = "i\u0307"
_LETTERS = re.compile(r"(?:[^\W\d_]\u0307?)+(?:['\u2019](?:[^\W\d_]\u0307?)+)*")
# Characters of a name. Formulas, emails and numbers are not changed.
_NAME_TEXT = re.compile(r"(?:[^\W\d_]|[\u0307 .,'\u2019()\"&/-])+")
# Pronouns behind a name: `Jo she/her`, `Jo (they/them)`.
PRONOUNS = re.compile(
    r"[\s,-]*(?:\(|\[|[\s,-])\s*(?:she|he|they|ze|xe)(?:\s*/\s*(?:he|him|his|she|hers?|they|them|theirs?|any))+\s*[)\]]?$",
    re.IGNORECASE,
)
# Marks around a name, and a comma without a space in `Irons,Ned`.
_OUTER_MARKS = re.compile(r"^[\s,;:*_~|\\-]+|[\s,;:!?*_~|\\-]+$")
_QUOTES = r"\"\u201c\u201d\u201e\xab\xbb()\[\]"
_IN_QUOTES = re.compile(rf"[{_QUOTES}](\w[^{_QUOTES}]*)[{_QUOTES}]|['\u2018\u2019`](\w[^'\u2018\u2019`]*)['\u2019`]")
_TIGHT_COMMA = re.compile(r"(?<=[^\W\d_]) ?, ?(?=[^\W\d_])")
_ASIDE_START = re.compile(r"[(\[{<\"'\u2018\u201c\u201e\xab]\w")
# Scripts that write a whole name without a space.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+")
# ASCII signs that no name has; emoji and other symbols are found by their category.
_SIGNS = frozenset("!#$%*+:;<=>?@[]\\^_{|}~")
_COUPLE = re.compile(r"[&+]|\b(?:and|und|et)\b", re.IGNORECASE)
# Lower-case particles before a last name; those of the second set only after `de`, as in `de la Cruz`.
_SMALL = frozenset({"da", "das", "de", "del", "di", "do", "dos", "du", "van", "von", "der", "den", "ter", "y"})
_SMALL_BEHIND_DE = frozenset({"la", "las", "los"})
_SUFFIX_FORMS = {"ii": "II", "iii": "III", "iv": "IV", "2nd": "2nd", "3rd": "3rd", "4th": "4th", "5th": "5th"}
_SUFFIX_FORMS |= {"phd": "PhD", "edd": "EdD", "psyd": "PsyD", "pharmd": "PharmD", "md": "MD", "dds": "DDS", "rn": "RN"}
_WORD_BREAK = re.compile(r"[\s-]+")
# A name in capitals but for the c: `McDONALD`.
_SMALL_C = re.compile(r"\bMc(?=[A-Z]{2})")
_SHORT_NAME = re.compile(r"[AEIOUY][^AEIOUYJ\W\d]|[^AEIOUY\W\d][AEIOUY]|[^\W\d_A-Za-z]{2}")
# Initials such as AJ and DJ are written in capitals.
_INITIALS_LENGTH = 2


class NameBoxes(NamedTuple):
    """A first and a last name."""

    first: str | None
    last: str | None


@lru_cache(_CACHE_SIZE)
def split_boxes(first: str | None, last: str | None) -> NameBoxes:
    """Split a whole name in one box; otherwise return both boxes, None for a placeholder.

    A box that was split may have marks around its part, as in `Dr. (Liz)`: the boxes are split until nothing changes.
    """
    boxes = NameBoxes(first, last)
    if _are_plain(first, last):
        return boxes
    if any(len(box) > MAX_BOX_LETTERS for box in boxes if box is not None):
        return NameBoxes(*(None if is_junk_name(box) else clean_line(box or "") for box in boxes))
    if _are_short_names(first, last):
        return NameBoxes(*(box and _capitalise(box) for box in boxes))
    for _ in range(_MOST_SPLITS):
        split = _split_once(*boxes)
        if split == boxes:
            break
        boxes = split
    return boxes


def _are_short_names(first: str | None, last: str | None) -> bool:
    """Return whether the boxes are two short names in one case, of which one could be `n/a`: `LI` and `NA`.

    `JO` and `NA` are a known first name and `n/a`.
    """
    boxes = first or "", last or ""
    if first == last or not (all(map(str.isupper, boxes)) or all(map(str.islower, boxes))):
        return False
    return all(_SHORT_NAME.fullmatch(name_key(box).upper()) for box in boxes) and any(
        box.title() in _REAL_NAMES and not is_known_first_name(name_key(other)) for box, other in (boxes, boxes[::-1])
    )


def _are_plain(first: str | None, last: str | None) -> bool:
    """Return whether each box has one plain word, and not the same."""
    key = plain_key(first)
    return key is not None and plain_key(last) not in (None, key)


def _split_once(first: str | None, last: str | None) -> NameBoxes:
    first_words, last_words = _split_words(first), _split_words(last)
    if is_title(first):
        first_words = []
    if last_words:
        last_words = remove_certain_titles(" ".join(last_words)).split(" ")
    if _is_several_people(first) or _is_several_people(last):
        return NameBoxes(" ".join(first_words) or None, " ".join(last_words) or None)
    return _remove_repeated_last_name(
        _split_box_words(_split_off_repetition(first_words), _split_off_repetition(last_words))
    )


def _split_box_words(first_words: list[str], last_words: list[str]) -> NameBoxes:
    if len(first_words) > 1 and last_words and all(map(is_suffix, last_words)):
        first_words, last_words = [*first_words, *last_words], []
    first_words, last_words = _move_suffix(first_words, last_words)
    first_keys, last_keys = [*map(name_key, first_words)], [*map(name_key, last_words)]
    if not first_words:
        return _split_whole_name(last_words) or NameBoxes(None, " ".join(last_words) or None)
    if not last_words:
        return _split_whole_name(first_words) or NameBoxes(" ".join(first_words), None)
    if sorted(first_keys) == sorted(last_keys) and (whole := _split_whole_name(first_words)) is not None:
        return whole if first_keys == last_keys else _put_known_first_name_first(whole)
    for words, part, other in ((last_words, 0, first_keys), (first_words, 1, last_keys)):  # Irons, Ned
        inverted = _split_whole_name(words) if any(word.endswith(",") for word in words) else None
        if inverted is not None and name_key(inverted[part]) == "".join(other):
            return inverted
    last_words, last_keys = _remove_repetition(first_keys, last_words, last_keys)
    boxes = NameBoxes(" ".join(first_words), " ".join(last_words))
    without_suffix = [key for key, word in zip(last_keys, last_words, strict=True) if not is_suffix(word)]
    aside = next((place for place, word in enumerate(first_words) if place and _ASIDE_START.match(word)), None)
    for repeated in filter(None, ("".join(last_keys), "".join(without_suffix))):
        for end in filter(None, (aside, len(first_words))):
            start = next((start for start in range(1, end) if "".join(first_keys[start:end]) == repeated), None)
            if start is not None:
                given = " ".join((*first_words[:start], *first_words[end:]))
                return _without_placeholders(NameBoxes(given, boxes.last)) or boxes
    for end in range(1, len(last_words)):
        if _is_same_first_name("".join(first_keys), "".join(last_keys[:end])):
            rest = _halve(last_words[end:]) or last_words[end:]
            return _without_placeholders(NameBoxes(boxes.first, " ".join(rest))) or boxes
    return _split_repeated_name(first_words, last_words) or _split_unspaced_name(boxes) or boxes


def _is_same_first_name(key: str, other: str) -> bool:
    return key == other or is_certain_nickname(key, other)


def _remove_repetition(
    first_keys: list[str], last_words: list[str], last_keys: list[str]
) -> tuple[list[str], list[str]]:
    """Return the last name once where it is typed twice, and the first box ends in it too: `Ned Irons`, `Irons Irons`.

    `García García` beside `Ana` is a double name.
    """
    half = _halve(last_words)
    keys = [*map(name_key, half)]
    is_whole = bool(half) and len(first_keys) > len(keys) and first_keys[-len(keys) :] == keys
    return (half, keys) if is_whole else (last_words, last_keys)


def _split_off_repetition(words: list[str]) -> list[str]:
    """Return a whole name once that is typed twice in one box: `Sam Tull Sam Tull`."""
    half = _halve(words)
    return half if len(half) > 1 else words


def _halve(words: list[str]) -> list[str]:
    """Return the first half of the words if the second one repeats it, otherwise none."""
    half = words[: len(words) // 2]
    return half if half and [*map(name_key, half)] == [*map(name_key, words[len(half) :])] else []


def _split_unspaced_name(boxes: NameBoxes) -> NameBoxes | None:
    """Split a whole name without a space, of which the other box has a part: `王伟` and `王`, or `伟` and `王伟`."""
    first, last = boxes.first or "", boxes.last or ""
    if first == last or not (_UNSPACED.fullmatch(first) and _UNSPACED.fullmatch(last)):
        return None
    if first.startswith(last):
        return NameBoxes(first.removeprefix(last), last)
    return NameBoxes(first, last.removesuffix(first)) if last.endswith(first) else None


def _put_known_first_name_first(boxes: NameBoxes) -> NameBoxes:
    """Swap the names if only the last one is a known first name."""
    if is_known_first_name(name_key(boxes.last)) and not is_known_first_name(name_key(boxes.first)):
        return NameBoxes(boxes.last, boxes.first)
    return boxes


def _remove_repeated_last_name(boxes: NameBoxes) -> NameBoxes:
    """Return `Ned` and `Irons` for `Ned Irons` and `Irons`, which are the parts of `Ned Irons Irons`."""
    if boxes.first is None or boxes.last is None:
        return boxes
    words, last = boxes.first.split(" "), name_key(boxes.last)
    while name_key(words[-1]) == last and not is_placeholder_name(" ".join(words[:-1])):
        words.pop()
    return boxes._replace(first=" ".join(words))


def split_filled_boxes(first: str | None, last: str | None) -> NameBoxes:
    """Split a whole name in one box if both boxes are filled; otherwise return both boxes as they are."""
    return split_boxes(first, last) if first and last else NameBoxes(first, last)


@lru_cache(_CACHE_SIZE)
def tidy_boxes(first: str | None, last: str | None) -> NameBoxes:
    """Return the first and last name, split and formatted. Two letters in capitals are a name if the other one is."""
    boxes = split_boxes(first, last)
    if _are_plain(first, last) and str(first).istitle() and str(last).istitle():
        return boxes
    first, last = _format_short_name(boxes.first, boxes.last), _format_short_name(boxes.last, boxes.first)
    return NameBoxes(first and format_name(first), last and format_name(last, is_last=True))


def _format_short_name(text: str | None, other: str | None) -> str | None:
    """Capitalise `LI` or `LÊ` beside another name in capitals; `AJ` and `KC`, which are initials, stay."""
    if text is None or other is None or not (text.isupper() and other.isupper()):
        return text
    is_name = len(text) == _INITIALS_LENGTH and _SHORT_NAME.fullmatch(name_key(text).upper()) is not None
    return _capitalise(text) if is_name else text


def is_placeholder_name(text: str | None) -> bool:
    """Return whether a text is no name: blank, `.`, `n/a`, `none`, only punctuation."""
    if text in _REAL_NAMES:
        return False
    key = name_key(text)
    return not key or key in PLACEHOLDER_KEYS or is_one_repeated_letter(text or "", key)


def is_junk_name(text: str | None) -> bool:
    """Return whether a text is no name: a placeholder, an email, a link, a sentence, a spreadsheet's error, a number.

    A text with no fewer digits than letters is a number.
    """
    if text is None or is_placeholder_name(text) or is_spreadsheet_error(text):
        return True
    if text.isascii() and text.isalpha():
        return False
    has_digits = sum(map(str.isdigit, text)) >= max(1, sum(map(str.isalpha, text)))
    return "@" in text or has_digits or not remove_other_texts(text) or is_sentence(text)


@lru_cache(_CACHE_SIZE)
def is_neat(text: str | None) -> bool:
    """Return whether a name is neat: no junk, no digits, signs, emoji, full-width letters, and in mixed case."""
    if text is None or is_junk_name(text) or has_signs(text) or narrow(text) != text or _DOTTED_I in text:
        return False
    if any(any(map(str.isdigit, word)) and not is_suffix(word) for word in text.split()):
        return False
    letters = "".join(_LETTERS.findall(remove_titles(text)))
    if not letters:  # a title alone
        return False
    if letters.isupper() or _SMALL_C.sub("MC", letters).isupper():
        return len(letters) <= _INITIALS_LENGTH
    return not letters.islower() and not any(map(_is_inverted, _WORD_BREAK.split(text)))


def _is_inverted(word: str) -> bool:
    """Return whether a word was typed with caps lock: `jORDAN`, `mCdONALD`, `lI`."""
    letters = "".join(filter(str.isalpha, word))
    capitals = sum(map(str.isupper, letters))
    is_pair = len(letters) == _INITIALS_LENGTH
    return letters[:1].islower() and capitals > (0 if is_pair else 1) and 2 * capitals >= len(letters)


def _is_sign(character: str) -> bool:
    return character in _SIGNS or (not character.isascii() and unicodedata.category(character)[0] in "SC")


def has_signs(text: str) -> bool:
    """Return whether a text has signs or emoji, which no name has."""
    return any(map(_is_sign, text))


def format_name(text: str, *, is_last: bool = False) -> str:
    """Format a name in all capitals, without capitals, in full-width letters or typed with caps lock: `McDonald`.

    Mixed case, initials and texts that are no names are not changed.
    """
    text = narrow(text)
    words = text.split(" ")
    if is_neat(text) or is_placeholder_name(text):
        return text
    if _NAME_TEXT.fullmatch(" ".join(word for word in words if not is_suffix(word))) is None:
        return text
    small = {
        place
        for place, key in enumerate(map(name_key, words[:-1]))
        if key in _SMALL or (key in _SMALL_BEHIND_DE and place and name_key(words[place - 1]) == "de")
    }
    return " ".join(
        word.lower() if is_last and place in small else _format_word(word, is_first=place == 0)
        for place, word in enumerate(words)
    )


def _format_word(word: str, *, is_first: bool) -> str:
    form = None if is_first else _SUFFIX_FORMS.get(name_key(word))
    if form is not None and word.rstrip(",.").isalnum():
        return form + word[len(form) :]
    if word.isupper() and is_placeholder_name(word):
        return word
    return _LETTERS.sub(lambda letters: _capitalise(letters[0]), word)


def _capitalise(letters: str) -> str:
    """Capitalise a run of letters: `O'NEIL` to `O'Neil`, `DE'ANDRE` to `De'Andre`, `MCDONALD` to `McDonald`.

    A short end is no name: `JOHN'S` to `John's`.
    """
    lower = letters.lower().replace(_DOTTED_I, "i")
    if letters[0] == "\u0130" or letters.startswith(_DOTTED_I):
        return "\u0130" + lower[1:]
    head, mark, tail = lower.partition("'") if "'" in lower else lower.partition("\u2019")
    if mark and (len(head) == 1 or (len(head) == 2 and len(tail) > 2)):
        return f"{head.title()}{mark}{tail[:1].title()}{tail[1:]}"
    if lower.startswith("mc") and len(lower) > len("mc") + 1:
        return f"Mc{lower[2].upper()}{lower[3:]}"
    return lower[:1].title() + lower[1:]


def remove_marks(text: str | None) -> str:
    """Return a name without punctuation, quotes and pronouns around it, and without what is no part of a name."""
    bare = _remove_outer_marks(remove_other_texts(narrow(clean_line(text or ""))))
    while (quoted := _IN_QUOTES.fullmatch(bare)) is not None:
        bare = _remove_outer_marks(quoted[1] or quoted[2])
    return _TIGHT_COMMA.sub(", ", bare)


def _split_words(text: str | None) -> list[str]:
    if is_spreadsheet_error(clean_line(text or "")):
        return []
    bare = remove_marks(text)
    return [] if is_junk_name(bare) else bare.split(" ")


def _remove_outer_marks(text: str) -> str:
    """Remove punctuation, emoji and pronouns around a name."""
    bare = clean_line(_OUTER_MARKS.sub("", PRONOUNS.sub("", text)))
    start, end = 0, len(bare)
    while start < end and _is_emoji(bare[start]):
        start += 1
    while start < end and _is_emoji(bare[end - 1]):
        end -= 1
    inner = bare[start:end]
    return inner if inner == text else _remove_outer_marks(inner)


def _is_emoji(character: str) -> bool:
    is_symbol = not character.isascii() and unicodedata.category(character) in {"So", "Sk"}
    return is_symbol or character in "\ufe0f\u200d"


def _move_suffix(first_words: list[str], last_words: list[str]) -> tuple[list[str], list[str]]:
    """Move a suffix behind the last name when the first box has the whole name: `Ned Irons Jr.` and `Irons`."""
    suffix = first_words[len(first_words) - sum(map(is_suffix, first_words)) :]
    names = first_words[: len(first_words) - len(suffix)]
    keys, last_keys = [*map(name_key, names)], [*map(name_key, last_words)]
    if not (suffix and last_keys and all(map(is_suffix, suffix)) and len(keys) > len(last_keys)):
        return first_words, last_words
    return (names, [*last_words, *suffix]) if keys[-len(last_keys) :] == last_keys else (first_words, last_words)


def _is_several_people(text: str | None) -> bool:
    return _COUPLE.search(text or "") is not None


def _split_whole_name(words: list[str]) -> NameBoxes | None:
    """Split a whole name; None for a single name, an email, or a double name that starts with a particle."""
    comma = next((place for place, word in enumerate(words) if word.endswith(",")), None)
    if comma is not None and comma + 1 < len(words) and not is_suffix(words[comma + 1]):
        last, given = [*words[:comma], words[comma].rstrip(",")], words[comma + 1 :]
        while given[-2:-1] and given[-2].endswith(",") and is_suffix(given[-1]):  # Irons, Ned, Jr.
            last, given = [*last, given[-1]], [*given[:-2], given[-2].rstrip(",")]
        return _without_placeholders(NameBoxes(" ".join(given), " ".join(last)))
    names = [place for place, word in enumerate(words) if not is_suffix(word)]
    if len(names) < 2 or name_key(words[0]) in JOINING or any("@" in word for word in words):
        return None
    start = names[-1]
    while start > 1 and name_key(words[start - 1]) in JOINING:
        start -= 1
    return _without_placeholders(NameBoxes(" ".join(words[:start]), " ".join(words[start:])))


def _split_repeated_name(first_words: list[str], last_words: list[str]) -> NameBoxes | None:
    """Split boxes of which one begins or ends with the other one's name."""
    first_keys, last_keys = [*map(name_key, first_words)], [*map(name_key, last_words)]
    if len(first_keys) > len(last_keys) and first_keys[: len(last_keys)] == last_keys:
        split = NameBoxes(" ".join(first_words[len(last_words) :]), " ".join(last_words))
    elif len(last_keys) > len(first_keys) and last_keys[-len(first_keys) :] == first_keys:
        split = NameBoxes(" ".join(first_words), " ".join(last_words[: -len(first_words)]))
    else:
        return None
    return _without_placeholders(_put_known_first_name_first(split))


def _without_placeholders(boxes: NameBoxes) -> NameBoxes | None:
    """Return the boxes; None if one of them is a placeholder."""
    return None if any(map(is_placeholder_name, boxes)) else boxes
