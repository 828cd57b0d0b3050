"""Read YAML without losing its lines: nodes of the front matter as typed Python values, or a refusal with the line."""

from collections.abc import Collection, Mapping
from typing import Any

import yaml

from mentorsync_pipeline.messages.rules.columns import unknown_name
from mentorsync_pipeline.messages.rules.error import LineError

_TAG = "tag:yaml.org,2002:"
_KINDS = {
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "bool": "yes or no",
    "timestamp": "a day",
    "null": "nothing",
    "seq": "a list",
    "map": "a group of keys",
}


class _Loader(yaml.SafeLoader):
    """YAML as trees without references, which could make a small text endless."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Make one node, as yaml does."""
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]  # the stubs leave it out
            raise LineError(line, "References (*) cannot be used here.")
        return super().compose_node(parent, index)


def compose(text: str) -> yaml.Node | None:
    """The tree of a YAML text; None for an empty one. Lines in refusals count from 1 within `text`."""
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise LineError((mark.line if mark else 0) + 1, f"This is not YAML: {error.problem}.") from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise LineError(line, "There is a character that YAML does not allow.") from None
    except RecursionError:
        raise LineError(1, "This is nested too deeply.") from None


def line_of(node: yaml.Node) -> int:
    """The line of a node, counted from 1."""
    return int(node.start_mark.line) + 1


def kind_of(node: yaml.Node) -> str:
    """What a node is, by the last word of its YAML tag: str, int, float, bool, timestamp, null, seq, map."""
    return str(node.tag).removeprefix(_TAG)


def mapping(node: yaml.Node, what: str, known: Collection[str] = ()) -> Mapping[str, tuple[yaml.Node, yaml.Node]]:
    """The keys of a mapping with their nodes. With `known`, any other key is refused; one that occurs twice always."""
    if not isinstance(node, yaml.MappingNode):
        raise LineError(line_of(node), f"{what} must be a group of keys, and this is {said(node)}.")
    found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "…"
        if known and name not in known:
            raise LineError(line_of(key), unknown_name("key", name, known))
        if name in found:
            raise LineError(line_of(key), f"`{name}` is there twice.")
        found[name] = (key, value)
    return found


def sequence(node: yaml.Node, what: str) -> list[yaml.Node]:
    """The entries of a list with at least one."""
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise LineError(line_of(node), f"{what} must be a list with at least one entry.")
    return list(node.value)


def text(node: yaml.Node, what: str) -> str:
    """A text of one line that is not blank."""
    if kind_of(node) != "str" or not node.value.strip() or not node.value.strip().isprintable():
        wanted = "a text of one line" + ("" if kind_of(node) == "str" else '; put it in quotes: "…"')
        raise LineError(line_of(node), f"{what} must be {wanted}.")
    return str(node.value).strip()


def said(node: yaml.Node) -> str:
    """What a node is, in words."""
    return _KINDS.get(kind_of(node), "something else")
