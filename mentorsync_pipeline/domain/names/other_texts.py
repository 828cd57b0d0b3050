"""Find what people type into a name box that is no part of a name: emails, links, phones, numbers, emoji, sentences."""

import re
import unicodedata
from functools import lru_cache

from mentorsync_pipeline.domain.clean_text import clean_line

_CACHE_SIZE = 1 << 13
_LINK = re.compile(r"://|^\W*www\.|\.(?:com|org|net|edu|gov)\b", re.IGNORECASE)
_PHONE = re.compile(r"\+?\(?\d[\d\s().-]{5,}\d")
_NUMBER = re.compile(r"(?=\D*\d)[\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
# Words of sentences that are neither names nor parts of names.
_OF_SENTENCES = frozenset(
    {"please", "prefer", "preferred", "prefers", "name", "names", "same", "above", "have", "haven't", "don't", "dont"}
    | {"doesn't", "didn't", "isn't", "i'm", "it's", "that's", "usually", "everyone", "everybody", "legally", "whatever"}
)
# Words that are also names or initials: they make a sentence only beside others.
_OF_SENTENCES_AND_NAMES = frozenset(
    {"a", "am", "as", "be", "but", "by", "call", "first", "go", "goes", "i", "in", "is", "it", "just", "last", "like"}
    | {"me", "middle", "my", "no", "not", "of", "on", "one", "only", "or", "that", "the", "this", "to", "with", "you"}
)
_FEWEST_WORDS = 3
_MOST_LETTERS = 200
# Parts of emoji: a variation selector, the key around a digit, skin tones.
_NOT_ALONE = frozenset("\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


@lru_cache(_CACHE_SIZE)
def remove_other_texts(text: str) -> str:
    """Return a text without emails, links, phones, numbers and emoji; "" if nothing else is in it."""
    if text.isascii() and text.isalpha():
        return text
    without_emoji = text if text.isascii() else "".join(" " if _is_emoji(letter) else letter for letter in text)
    words = [word for word in _PHONE.sub(" ", without_emoji).split(" ") if not _is_other_word(word)]
    return clean_line(" ".join(words))


def _is_other_word(word: str) -> bool:
    return "@" in word or _NUMBER.fullmatch(word) is not None or _LINK.search(word) is not None


def _is_emoji(character: str) -> bool:
    return character in _NOT_ALONE or (not character.isascii() and unicodedata.category(character) == "So")


@lru_cache(_CACHE_SIZE)
def is_sentence(text: str) -> bool:
    """Return whether a text is a sentence, such as `my name is Ann` or `I don't have one`."""
    words = [word.casefold().replace("\u2019", "'") for word in _WORD.findall(text[:_MOST_LETTERS])]
    certain = sum(word in _OF_SENTENCES for word in words)
    return (
        len(words) >= _FEWEST_WORDS
        and certain > 0
        and certain + sum(word in _OF_SENTENCES_AND_NAMES for word in words) > 1
    )
