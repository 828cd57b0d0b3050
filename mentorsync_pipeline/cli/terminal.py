"""Make text safe to print on a terminal: control and invisible characters are escaped.

Names and answers come from public forms and files. An escape sequence in one could move the cursor, forge a line, set
the window's title or make a link; a direction mark could turn a line around. Every command writes through `output`,
which uses this module.
"""

import json
import re
import unicodedata
from collections.abc import Callable

# Zero-width joiner and non-joiner: they are part of emoji and of words, and change nothing else.
_JOINERS = "\u200c\u200d"
_KEPT = frozenset(f"\n\t{_JOINERS}")
# Control characters (C0, DEL, C1), format characters (direction marks and the like), lone surrogates, and the two
# separators that some terminals take for line ends.
_WRITTEN_OUT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_AS_SPACES = str.maketrans({"\n": " ", "\t": " "})
# Printable ASCII and line ends; most texts are nothing else.
_PLAIN = re.compile(r"[ -~\n\t]*")


def printable(text: str) -> str:
    r"""The text with each character that a terminal acts on or hides as an escape, such as `\x1b`; others unchanged.

    Line ends and tabs stay: callers that print one line replace them first.
    """
    return _replace(text, lambda character: character.encode("unicode_escape").decode("ascii"))


def printable_json(text: str) -> str:
    """A JSON text with the same characters as JSON escapes: it means the same, and is safe to show."""
    return _replace(text, lambda character: json.dumps(character)[1:-1])


def one_line(text: str) -> str:
    """The text on one line, and printable: line ends and tabs are spaces."""
    return printable(text.translate(_AS_SPACES))


def _replace(text: str, escape: Callable[[str], str]) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return "".join(escape(character) if _is_unsafe(character) else character for character in text)


def _is_unsafe(character: str) -> bool:
    return character not in _KEPT and unicodedata.category(character) in _WRITTEN_OUT
