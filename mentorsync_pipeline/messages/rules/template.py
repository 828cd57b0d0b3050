"""Compile and fill the template of a message: a subset of Jinja, checked first, then run in Jinja's sandbox.

A template may print variables, choose with `if`, compare, add and filter. Loops, calls, attributes, assignments and
imports are refused with their line, so that a template can neither reach other data nor produce very long texts.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateRuntimeError,
    TemplateSyntaxError,
    Undefined,
    UndefinedError,
    nodes,
)
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mentorsync_pipeline.domain.givebutter_values import is_formula
from mentorsync_pipeline.domain.names.name_boxes import is_junk_name, is_placeholder_name
from mentorsync_pipeline.domain.names.name_parts import is_title
from mentorsync_pipeline.domain.names.plain_names import plain_key
from mentorsync_pipeline.messages.rules.front_matter import LineError, unknown_name
from mentorsync_pipeline.messages.rules.recipients import VARIABLES, format_value

NAMES = frozenset({"first_name", "last_name", "preferred_name"})
_CACHE_SIZE = 1 << 13

# Placeholders for a missing name in forms, test records and spreadsheets, besides those of `name_boxes`.
_PLACEHOLDERS = frozenset({"anonymous", "anon", "test", "tester", "testing", "n.a", "tbd", "name"})
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_GREETING = re.compile(
    r"[^\w]*(?:hi|hiya|hello|hey|howdy|dear|greetings|welcome|good (?:morning|afternoon|evening|day))"
    r"(?: there)?[ ,]+(?P<name>[^\s,!;:?]+)(?: (?P<next>[^\s,!;:?]+))?",
    re.IGNORECASE,
)
_MAX_DEPTH = 40
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List),
    *(nodes.If, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Add, nodes.Sub, nodes.Concat),
)
# Names of refused constructs for error messages.
_CONSTRUCT_NAMES = {
    nodes.For: "A loop (`for`)",
    nodes.Call: "A call with ( )",
    nodes.Getattr: "A dot after a name",
    nodes.Getitem: "A part in [ ]",
    nodes.Assign: "`set`",
    nodes.Mul: "A multiplication",
    nodes.Pow: "A power",
    nodes.Mod: "The sign %",
}
# Control characters except the line break, and lone surrogates.
_UNSENDABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_UNDEFINED = re.compile(r"'(\w+)' is undefined")


class MessageFailedError(Exception):
    """A message cannot be filled for one mentor: error code (`domain.error_codes`) and reason.

    `missing` is the unknown variable, if that is the reason.
    """

    def __init__(self, code: str, reason: str, missing: str | None = None) -> None:
        self.code, self.reason, self.missing = code, reason, missing
        super().__init__(f"{code}: {reason}")


class UnusableNameError(UndefinedError):
    """The text prints a name that is an email address or a placeholder."""


class UnusableName(StrictUndefined):
    """A name that is an email address or a placeholder: its use in a template raises UnusableNameError."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, exc=UnusableNameError)


@lru_cache(_CACHE_SIZE)
def is_unusable_name(text: str) -> bool:
    """Return whether a text is an email address, a title alone, or a placeholder such as `N/A`, `.`, `123` or `F.1.2`.

    `Na` and `Nan` are names, `NA` and `nan` are not.
    """
    key = plain_key(text)
    if key is not None:
        return key in _PLACEHOLDERS
    if _EMAIL.search(text) or is_junk_name(text) or is_title(text) or not any(map(str.isalpha, text)):
        return True
    words = [word.strip(".!,") for word in text.split()]
    return all(word.casefold() in _PLACEHOLDERS or is_placeholder_name(word) for word in words)


def has_unusable_greeting(message: str) -> bool:
    """Return whether a message greets an email address or a placeholder, such as `Hi none,` or `Hi Dr. none,`."""
    greeting = _GREETING.match(message)
    if greeting is None:
        return False
    name, following = greeting["name"], greeting["next"]
    return is_unusable_name(following if following and is_title(name) else name)


def compile_text(source: str, first_line: int) -> Template:
    """Check and compile a text that begins at `first_line` of its file. Raises LineError."""
    padded_source = "\n" * (first_line - 1) + source  # so that Jinja counts the lines of the file
    environment = _environment()
    try:
        tree = environment.parse(padded_source)
        _check(tree, first_line, 1)
        return environment.from_string(padded_source)
    except TemplateSyntaxError as error:
        raise LineError(error.lineno, f"{(error.message or 'The template cannot be read').rstrip('.')}.") from None
    except (RecursionError, ValueError, SyntaxError):
        raise LineError(first_line, "The template cannot be read: it is nested too deeply or too long.") from None


def find_variables(source: str) -> frozenset[str]:
    """Return the names of the variables in a text."""
    return frozenset(name.name for name in _environment().parse(source).find_all(nodes.Name))


def fill_template(template: Template, values: Mapping[str, Any], limit: int) -> str:
    """Fill a template for one mentor.

    Args:
        values: by variable; None if unknown.
        limit: the largest number of characters (`custom_text_limit`).

    Raises:
        MessageFailedError: a variable is unknown, or the text cannot be sent.

    """
    try:
        text = _collapse_whitespace(template.render(_template_values(values)))
    except UndefinedError as error:
        match = _UNDEFINED.search(str(error))
        name = match[1] if match else "something"
        if isinstance(error, UnusableNameError):
            reason = f"`{name}` is an email address or a placeholder, not a name."
            raise MessageFailedError("MESSAGE_GREETING", reason) from None
        raise MessageFailedError("MESSAGE_VARIABLE_MISSING", f"`{name}` is unknown for this mentor.", name) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise MessageFailedError(
            "MESSAGE_FAILED", f"The template fails for this mentor ({type(error).__name__})."
        ) from None
    if len(text) > limit:
        raise MessageFailedError("MESSAGE_TOO_LONG", f"The message has {len(text)} characters; {limit} are allowed.")
    if problem := _find_text_problem(text):
        raise MessageFailedError("MESSAGE_UNUSABLE", problem)
    if has_unusable_greeting(text):
        raise MessageFailedError("MESSAGE_GREETING", "The greeting is an email address or a placeholder, not a name.")
    return text


def _template_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the known values; a name that is an email or a placeholder fails when the template uses it."""
    return {
        name: UnusableName(name) if name in NAMES and is_unusable_name(str(value)) else value
        for name, value in values.items()
        if value is not None
    }


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # a cell of a CSV file, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
        cache_size=0,
    )
    environment.globals.clear()
    environment.filters = dict(FILTERS)
    environment.tests = {"defined": environment.tests["defined"]}
    return environment


def _finalize(value: Any) -> Any:
    """Return the printed form of a value. Lists and unknown values raise."""
    if isinstance(value, list):
        raise TypeError
    return value if isinstance(value, (str, StrictUndefined)) else format_value(value)


def _check(node: nodes.Node, line: int, depth: int) -> None:
    """Refuse all constructs that are not allowed. Raises LineError."""
    line = max(line, getattr(node, "lineno", None) or 0)  # some nodes have no line
    if depth > _MAX_DEPTH:
        raise LineError(line, "The template is nested too deeply.")
    if not isinstance(node, _ALLOWED):
        construct = _CONSTRUCT_NAMES.get(type(node), f"`{type(node).__name__.lower()}`")
        raise LineError(line, f"{construct} cannot be used in a message.")
    if isinstance(node, nodes.Name) and node.name not in VARIABLES:
        raise LineError(line, unknown_name("variable", node.name, VARIABLES))
    if isinstance(node, nodes.Const) and node.value is None:
        raise LineError(line, "`none` cannot be printed in a message.")
    if isinstance(node, nodes.Filter):
        if node.name not in FILTERS:
            raise LineError(line, unknown_name("filter", node.name, FILTERS))
        if node.node is None or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise LineError(line, f"`{node.name}` cannot be used in this way.")
    if isinstance(node, nodes.Test) and node.name != "defined":
        raise LineError(line, unknown_name("test", node.name, ("defined",)))
    if isinstance(node, nodes.CondExpr) and node.expr2 is None:
        raise LineError(line, "An `if` inside of {{ }} needs an `else`.")
    for child in node.iter_child_nodes():
        _check(child, line, depth + 1)


def _collapse_whitespace(text: str) -> str:
    """Join lines and runs of spaces by one space; empty lines separate paragraphs."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n[^\S\n]*\n", text))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _find_text_problem(text: str) -> str | None:
    if not text:
        return "The message is empty."
    if is_formula(text):
        return "The message starts with =, +, - or @, which a spreadsheet would run as a formula."
    if _UNSENDABLE.search(text):
        return "The message contains a character that cannot be sent."
    return None


def _text(value: Any) -> str:
    """Return the value as text. An unknown value raises UndefinedError."""
    return str(value) if isinstance(value, Undefined) else format_value(value)


def _money(value: Any) -> str:
    if isinstance(value, Undefined):
        str(value)  # raises
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        raise TemplateRuntimeError("`money` needs a number of dollars")
    sign, amount = "-" if value < 0 else "", abs(Decimal(value))
    return f"{sign}${amount:,.0f}" if amount == amount.to_integral_value() else f"{sign}${amount:,.2f}"


def _weekday(value: Any) -> str:
    if isinstance(value, Undefined):
        str(value)  # raises
    if not isinstance(value, date):
        raise TemplateRuntimeError("`weekday` needs a day")
    return f"{value:%A}, {value:%B} {value.day}"


def _default(value: Any, fallback: Any) -> Any:
    if isinstance(value, UnusableName):
        str(value)  # raises for an unusable name, which a fallback would hide
    return fallback if isinstance(value, Undefined) else value


def _shorten(value: Any, length: Any) -> str:
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise TemplateRuntimeError("`shorten` needs a number of characters")
    text = _text(value)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "money": _money,
    "weekday": _weekday,
    "default": _default,
    "shorten": _shorten,
    "upper": lambda value: _text(value).upper(),
    "lower": lambda value: _text(value).lower(),
    "title": lambda value: _text(value).title(),
    "trim": lambda value: _text(value).strip(),
}
