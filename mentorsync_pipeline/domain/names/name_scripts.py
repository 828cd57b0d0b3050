"""Compare the sound of names in Cyrillic, Greek, Arabic or Hebrew letters with names in Latin letters, roughly.

The comparison only shows that two names have little in common. It never makes names match, because most names have
several transliterations.
"""

import re

_CYRILLIC = dict(
    zip(
        "абвгдежзиклмнопрстуфхцчшщыэюяіїєґћђљњџјѕўъь",
        (
            *("a", "b", "v", "g", "d", "e", "zh", "z", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f"),
            *("kh", "ts", "ch", "sh", "shch", "y", "e", "yu", "ya", "i", "i", "ye", "g", "c", "dj", "lj", "nj"),
            *("dz", "j", "dz", "u", "", ""),
        ),
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        (
            *("a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l", "m", "n", "x", "o", "p", "r", "s", "t", "y", "f"),
            *("ch", "ps", "o"),
        ),
        strict=True,
    )
)
# Both write consonants alone.
_ARABIC = dict(zip("ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءپچژگکی", "abtsjhkddrzsssdtzagfkklmnhwyhaapczgky", strict=True))
_HEBREW = dict(zip("אבגדהוזחטיכךלמםנןסעפףצץקרשת", "abgdhuzhtikklmmnnsappsskrst", strict=True))
_LETTERS = str.maketrans(_CYRILLIC | _GREEK | _ARABIC | _HEBREW)
_VOWELS = re.compile("[aeiouyh]")
# Consonants that stand for each other in one transliteration or another.
_CLASSES = str.maketrans(
    {"b": "v", "p": "v", "f": "v", "w": "v", "c": "k", "q": "k", "x": "ks", "j": "g", "d": "t", "z": "s"}
)
_MOST_BY_CHANCE = 0.5


def transliterate(key: str) -> str | None:
    """Return a name key in Latin letters; None when it has letters of other scripts."""
    latin = key.translate(_LETTERS)
    return latin if latin.isascii() and latin.isalpha() else None


def consonants_differ(left: str, right: str) -> bool:
    """Return whether two Latin keys have at most half of their consonants in common, in their order."""
    skeletons = [re.sub(r"(.)\1", r"\1", _VOWELS.sub("", key).translate(_CLASSES)) for key in (left, right)]
    if not all(skeletons):
        return False
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415

    return LCSseq.normalized_similarity(*skeletons) <= _MOST_BY_CHANCE
