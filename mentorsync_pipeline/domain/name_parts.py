"""Words of a name that are neither first nor last name: titles, suffixes, and the particles of double names."""

import re

from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.normalize import name_key

# Each spelling of a suffix.
_SUFFIXES = {
    "jr": "jr",
    "junior": "jr",
    "sr": "sr",
    "senior": "sr",
    "ii": "ii",
    "2nd": "ii",
    "iii": "iii",
    "3rd": "iii",
}
_SUFFIXES |= {"iv": "iv", "4th": "iv", "v": "v", "5th": "v"}
_CREDENTIALS = frozenset({"md", "phd", "dds", "dmd", "esq", "cpa", "rn", "dvm", "jd", "mba", "edd", "psyd", "pharmd"})
_TITLES = frozenset(
    {"dr", "dra", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "rev", "reverend", "fr", "sr", "hon", "sgt"}
    | {"capt", "lt", "col", "maj", "gen", "cpl", "pvt", "sir", "rabbi", "pastor", "imam", "coach", "sra", "srta"}
    | {"herr", "frau", "mme", "mlle", "doctor", "mister", "messrs", "madam", "madame", "monsieur", "senor", "senora"}
    | {
        "captain",
        "lieutenant",
        "colonel",
        "sergeant",
        "corporal",
        "commander",
        "admiral",
        "ssgt",
        "msgt",
        "ltc",
        "cmdr",
    }
    | {"sister", "brother", "father", "chaplain", "senator", "governor", "ambassador", "officer"}
)
# Words that join a double name. Alone they are part of too many names to say anything.
_ARTICLES = {"da", "das", "de", "del", "di", "do", "dos", "du", "el", "la", "las", "le", "les", "los"}
_OTHERS = {"al", "den", "der", "san", "santa", "st", "ter", "van", "vander", "von", "y", "and"}
PARTICLES = frozenset(_ARTICLES | _OTHERS | set(_SUFFIXES) | _CREDENTIALS)
JOINING = frozenset(_ARTICLES | _OTHERS)
_WORDS = re.compile(r"[\s,]+")


def without_titles(text: str) -> str:
    """A name without the titles in front of it and the suffixes and degrees behind it; one word always stays."""
    words = [word for word in _WORDS.split(clean_line(text)) if word]
    while words and name_key(words[0]) in _TITLES and (len(words) > 1 or words[0].endswith(".")):
        words = words[1:]
    while len(words) > 1 and is_suffix(words[-1]):
        words = words[:-1]
    return " ".join(words)


def is_suffix(word: str) -> bool:
    """Whether a word is a suffix (`Jr.`, `III`) or a degree (`MD`)."""
    key = name_key(word)
    return key in _SUFFIXES or key in _CREDENTIALS


def suffix_of(suffix: str | None, last_name: str | None, first_name: str | None) -> str | None:
    """The suffix (`jr`, `sr`, `ii`, `iii`, `iv`, `v`) of a person, in the first of the three boxes that has one.

    The first word of a name is none, and a `V` behind a first name is a middle initial.
    """
    for place, text in enumerate((suffix, last_name, first_name)):
        words = [name_key(word) for word in _WORDS.split(clean_line(text or "")) if word]
        found = [word for word in (words if place == 0 else words[1:]) if word in _SUFFIXES]
        if place == 2:
            found = [word for word in found if word != "v"]
        if found:
            return _SUFFIXES[found[-1]]
    return None
