"""Read the YAML front matter of a campaign file with the line of every value.

`read_yaml` returns plain values for pydantic to validate. `Document.line` maps the location of a pydantic error to a
line.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from mentorsync_pipeline.domain.plain_yaml import PlainLoader, ReferenceFoundError

_TAG = "tag:yaml.org,2002:"
_MAX_DEPTH = 45
_BOOLEANS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_WHOLE_NUMBER = re.compile(r"[-+]?\d{1,18}", re.ASCII)


class LineError(Exception):
    """A mistake in a campaign file: the line, counted from 1, and the reason. `campaign_file.parse` names the file."""

    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(f"line {line}: {reason}")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A YAML scalar of another type than campaign files use. `kind` describes it in messages."""

    kind: str


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a YAML text: str, bool, int, Decimal, date, Unreadable, and lists and dicts of them."""

    value: Any
    _root: yaml.Node

    def line(self, location: Sequence[int | str], *, of_key: str | None = None) -> int:
        """Return the line of the value at a pydantic error's location. Steps other than keys and indexes are skipped.

        Args:
            location: `loc` of the error. It also contains the tags of unions, which are not in the file.
            of_key: a key of the mapping at this location, to get the line of that key.

        """
        node = self._root
        for step in location:
            node = _child(node, step) or node
        keys = node.value if isinstance(node, yaml.MappingNode) else ()
        return _line(next((key for key, _ in keys if key.value == of_key), node))


def read_yaml(text: str) -> Document | None:
    """Parse a YAML text; None if it is empty. Raises LineError; lines count from 1 within `text`."""
    try:
        root = yaml.compose(text, Loader=PlainLoader)
        return None if root is None else Document(_value(root, 1), root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        is_reference = isinstance(error, ReferenceFoundError)
        reason = "References (*) cannot be used here." if is_reference else f"This is not YAML: {error.problem}."
        raise LineError((mark.line if mark else 0) + 1, reason) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise LineError(line, "There is a character that YAML does not allow.") from None
    except RecursionError:
        raise LineError(1, "This is nested too deeply.") from None


def describe(value: Any) -> str:
    """Describe the type of a value for a message."""
    if isinstance(value, Unreadable):
        return value.kind
    kinds = ((bool, "yes or no"), (str, "a text"), ((int, Decimal), "a number"), (date, "a day"), (list, "a list"))
    return next((kind for types, kind in kinds if isinstance(value, types)), "a group of keys")


def unknown_name(kind: str, name: str, known_names: Iterable[str]) -> str:
    """Return the message for an unknown name, with the most similar known name."""
    names = sorted(known_names)
    near = difflib.get_close_matches(name, names, 1)
    return f"There is no {kind} `{name}`" + (
        f"; did you mean `{near[0]}`?" if near else f". Known: {', '.join(names)}."
    )


def _value(node: yaml.Node, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise LineError(_line(node), "This is nested too deeply.")
    if isinstance(node, yaml.SequenceNode):
        return [_value(entry, depth + 1) for entry in node.value]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(str(node.tag).removeprefix(_TAG), str(node.value))
    values: dict[str, Any] = {}
    for key, entry in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise LineError(_line(key), "A key must be one word.")
        if key.value in values:
            raise LineError(_line(key), f"`{key.value}` occurs twice.")
        values[key.value] = _value(entry, depth + 1)
    return values


def _scalar(tag: str, text: str) -> Any:
    """Convert a scalar by its YAML tag. Numbers and days are parsed from the text, so that 37.50 stays exact."""
    match tag:
        case "str":
            return text
        case "bool":
            return _BOOLEANS.get(text.casefold(), Unreadable("something else"))
        case "int" | "float":
            return _number(text)
        case "timestamp":
            try:
                return date.fromisoformat(text)
            except ValueError:
                return Unreadable("a day")
        case "null":
            return Unreadable("nothing")
    return Unreadable("something else")


def _number(text: str) -> int | Decimal | Unreadable:
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return Unreadable("a number")
    return amount if amount.is_finite() else Unreadable("a number")


def _child(node: yaml.Node, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        entry: yaml.Node = node.value[step]
        return entry
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
