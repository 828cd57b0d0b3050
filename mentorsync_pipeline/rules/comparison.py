"""Two options of a conflict side by side: what differs, and how a score came about, in plain words.

Which options a conflict has does not belong here (`rules.conflicts`), nor how they are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# What a person does not compare: shown by itself, or said in other words.
_APART = frozenset({"score_parts"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of at least one option; None where an option does not have it."""

    name: str
    a: Any
    b: Any

    @property
    def differs(self) -> bool:
        """Whether the options say different things; nothing is the same as an empty list or text."""
        return (self.a or None) != (self.b or None)


def side_by_side(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Everything that is known of two options (their `metadata`), in the order of A, then what only B has."""
    names = dict.fromkeys([*a, *b])
    return tuple(Fact(name, a.get(name), b.get(name)) for name in names if name not in _APART)


def score_words(parts: Mapping[str, Any]) -> str | None:
    """The parts of a score in falling order and their sum: "+500 campaign tag, +50 phone = 550"; None without any."""
    points = {name: Decimal(str(value)) for name, value in parts.items()}
    shown = sorted(((value, name) for name, value in points.items() if value), key=lambda one: (-one[0], one[1]))
    if not points:
        return None
    words = ", ".join(f"{value:+.0f} {name.replace('_', ' ')}" for value, name in shown) or "no points"
    return f"{words} = {sum(points.values()):.0f}"
