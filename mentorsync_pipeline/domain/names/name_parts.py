"""Parts of names: titles, suffixes and particles; a full name from its parts."""

import re

from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.normalize import name_key

# Spellings of suffixes.
_SUFFIXES = {
    "jr": "jr",
    "junior": "jr",
    "sr": "sr",
    "senior": "sr",
    "ii": "ii",
    "2nd": "ii",
    "iii": "iii",
    "3rd": "iii",
    "iv": "iv",
    "4th": "iv",
    "v": "v",
    "5th": "v",
}
_CREDENTIALS = frozenset(
    {
        "md",
        "phd",
        "dds",
        "dmd",
        "esq",
        "cpa",
        "rn",
        "dvm",
        "jd",
        "mba",
        "edd",
        "psyd",
        "pharmd",
        "bsn",
        "msn",
        "msw",
        "lcsw",
        "dnp",
        "dpt",
        "mph",
    }
)
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
    | {"sister", "brother", "father", "chaplain", "senator", "governor", "ambassador", "officer", "honorable"}
    | {
        "honourable",
        "monsignor",
        "msgr",
        "ens",
        "cpt",
        "1lt",
        "2lt",
        "ssg",
        "sfc",
        "pfc",
        "spc",
        "1sg",
        "lcpl",
        "gysgt",
    }
)
# Before a first name these are titles too; in a double last name they are names.
FIRST_NAME_TITLES = _TITLES | {"judge", "deacon", "elder", "bishop", "major", "canon", "principal"}
# Titles that are never a first name.
_ONLY_TITLES = frozenset(
    {"dr", "mr", "mrs", "ms", "mx", "prof", "miss", "mister", "professor", "mme", "mlle", "herr", "frau"}
)
# A title before the name without a space: `Dr.Ann`.
_GLUED_TITLE = re.compile(r"^([^\W\d_]{2,4})\.(?=[^\W\d_])")
# Particles of double names. Alone they occur in too many names to be significant.
_ARTICLES = {"da", "das", "de", "del", "di", "do", "dos", "du", "el", "la", "las", "le", "les", "los"}
_OTHERS = {"al", "den", "der", "san", "santa", "st", "ter", "van", "vander", "von", "y", "and"}
PARTICLES = frozenset(_ARTICLES | _OTHERS | set(_SUFFIXES) | _CREDENTIALS)
JOINING = frozenset(_ARTICLES | _OTHERS)
_WORDS = re.compile(r"[\s,]+")


def remove_titles(text: str, *, is_last: bool = False) -> str:
    """Remove titles, suffixes and degrees from a name; at least one word remains, unless it can only be a title.

    `is_last`: in a last name, words such as `Bishop` are no titles.
    """
    titles = _TITLES if is_last else FIRST_NAME_TITLES
    words = [word for word in _WORDS.split(_split_title(clean_line(text))) if word]
    if len(words) > 2 and name_key(words[0]) == "the" and name_key(words[1]) in titles:
        words = words[1:]
    while words and (
        (name_key(words[0]) in titles and (len(words) > 1 or words[0].endswith(".")))
        or name_key(words[0]) in _ONLY_TITLES
    ):
        words = words[1:]
    while len(words) > 1 and is_suffix(words[-1]):
        words = words[:-1]
    return " ".join(words)


def remove_certain_titles(name: str) -> str:
    """Remove the titles before a name that are never a name themselves: `Rev. Dr. Ann`, but not `Major Ann`."""
    words = _split_title(name).split(" ")
    while len(words) > 1 and (name_key(words[0]) in _ONLY_TITLES or (words[0].endswith(".") and is_title(words[0]))):
        words = words[1:]
    return " ".join(words)


def remove_degrees(name: str, *, is_last: bool) -> str:
    """Remove the degrees behind a name: `Irons, PhD`, `Irons MBA`. `Ondo Mba` is a last name, `Ann JD` a first name."""
    words = name.split(" ")
    while len(words) > 1 and _is_degree(words[-1], behind=words[-2], is_last=is_last):
        words = [*words[:-2], words[-2].rstrip(",")]
    return " ".join(words)


def _is_degree(word: str, *, behind: str, is_last: bool) -> bool:
    key = name_key(word)
    if key not in _CREDENTIALS:
        return False
    return behind.endswith(",") or (not word.istitle() and (is_last or len(key) > 2))


def is_title(text: str | None) -> bool:
    """Return whether a text has titles only, such as `Dr.` or `Mrs`, and no name."""
    return bool(name_key(text)) and not remove_titles(text or "")


def _split_title(text: str) -> str:
    title = _GLUED_TITLE.match(text)
    return f"{text[: title.end()]} {text[title.end() :]}" if title and name_key(title[1]) in _TITLES else text


def join_names(*names: str | None) -> str:
    """Return a person's full name from its parts, without empty ones."""
    return " ".join(filter(None, names))


def is_suffix(word: str) -> bool:
    """Return whether a word is a suffix (`Jr.`, `III`) or a degree (`MD`)."""
    key = name_key(word)
    return key in _SUFFIXES or key in _CREDENTIALS


def find_suffix(suffix: str | None, last_name: str | None, first_name: str | None) -> str | None:
    """Return the suffix (`jr`, `sr`, `ii`, `iii`, `iv`) in the first text that has one."""
    for place, text in enumerate((suffix, last_name, first_name)):
        words = [name_key(word) for word in _WORDS.split(clean_line(text or "")) if word]
        suffixes = [word for word in (words if place == 0 else words[1:]) if word in _SUFFIXES]
        if place == 2:
            suffixes = [word for word in suffixes if word != "v"]
        if suffixes:
            return _SUFFIXES[suffixes[-1]]
    return None
