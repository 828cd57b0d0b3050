"""Make text safe to print on a terminal: escape control and invisible characters.

Names and answers come from public forms and files. An escape sequence in them could move the cursor, forge a line, set
the window's title or create a link; a direction mark could reverse a line. All commands print through `cli.output`,
which uses this module.
"""

import json
import re
import unicodedata
from collections.abc import Callable

# Zero-width joiner and non-joiner are part of emoji and words, and have no other effect.
_JOINERS = "\u200c\u200d"
_SAFE = frozenset(f"\n\t{_JOINERS}")
# Control characters (C0, DEL, C1), format characters (direction marks and the like), lone surrogates, and the two
# separators that some terminals take for line ends.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_TO_SPACES = str.maketrans({"\n": " ", "\t": " "})
# Fast path: most texts are printable ASCII and line ends.
_PLAIN = re.compile(r"[ -~\n\t]*")


def printable(text: str) -> str:
    r"""Replace each character that a terminal interprets or hides by an escape such as `\x1b`.

    Line ends and tabs are kept; `one_line` replaces them.
    """
    return _replace(text, lambda character: character.encode("unicode_escape").decode("ascii"))


def printable_json(text: str) -> str:
    """Replace the same characters in a JSON text by JSON escapes, which keep its meaning."""
    return _replace(text, lambda character: json.dumps(character)[1:-1])


def one_line(text: str) -> str:
    """Return the text on one line and printable; line ends and tabs become spaces."""
    return printable(text.translate(_TO_SPACES))


def _replace(text: str, escape: Callable[[str], str]) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return "".join(escape(character) if _is_unsafe(character) else character for character in text)


def _is_unsafe(character: str) -> bool:
    return character not in _SAFE and unicodedata.category(character) in _UNSAFE_CATEGORIES
