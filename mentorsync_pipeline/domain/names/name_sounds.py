"""Recognise first names that sound the same but are spelled differently: Mohammed and Muhammad, Sean and Shawn.

Such names make a comparison unclear, so that a person decides; they never match. Names that differ in a stressed vowel
(Tim and Tom, Hassan and Hussein, Jack and Jake) sound different.
"""

import re
from functools import lru_cache

_CACHE_SIZE = 1 << 16
# In names of at least this length, unstressed a and e count as one vowel.
_LONG_NAME = 6
# Spellings of each sound, applied in this order. Upper-case letters are sounds.
_CONSONANTS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^sean$", "shaun"),
        (r"^y(?:ou|o|u)ss?[eiu]f$", "yusuf"),
        # Korean names: Hyun and Hyeon, Kyung and Gyeong; Yun and Yeon, Young and Yong are different names.
        (r"(?<=h)y(?:eo|u)(?=n)|y(?:eo|ou|u)(?=ng)", "yU"),
        (r"^(?:k|g)(?=yUng)", "k"),
        (r"(?<=[a-z])woo", "u"),
        (r"^abd[aeiou](?:l|r(?=r))?(?=[a-z])", "abd"),
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
        (r"ch(?=ell?e$)", "S"),
        (r"ch", "C"),
        (r"(?<!^)(?:ph|f)(?=[ae]n)", "v"),
        (r"ph", "f"),
        (r"c(?=[eiy])", "s"),
        (r"ck|kh|c|q", "k"),
        (r"x", "ks"),
        (r"z", "s"),
        (r"(?<=[bdgrtw])h", ""),
        (r"(?<![aeiouyUW])h(?![aeiouyUW])|(?<=[aeiouyUW])h(?![aeiouyUW])", ""),
        (r"([bdfgjklmnprstvCS])\1", r"\1"),
        (r"(?<=[bdfgjklmnprstvCS])e(?=r[aeiouy])", ""),
        # In a name of one syllable, an e at the end changes the vowel: Ross and Rose, Jan and Jane.
        (r"^(.*[aeiouyUW][bdfgjklmnprstvCS].*[aeiouyUW][bdfgjklmnprstvCS])e$", r"\1"),
        (r"(?<=[bdfgjklmnprstvCS])(?:ie|ee|ey|ay|ei|ai|ii|iy|yi|ij|i|y)$", "I"),
        (r"iy(?=[aeou])", "i"),
        (r"(?<=[aeiouUW])w", ""),
    )
)
_VOWELS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"a[iy]e?|e[iy]", "A"),
        (r"ee|ea|ie", "i"),
        (r"eo", "e"),
        (r"oe(?=[^aeiouy])", "o"),
        (r"oo|ou", "u"),
        (r"aa", "a"),
        (r"y", "i"),
    )
)
_UNSTRESSED = str.maketrans({"e": "a", "u": "o", "A": "a"})
_FIRST_SYLLABLE = re.compile("[^aeiouyAIUW]*[aeiouyAIUW]")
# Names of two relatives that have the same sound by these rules.
_DIFFERENT = frozenset(
    frozenset(pair.split())
    for pair in """
eli elie / eli ellie / eli elly / marie mary / marie mari / colin colleen / colin coleen / dennis denise / denis denise
casey cassie / cassie kasey / ross roz / lisa lissa / leann lynn / leon len / jas jess
""".replace("\n", "/").split("/")
    if pair.strip()
)


def sound_the_same(key: str, other_key: str) -> bool:
    """Return whether two different Latin name keys (`normalize.name_key`) sound the same. Symmetric."""
    loose = min(len(key), len(other_key)) >= _LONG_NAME
    return _sound(key, loose) == _sound(other_key, loose) and frozenset((key, other_key)) not in _DIFFERENT


@lru_cache(_CACHE_SIZE)
def _sound(key: str, loose: bool) -> str:
    sound = key
    for pattern, shorter in (*_CONSONANTS, *_VOWELS):
        sound = pattern.sub(shorter, sound)
    if not loose:
        return sound
    syllable = _FIRST_SYLLABLE.match(sound)
    stressed = syllable.end() if syllable else 1
    return sound[:stressed].replace("u", "o") + sound[stressed:].translate(_UNSTRESSED)
