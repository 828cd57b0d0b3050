"""A campaign file: front matter in YAML, then the texts in Jinja, read into a campaign or refused with line and reason.

    ---
    name: training-reminder
    year: …
    audience:
      column: training_signup
      is: no
    columns: [text]
    ---
    # text
    Hi {{ first_name }}, …

Where files lie and which campaigns are in force does not belong here; see `messages.files`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml
from frontmatter.default_handlers import YAMLHandler
from jinja2 import Template

from mentorsync_pipeline.domain.import_columns import EMAIL_MESSAGE, TEXT_MESSAGE
from mentorsync_pipeline.messages.rules import audience as message_audience
from mentorsync_pipeline.messages.rules.audience import Condition
from mentorsync_pipeline.messages.rules.error import LineError, MessageInvalidError
from mentorsync_pipeline.messages.rules.template import compile_text, variables_of
from mentorsync_pipeline.messages.rules.yaml import compose, kind_of, line_of, mapping, said, sequence, text

# What a file calls the two columns, and what Givebutter does.
COLUMNS: Mapping[str, str] = {"text": TEXT_MESSAGE, "email": EMAIL_MESSAGE}
# Who gets a message only if the campaign says so.
INCLUDABLE = ("blocked", "dropped")
MAX_CHARACTERS = 20_000
_MAX_NAME = 80
_NEEDED = ("name", "year", "audience", "columns")
_KEYS = (*_NEEDED, "description", "include")
_HEADING = re.compile(r"#+[ \t]*(text|email)[ \t]*:?[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign file that can be used. `texts` are compiled, by column; `variables` are those that they say."""

    name: str
    year: int
    audience: Condition
    texts: Mapping[str, Template]
    variables: frozenset[str]
    include: frozenset[str] = frozenset()
    description: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it writes, in the order of the import file."""
        return tuple(column for column in COLUMNS if column in self.texts)


def parse(content: str, *, file_name: str, options: Mapping[str, Sequence[str]] | None = None) -> Campaign:
    """Read a campaign file; raises MessageInvalidError with the line and the reason.

    `options` are the values that a select column can have, by the year's configuration (`custom_field_options`); with
    them, a value that no mentor can have is refused.
    """
    try:
        return _parse(content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), options or {})
    except LineError as refused:
        raise MessageInvalidError(file_name, refused) from None


def _parse(content: str, options: Mapping[str, Sequence[str]]) -> Campaign:
    if len(content) > MAX_CHARACTERS:
        raise LineError(1, f"The file has more than {MAX_CHARACTERS:,} characters.")
    front, body_line = _front_matter(content)
    tree = compose(front)
    if tree is None:
        raise LineError(1, "The front matter is empty.")
    keys = {name: value for name, (_, value) in mapping(tree, "The front matter", _KEYS).items()}
    for name in _NEEDED:
        if name not in keys:
            raise LineError(line_of(tree), f"The front matter has no `{name}`.")
    columns = _some_of(keys["columns"], "columns", tuple(COLUMNS))
    texts = _texts(content, body_line, columns)
    return Campaign(
        name=_name(keys["name"]),
        year=_year(keys["year"]),
        audience=message_audience.parse(keys["audience"], options),
        texts={column: compile_text(source, line) for column, (source, line) in texts.items()},
        variables=frozenset().union(*(variables_of(source) for source, _ in texts.values())),
        include=_some_of(keys["include"], "include", INCLUDABLE) if "include" in keys else frozenset(),
        description=text(keys["description"], "`description`") if "description" in keys else None,
    )


def _front_matter(content: str) -> tuple[str, int]:
    """The front matter, behind so many empty lines as there are lines before it, and the line that follows it."""
    boundaries = list(YAMLHandler.FM_BOUNDARY.finditer(content))[:2]
    if not boundaries or content[: boundaries[0].start()].strip():
        raise LineError(1, "The file must begin with a line of three dashes (---), then its front matter.")
    if len(boundaries) < 2:
        raise LineError(1, "The front matter has no end: put a second line of three dashes (---) after it.")
    start, end = boundaries
    before = "\n" * content.count("\n", 0, start.end())
    return before + content[start.end() : end.start()], content.count("\n", 0, end.start()) + 2


def _name(node: yaml.Node) -> str:
    name = text(node, "`name`")
    if len(name) > _MAX_NAME:
        raise LineError(line_of(node), f"`name` has more than {_MAX_NAME} characters.")
    return name


def _year(node: yaml.Node) -> int:
    if kind_of(node) != "int" or not re.fullmatch(r"2\d{3}", node.value):
        raise LineError(line_of(node), f"`year` must be a campaign year in four digits, and this is {said(node)}.")
    return int(node.value)


def _some_of(node: yaml.Node, name: str, known: tuple[str, ...]) -> frozenset[str]:
    """One or several of a few words."""
    found = sequence(node, f"`{name}`")
    for entry in found:
        if kind_of(entry) != "str" or entry.value not in known:
            raise LineError(line_of(entry), f"`{name}` may hold {' and '.join(known)}, nothing else.")
    return frozenset(str(entry.value) for entry in found)


def _texts(content: str, first_line: int, columns: frozenset[str]) -> dict[str, tuple[str, int]]:
    """The text of each column with its first line; each stands under a line `# text` or `# email`."""
    parts: dict[str, tuple[list[str], int]] = {}
    current: list[str] | None = None
    for number, line in enumerate(content.split("\n")[first_line - 1 :], first_line):
        heading = _HEADING.fullmatch(line.rstrip())
        if heading:
            column = heading[1].lower()
            if column in parts:
                raise LineError(number, f"There are two parts `# {column}`.")
            if column not in columns:
                raise LineError(number, f"`columns` does not name {column}: add it there, or take this part out.")
            current = []
            parts[column] = (current, number + 1)
        elif current is not None:
            current.append(line)
        elif line.strip():
            raise LineError(number, "A message stands under a line `# text` or `# email`.")
    for column in COLUMNS:
        if column in columns and column not in parts:
            raise LineError(first_line - 1, f"`columns` names {column}, and no part `# {column}` follows.")
    return {column: ("\n".join(lines), number) for column, (lines, number) in parts.items()}
