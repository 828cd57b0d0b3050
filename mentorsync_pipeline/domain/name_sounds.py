"""Tell first names that sound the same but are spelled otherwise: Mohammed and Muhammad, Sean and Shawn.

The answer only makes a comparison unclear, so that a person is asked; it never makes two names one. Names that differ
in a stressed vowel (Tim and Tom, Hassan and Hussein) sound different.
"""

import re
from functools import lru_cache

_CACHE_SIZE = 1 << 16
# In names of so many letters an unstressed a and e count as one vowel.
_LONG_NAME = 6
# Spellings of one sound, in this order; upper-case letters stand for sounds from then on.
_CONSONANTS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^sean$", "shaun"),
        (r"^y(?:ou|o|u)ss?[eiu]f$", "yusuf"),
        (r"^ge", "je"),
        (r"^(?:kn|gn|pn)", "n"),
        (r"^(?:hs|x(?=i))", "S"),
        (r"^wr", "r"),
        (r"^ps", "s"),
        (r"(?:au|aw)", "U"),
        (r"oa", "W"),
        (r"tch", "C"),
        (r"sch|sh", "S"),
        (r"ch(?=r|ae|l)", "k"),
        (r"ch", "C"),
        (r"ph|f", "v"),
        (r"c(?=[eiy])", "s"),
        (r"ck|kh|c|q", "k"),
        (r"x", "ks"),
        (r"z", "s"),
        (r"(?<=[bdgrtw])h", ""),
        (r"(?<![aeiouyUW])h(?![aeiouyUW])|(?<=[aeiouyUW])h(?![aeiouyUW])", ""),
        (r"([bdgjklmnprstvCS])\1", r"\1"),
        (r"(?<=[bdgjklmnprstvCS])e(?=r[aeiouy])", ""),
        (r"(?<=[aeiouyUW][bdgjklmnprstvCS])e$", ""),
        (r"(?:ie|ee|ey|ay|ei|ai|ii|iy|yi|ij|i|y)$", "I"),
        (r"iy(?=[aeou])", "i"),
        (r"(?<=[aeiouUW])w", ""),
    )
)
_VOWELS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"a[iy]e?|e[iy]", "A"),
        (r"ee|ie", "i"),
        (r"ea", "I"),
        (r"eo", "e"),
        (r"oe(?=[^aeiouy])", "o"),
        (r"oo|ou", "u"),
        (r"aa", "a"),
        (r"y", "i"),
    )
)
_UNSTRESSED = str.maketrans({"e": "a", "u": "o", "A": "a"})


def sound_the_same(one: str, other: str) -> bool:
    """Whether two different name keys (`normalize.name_key`) in Latin letters sound the same; symmetric."""
    loose = min(len(one), len(other)) >= _LONG_NAME
    return _sound(one, loose) == _sound(other, loose)


@lru_cache(_CACHE_SIZE)
def _sound(key: str, loose: bool) -> str:
    sound = key
    for pattern, shorter in (*_CONSONANTS, *_VOWELS):
        sound = pattern.sub(shorter, sound)
    return sound[:1] + sound[1:].translate(_UNSTRESSED) if loose else sound
