"""An index of words in memory: find records by the beginnings of words, without regard to accents and case."""

import re
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from mentorsync_pipeline.domain.normalize import name_key, phone

Key = TypeVar("Key", bound=Hashable)
_LINE = "\n"
_PARTS = re.compile(r"[^\W_]+")
_ONLY_NUMBERS = re.compile(r"[\d\s().+/-]+")
_LENGTHS_OF_NUMBERS = (7, 4)
MIN_CHARACTERS = 2


class WordIndex(Generic[Key]):
    """Records by their words. It is one text with a line for each record, so that a search is a scan in C."""

    def __init__(self, records: Iterable[tuple[Key, Iterable[str]]]) -> None:
        """Build the index. The words are those of `index_words` and `phone_words`."""
        self._keys: list[Key] = []
        self._starts: list[int] = []
        lines, length = [], 0
        for key, words in records:
            line = f" {' '.join(words)}{_LINE}"
            self._keys.append(key)
            self._starts.append(length)
            lines.append(line)
            length += len(line)
        self._text = "".join(lines)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._keys)

    def find(self, words: Sequence[str], *, limit: int) -> list[Key]:
        """Return the first records of which each of these words begins a word; none without words."""
        if not words:
            return []
        longest, *others = sorted((f" {word}" for word in words), key=len, reverse=True)
        found: list[Key] = []
        position = self._text.find(longest)
        while position >= 0 and len(found) < limit:
            number = bisect_right(self._starts, position) - 1
            end = self._text.index(_LINE, position)
            if all(self._text.find(word, self._starts[number], end) >= 0 for word in others):
                found.append(self._keys[number])
            position = self._text.find(longest, end)
        return found


def index_words(*texts: str | None) -> list[str]:
    """Return the words of names, ids and emails for the index: `O'Neil` is found as oneil, o and neil."""
    words: dict[str, None] = {}
    for text in texts:
        for word in (text or "").split():
            parts = _PARTS.findall(word)
            for part in (word, *(parts if len(parts) > 1 else ())):
                if key := name_key(part):
                    words[key] = None
    return list(words)


def phone_words(*numbers: str | None) -> list[str]:
    """Return the words of phones (E.164) for the index: without the country code 1, the last seven and four digits."""
    words: dict[str, None] = {}
    for number in numbers:
        if number:
            digits = number.removeprefix("+1").removeprefix("+")
            words |= dict.fromkeys([digits, *(digits[-length:] for length in _LENGTHS_OF_NUMBERS)])
    return list(words)


def search_words(text: str) -> list[str]:
    """Return the words to find of a typed text: a phone in any form is one word; a single character finds nothing."""
    number = phone(text)
    if number is not None and _ONLY_NUMBERS.fullmatch(text.strip()):
        return phone_words(number)[:1]
    if _ONLY_NUMBERS.fullmatch(text.strip()):
        text = "".join(filter(str.isdecimal, text))
    words = [key for word in text.split() if (key := name_key(word))]
    return words if sum(map(len, words)) >= MIN_CHARACTERS else []
