"""Parse and validate a campaign file: front matter in YAML, then the texts in Jinja (docs/write-a-message.md).

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
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo

from mentorsync_pipeline.domain.config import MESSAGE_COLUMN
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.messages.rules.audience import Condition, check_list, validation_error
from mentorsync_pipeline.messages.rules.front_matter import Document, LineError, describe, read_yaml, unknown_name

if TYPE_CHECKING:  # Jinja is imported with the first campaign
    from jinja2 import Template

MANUAL = "docs/write-a-message.md"
# States of mentors who get a message only if the file includes them.
INCLUDABLE = ("blocked", "dropped")
MAX_CHARACTERS = 20_000
_MAX_NAME = 80
_YEAR = range(2000, 3000)
# Control characters except tab and line end.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_HEADING = re.compile(rf"#+[ \t]*({MESSAGE_COLUMN})[ \t]*:?[ \t]*", re.IGNORECASE)


class MessageInvalidError(MentorSyncError):
    """The campaign file is invalid: its front matter, its audience or one of its texts."""

    code = "MESSAGE_INVALID"

    def __init__(self, file_name: str, error: LineError) -> None:
        self.line, self.reason = error.line, error.reason
        super().__init__(
            f"{file_name}, line {error.line}: {error.reason}", f"Correct the file; {MANUAL} explains its parts."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class YearValues:
    """Values that a year's configuration allows in a campaign file.

    Attributes:
        options: the values of each select column (`custom_field_options`).
        columns: the message columns (`message_columns`).

    """

    options: Mapping[str, Sequence[str]]
    columns: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A valid campaign file. `texts` are compiled templates by message column; `variables` are the names they use."""

    name: str
    year: int
    audience: Condition
    texts: "Mapping[str, Template]"
    variables: frozenset[str]
    include: frozenset[str] = frozenset()
    description: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the message columns that it writes: texts, then emails."""
        return tuple(sorted(self.texts, key=_column_order))


def parse(content: str, *, file_name: str, allowed: YearValues | None = None) -> Campaign:
    """Parse a campaign file.

    Args:
        allowed: values of the year's configuration; None checks only the form.

    Raises:
        MessageInvalidError: with the line and the reason.

    """
    try:
        text = content.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        return _parse_form(text) if allowed is None else _parse(text, allowed)
    except LineError as error:
        raise MessageInvalidError(file_name, error) from None


def is_text_message(column: str) -> bool:
    """Return whether a message column is sent as SMS; the others are emails."""
    return column.startswith("text")


@lru_cache(maxsize=64)
def _parse_form(content: str) -> Campaign:
    """Parse a text without checking it against a year; cached, because every list of campaigns parses all files."""
    return _parse(content, None)


def _parse(content: str, allowed: YearValues | None) -> Campaign:
    if len(content) > MAX_CHARACTERS:
        raise LineError(1, f"The file has more than {MAX_CHARACTERS:,} characters.")
    from mentorsync_pipeline.messages.rules.template import compile_text, find_variables  # noqa: PLC0415

    yaml, body_line = _split(content)
    front = _front_matter(yaml, allowed)
    if control := _CONTROL.search(content):
        line = content.count("\n", 0, control.start()) + 1
        raise LineError(line, "There is an invisible control character; remove it.")
    texts = _texts(content, body_line, front.columns)
    return Campaign(
        name=front.name,
        year=front.year,
        audience=front.audience,
        texts={column: compile_text(source, line) for column, (source, line) in texts.items()},
        variables=frozenset().union(*(find_variables(source) for source, _ in texts.values())),
        include=front.include,
        description=front.description,
    )


def _one_line(value: Any, info: ValidationInfo) -> str:
    if not isinstance(value, str) or not value.strip() or not value.strip().isprintable():
        hint = "" if isinstance(value, str) else f'; this is {describe(value)}, put it in quotes: "…"'
        raise validation_error(f"`{info.field_name}` must be a text of one line{hint}.")
    if info.field_name == "name" and len(value.strip()) > _MAX_NAME:
        raise validation_error(f"`name` has more than {_MAX_NAME} characters.")
    return value.strip()


def _year(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in _YEAR:
        description = f"{value}" if isinstance(value, int) else describe(value)
        raise validation_error(
            f"`year` must be a campaign year such as 2025 (four digits without quotes), and this is {description}."
        )
    return value


def _column(value: Any, info: ValidationInfo) -> str:
    """Validate a message column; without a year's configuration, only its form."""
    allowed = (info.context or {}).get("columns")
    if isinstance(value, str) and (value in allowed if allowed else re.fullmatch(MESSAGE_COLUMN, value)):
        return value
    *others, last = sorted(allowed, key=_column_order) if allowed else ("text", "email")
    columns = f"{', '.join(others)} and {last}" if others else last
    raise validation_error(
        f"`columns` may only contain {columns}; the year's `message_columns` can add further columns."
    )


def _includable(value: Any) -> str:
    if isinstance(value, str) and value in INCLUDABLE:
        return value
    raise validation_error(f"`include` may only contain {' and '.join(INCLUDABLE)}.")


class _FrontMatter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Annotated[str, BeforeValidator(_one_line)]
    year: Annotated[int, BeforeValidator(_year)]
    audience: Condition
    columns: Annotated[frozenset[Annotated[str, BeforeValidator(_column)]], BeforeValidator(check_list)]
    description: Annotated[str, BeforeValidator(_one_line)] | None = None
    include: Annotated[frozenset[Annotated[str, BeforeValidator(_includable)]], BeforeValidator(check_list)] = (
        frozenset()
    )


def _front_matter(yaml: str, allowed: YearValues | None) -> _FrontMatter:
    document = read_yaml(yaml)
    if document is None:
        raise LineError(1, "The front matter is empty.")
    if not isinstance(document.value, dict):
        reason = f"The front matter must be a group of keys, and this is {describe(document.value)}."
        raise LineError(document.line(()), reason)
    context = {"options": allowed.options, "columns": allowed.columns} if allowed else {}
    try:
        return _FrontMatter.model_validate(document.value, context=context)
    except ValidationError as error:
        raise _first_mistake(error, document) from None


def _first_mistake(error: ValidationError, document: Document) -> LineError:
    """Return the first mistake in the file."""
    mistakes: list[tuple[bool, int, str]] = []  # whether a key is missing, line, reason: a wrong key comes first
    for details in error.errors(include_url=False):
        location, name = details["loc"], str(details["loc"][-1])
        match details["type"]:
            case "campaign_file":
                context = details["ctx"]
                mistakes.append((False, document.line(location, of_key=context["key"]), str(context["message"])))
            case "missing":
                mistakes.append((True, document.line(location[:-1]), f"The front matter has no `{name}`."))
            case "extra_forbidden":
                reason = unknown_name("key", name, _FrontMatter.model_fields)
                mistakes.append((False, document.line(location[:-1], of_key=name), reason))
            case _:
                mistakes.append((False, document.line(location), f"`{name}` is wrong: {details['msg']}."))
    _, line, reason = min(mistakes)
    return LineError(line, reason)


def _split(content: str) -> tuple[str, int]:
    """Return the front matter, padded with empty lines to keep its line numbers, and the line after it."""
    from frontmatter.default_handlers import YAMLHandler  # noqa: PLC0415

    boundaries = list(YAMLHandler.FM_BOUNDARY.finditer(content))[:2]
    if not boundaries or content[: boundaries[0].start()].strip():
        raise LineError(1, "The file must begin with a line of three dashes (---), then its front matter.")
    if len(boundaries) < 2:
        raise LineError(1, "The front matter has no end: put a second line of three dashes (---) after it.")
    start, end = boundaries
    padding = "\n" * content.count("\n", 0, start.end())
    return padding + content[start.end() : end.start()], content.count("\n", 0, end.start()) + 2


def _texts(content: str, first_line: int, columns: Collection[str]) -> dict[str, tuple[str, int]]:
    """Return the text of each message column with its first line; each follows a heading such as `# text`."""
    parts: dict[str, tuple[list[str], int]] = {}
    current: list[str] | None = None
    for number, line in enumerate(content.split("\n")[first_line - 1 :], first_line):
        heading = _HEADING.fullmatch(line.rstrip())
        if heading:
            column = heading[1].lower()
            if column in parts:
                raise LineError(number, f"There are two parts `# {column}`.")
            if column not in columns:
                raise LineError(number, f"`columns` lacks {column}: add it there, or remove this part.")
            current = []
            parts[column] = (current, number + 1)
        elif current is not None:
            current.append(line)
        elif line.strip():
            raise LineError(number, "A message must be under a line `# text` or `# email`.")
    for column in sorted(columns, key=_column_order):
        if column not in parts:
            raise LineError(first_line - 1, f"`columns` names {column}, and no part `# {column}` follows.")
    return {column: ("\n".join(lines), number) for column, (lines, number) in parts.items()}


def _column_order(column: str) -> tuple[bool, int]:
    """Return the sort key of a message column: texts before emails, each by number."""
    return not is_text_message(column), int(column.partition("_")[2] or 1)
