"""A YAML loader without references."""

import yaml


class ReferenceFoundError(yaml.MarkedYAMLError):
    """A YAML text has a reference to another node (`*name`)."""


class PlainLoader(yaml.SafeLoader):
    """Loads YAML without references, because a short text with a few of them may stand for billions of values."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose one node. Raises ReferenceFoundError."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # not in the stubs
            raise ReferenceFoundError(problem="references are not supported", problem_mark=mark)
        return super().compose_node(parent, index)
