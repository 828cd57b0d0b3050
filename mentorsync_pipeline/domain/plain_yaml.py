"""A YAML loader without references, whose every error is a `yaml.YAMLError`."""

from typing import Any

import yaml
from yaml.constructor import ConstructorError


class ReferenceFoundError(yaml.MarkedYAMLError):
    """A YAML text has a reference to another node (`*name`)."""


class RepeatedKeyError(yaml.MarkedYAMLError):
    """A YAML text has a key twice in one mapping; `problem` is the key."""


class PlainLoader(yaml.SafeLoader):
    """Loads YAML without references and repeated keys.

    A short text with a few references may stand for billions of values. Of a repeated key, YAML uses the last value.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose one node. Raises ReferenceFoundError."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # not in the stubs
            raise ReferenceFoundError(problem="references are not supported", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # as in yaml
        """Construct one value. Raises ConstructorError for one that does not exist, such as the date 2025-02-30."""
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, AttributeError, KeyError, TypeError) as error:  # as `!!bool maybe` raises in the library
            raise ConstructorError(problem=f"{type(error).__name__}: {error}", problem_mark=node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # as in yaml
        """Construct one mapping. Raises RepeatedKeyError."""
        keys = set()
        for key, _ in node.value:
            if (key.tag, str(key.value)) in keys:
                raise RepeatedKeyError(problem=str(key.value), problem_mark=key.start_mark)
            keys.add((key.tag, str(key.value)))
        return super().construct_mapping(node, deep=deep)
