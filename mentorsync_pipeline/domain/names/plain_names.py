"""Names of one plain word, such as `Ann`, and the words that are no names (rulebook, section 1, "Names").

Most names are plain. Their patterns are not searched, because nothing in them can be a title, a note or a couple.
"""

import re
from functools import lru_cache

from mentorsync_pipeline.domain.names.name_parts import FIRST_NAME_TITLES, PARTICLES

_CACHE_SIZE = 1 << 14
_LENGTHS = range(3, 41)
# Words in a name box that stand for a blank one.
PLACEHOLDER_KEYS = frozenset(
    {"na", "none", "null", "nan", "unknown", "noname", "xx", "xxx", "firstname", "lastname", "tbd", "tba", "anonymous"}
    | {"fnu"}  # on visas: first name unknown
    | {"undefined", "notprovided", "notgiven", "notavailable", "notapplicable", "nofirstname", "nolastname"}
)
# Words that are no person's name.
NO_NAMES = PLACEHOLDER_KEYS - {"na", "xx", "xxx"} | {
    *("test", "anon", "name", "first", "guest", "donor", "member", "customer", "blank", "deleted", "redacted"),
    *("notknown", "student", "mentor", "anonymousdonor", "asdf", "asdfasdf", "asdfgh", "qwerty", "testtest"),
    *("testuser", "nonamegiven", "newcontact"),
}
# Words that are not names: relationships and pronouns.
ASIDES = frozenset(
    {"mom", "mother", "dad", "father", "parent", "parents", "guardian", "sister", "brother", "son", "daughter", "self"}
    | {"she", "her", "hers", "he", "him", "his", "they", "them", "theirs", "sheher", "hehim", "theythem", "shehers"}
    | {"wife", "husband", "spouse", "aunt", "uncle", "grandma", "grandpa", "grandmother", "grandfather", "friend"}
)
NO_FIRST_NAMES, NO_LAST_NAMES = NO_NAMES | ASIDES, NO_NAMES - {"guest", "blank"}
# Answers to the question for a preferred name that are none (`names.preferred_names`); a few are also first names.
NO_PREFERRED_NAMES = frozenset(
    {"same", "ditto", "above", "no", "nope", "nah", "none", "nil", "na", "nothing", "yes", "yep", "yeah", "ok", "okay"}
    | {"idk", "any", "anything", "either", "neither", "whatever", "whichever", "preferred", "preference", "preferable"}
    | {
        "nickname",
        "nicknames",
        "legal",
        "given",
        "full",
        "fullname",
        "current",
        "default",
        "regular",
        "usual",
        "normal",
    }
    | {"applicable", "unknown", "myself", "self", "male", "female", "nonbinary", "sir", "maam", "madam", "coach"}
    | {"mentor", "student", "swab", "uga"}
)
# Words by which couples and relatives are recognised (`domain.names.couples`).
_OF_SEVERAL_PEOPLE = frozenset({"family", "household", "couple", "team", "and", "und", "the"})
_OF_RELATIVES = frozenset({"mum", "mommy", "mama", "daddy", "papa", "grandparent", "grandparents"})
_NOT_PLAIN = frozenset(
    PLACEHOLDER_KEYS
    | NO_NAMES
    | ASIDES
    | PARTICLES
    | FIRST_NAME_TITLES
    | _OF_SEVERAL_PEOPLE
    | _OF_RELATIVES
    | NO_PREFERRED_NAMES
)
# Two equal initials. X stands for a blank.
_SAME_INITIALS = re.compile(r"([A-WYZ])\.? ?\1\.?")


@lru_cache(_CACHE_SIZE)
def plain_key(text: str | None) -> str | None:
    """Return the key (`normalize.name_key`) of a name of one plain word; None for any other text."""
    if text is None or len(text) not in _LENGTHS or not (text.isascii() and text.isalpha()):
        return None
    key = text.casefold()
    return None if key in _NOT_PLAIN or len(set(key)) == 1 else key


def is_one_repeated_letter(text: str, key: str) -> bool:
    """Return whether a text is one letter several times, such as `xxx`. `JJ` and `J.J.` are initials.

    `key` is the text's key (`normalize.name_key`).
    """
    return len(key) > 1 and len(set(key)) == 1 and key.isascii() and _SAME_INITIALS.fullmatch(text) is None
