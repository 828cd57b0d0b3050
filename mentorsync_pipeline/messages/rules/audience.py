"""Who gets a message: a tree of conditions over columns of `mentors`, read from YAML and checked against their types.

It is data, not code: nothing of it is ever evaluated.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

import yaml

from mentorsync_pipeline.messages.rules.columns import AUDIENCE, Column, Kind, unknown_name
from mentorsync_pipeline.messages.rules.error import LineError
from mentorsync_pipeline.messages.rules.yaml import kind_of, line_of, mapping, said, sequence

EVERYONE = "everyone"
_DEEPEST = 20
_GROUPS = ("all", "any", "not")


class Condition(Protocol):
    """Something that is true of a mentor or not."""

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it is true of the mentor with these values."""

    def columns(self) -> frozenset[str]:
        """The columns that it asks for."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; without parts it is everyone."""

    parts: tuple[Condition, ...] = ()

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether every part is true."""
        return all(part.holds(values) for part in self.parts)

    def columns(self) -> frozenset[str]:
        """The columns of all parts."""
        return frozenset().union(*(part.columns() for part in self.parts))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether one part is true."""
        return any(part.holds(values) for part in self.parts)

    def columns(self) -> frozenset[str]:
        """The columns of all parts."""
        return frozenset().union(*(part.columns() for part in self.parts))


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether the part is false."""
        return not self.part.holds(values)

    def columns(self) -> frozenset[str]:
        """The columns of the part."""
        return self.part.columns()


@dataclass(frozen=True, slots=True)
class Test:
    """One column against one value. What is not known is equal to nothing, and neither more nor less than anything."""

    column: str
    operator: str
    value: Any

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether the mentor's value stands the test."""
        return _OPERATORS[self.operator](values.get(self.column), self.value)

    def columns(self) -> frozenset[str]:
        """The column."""
        return frozenset({self.column})


def _folded(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


def _contains(held: Any, wanted: Any) -> bool:
    """A text holds a part, or a set of tags a whole tag."""
    if isinstance(held, str):
        return _folded(wanted) in _folded(held)
    return _folded(wanted) in {_folded(tag) for tag in held or ()}


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda held, wanted: held is not None and compare(held, wanted)


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda held, wanted: _folded(held) == _folded(wanted),
    "is_not": lambda held, wanted: _folded(held) != _folded(wanted),
    "in": lambda held, wanted: _folded(held) in map(_folded, wanted),
    "not_in": lambda held, wanted: _folded(held) not in map(_folded, wanted),
    "contains": _contains,
    "is_set": lambda held, wanted: (held not in (None, ())) == wanted,
    "at_least": _ordered(operator.ge),
    "more_than": _ordered(operator.gt),
    "at_most": _ordered(operator.le),
    "less_than": _ordered(operator.lt),
    "before": _ordered(operator.lt),
    "after": _ordered(operator.gt),
    "on_or_before": _ordered(operator.le),
    "on_or_after": _ordered(operator.ge),
}
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    "text": ("is", "is_not", "in", "not_in", "contains", "is_set"),
    "flag": ("is",),
    "money": ("is", "is_not", "at_least", "more_than", "at_most", "less_than"),
    "day": ("is", "is_not", "before", "after", "on_or_before", "on_or_after", "is_set"),
    "tags": ("contains", "is_set"),
}


def parse(node: yaml.Node, options: Mapping[str, Sequence[str]]) -> Condition:
    """Read an audience; `options` are the values that a select column can have, by the year's configuration.

    Raises LineError for an unknown column or operator, a value of the wrong kind or one that no mentor can have.
    """
    if kind_of(node) == "str" and node.value == EVERYONE:
        return AllOf()
    return _condition(node, options, 1)


def _condition(node: yaml.Node, options: Mapping[str, Sequence[str]], depth: int) -> Condition:
    if depth > _DEEPEST:
        raise LineError(line_of(node), "The conditions are nested too deeply.")
    keys = mapping(node, "A condition")
    groups = [name for name in keys if name in _GROUPS]
    if not groups:
        return _tests(node, keys, options)
    if len(keys) > 1:
        raise LineError(line_of(node), f"`{groups[0]}` stands alone: put a dash and a line of its own before it.")
    ((name, (_, value)),) = keys.items()
    if name == "not":
        return Not(_condition(value, options, depth + 1))
    parts = tuple(_condition(part, options, depth + 1) for part in sequence(value, f"`{name}`"))
    return AllOf(parts) if name == "all" else AnyOf(parts)


def _tests(
    node: yaml.Node, keys: Mapping[str, tuple[yaml.Node, yaml.Node]], options: Mapping[str, Sequence[str]]
) -> Condition:
    if "column" not in keys:
        raise LineError(line_of(node), "A condition has a `column`, or one of `all`, `any` and `not`.")
    named = keys["column"][1]
    if kind_of(named) != "str":
        raise LineError(line_of(named), f"`column` must be the name of one column, and this is {said(named)}.")
    column = AUDIENCE.get(named.value)
    if column is None:
        raise LineError(line_of(named), unknown_name("column", named.value, AUDIENCE))
    known = OPERATORS[column.kind]
    tests = []
    for name, (key, value) in keys.items():
        if name == "column":
            continue
        if name not in known:
            raise LineError(line_of(key), f"`{column.name}` cannot be asked `{name}`, only: {', '.join(known)}.")
        tests.append(Test(column.name, name, _value(column, name, value, options)))
    if not tests:
        raise LineError(line_of(node), f"It is not said what `{column.name}` must be, by one of: {', '.join(known)}.")
    return tests[0] if len(tests) == 1 else AllOf(tuple(tests))


def _value(column: Column, name: str, node: yaml.Node, options: Mapping[str, Sequence[str]]) -> Any:
    if name == "is_set":
        return _flag(column, node)
    if name in ("in", "not_in"):
        return tuple(_text(column, name, part, options) for part in sequence(node, f"`{name}`"))
    readers: Mapping[Kind, Callable[[], Any]] = {
        "text": lambda: _text(column, name, node, options),
        "tags": lambda: _text(column, name, node, {}),
        "flag": lambda: _flag(column, node),
        "money": lambda: _amount(column, node),
        "day": lambda: _day(column, node),
    }
    return readers[column.kind]()


def _text(column: Column, name: str, node: yaml.Node, options: Mapping[str, Sequence[str]]) -> str:
    if kind_of(node) != "str" or not node.value.strip():
        raise LineError(
            line_of(node), f'`{column.name}` is a text, and this is {said(node)}; a text can be put in quotes: "…".'
        )
    text = str(node.value).strip()
    known = column.options or tuple(options.get(column.name, ()))
    if known and name != "contains" and text.casefold() not in {one.casefold() for one in known}:
        raise LineError(line_of(node), f"`{column.name}` is never `{text}`, only: {', '.join(known)}.")
    return text


def _flag(column: Column, node: yaml.Node) -> bool:
    if kind_of(node) != "bool":
        raise LineError(line_of(node), f"About `{column.name}` this must say yes or no, and it is {said(node)}.")
    return str(node.value).casefold() in ("yes", "true", "on")


def _amount(column: Column, node: yaml.Node) -> Decimal:
    try:
        amount = Decimal(node.value) if kind_of(node) in ("int", "float") else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite():
        raise LineError(line_of(node), f"`{column.name}` is a number of dollars such as 75 or 37.50, and this is not.")
    return amount


def _day(column: Column, node: yaml.Node) -> date:
    try:
        return date.fromisoformat(node.value if kind_of(node) in ("timestamp", "str") else "")
    except ValueError:
        raise LineError(
            line_of(node), f"`{column.name}` is a day, written year-month-day in ten characters; this is not one."
        ) from None
