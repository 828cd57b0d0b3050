"""Two options of a conflict side by side: what differs, and how a score came about, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# What tells people apart first; anything else follows by name.
_ORDER = (
    "first_name",
    "preferred_name",
    "last_name",
    "phones",
    "emails",
    "external_id",
    "mn_id",
    "tags",
    "city",
    "last_modified",
    "created_at",
    "updated_at",
    "campaign_member",
    "raised",
    "total_contributions",
    "matched_on",
    "name_agreement",
)
# One name for what a contact has several of and a sign-up one.
_SAME = {"phone": "phones", "email": "emails"}
# Shown by itself, or said in other words.
_APART = frozenset({"score_parts", "score"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of an option or of the mentor's sign-up; None where one does not have it."""

    name: str
    mentor: Any
    a: Any
    b: Any

    @property
    def differs(self) -> bool:
        """Whether the options say different things; nothing is the same as an empty list or text."""
        return (self.a or None) != (self.b or None)


def side_by_side(
    a: Mapping[str, Any], b: Mapping[str, Any], *, mentor: Mapping[str, Any] | None = None
) -> tuple[Fact, ...]:
    """Everything that is known of two options (their `metadata`), beside what the mentor's sign-up says of it."""
    sides = [_named(mentor or {}), _named(a), _named(b)]
    names = sorted({*sides[1], *sides[2]} - _APART, key=_place)
    return tuple(Fact(name, *(side.get(name) for side in sides)) for name in names)


def score_words(parts: Mapping[str, Any]) -> str | None:
    """The parts of a score in falling order and their sum: "+500 campaign tag, +50 phone = 550"; None without any."""
    points = {name: Decimal(str(value)) for name, value in parts.items()}
    shown = sorted(((value, name) for name, value in points.items() if value), key=lambda one: (-one[0], one[1]))
    if not points:
        return None
    words = ", ".join(f"{value:+.0f} {name.replace('_', ' ')}" for value, name in shown) or "no points"
    return f"{words} = {sum(points.values()):.0f}"


def _named(known: Mapping[str, Any]) -> dict[str, Any]:
    one_of_many = {_SAME[name]: [value] if value else [] for name, value in known.items() if name in _SAME}
    return {name: value for name, value in known.items() if name not in _SAME} | one_of_many


def _place(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)
