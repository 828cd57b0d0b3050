"""Compare two options of a conflict fact by fact, and describe scores in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# Facts that distinguish people come first; others follow by name.
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
# Common names for facts of which a contact has several values and a sign-up one.
_COMMON_NAMES = {"phone": "phones", "email": "emails"}
# Shown separately.
_SEPARATE = frozenset({"score_parts", "score"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about both options and the mentor's sign-up; None where it is missing."""

    name: str
    mentor: Any
    a: Any
    b: Any

    @property
    def differs(self) -> bool:
        """Return whether the options differ. None equals an empty list or text."""
        return (self.a or None) != (self.b or None)


def compare_options(
    a: Mapping[str, Any], b: Mapping[str, Any], *, mentor: Mapping[str, Any] | None = None
) -> tuple[Fact, ...]:
    """Return all facts of two options (their `metadata`) with the values of the mentor's sign-up."""
    sides = [_rename_facts(mentor or {}), _rename_facts(a), _rename_facts(b)]
    names = sorted({*sides[1], *sides[2]} - _SEPARATE, key=_sort_key)
    return tuple(Fact(name, *(side.get(name) for side in sides)) for name in names)


def describe_score(parts: Mapping[str, Any]) -> str | None:
    """Describe the parts of a score in falling order with their sum: "+500 campaign tag, +50 phone = 550"."""
    points = {name: Decimal(str(value)) for name, value in parts.items()}
    shown = sorted(((value, name) for name, value in points.items() if value), key=lambda part: (-part[0], part[1]))
    if not points:
        return None
    sentence = ", ".join(f"{value:+,.0f} {name.replace('_', ' ')}" for value, name in shown) or "no points"
    return f"{sentence} = {sum(points.values()):,.0f}"


def _rename_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    one_of_many = {
        _COMMON_NAMES[name]: [value] if value else [] for name, value in facts.items() if name in _COMMON_NAMES
    }
    return {name: value for name, value in facts.items() if name not in _COMMON_NAMES} | one_of_many


def _sort_key(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)
