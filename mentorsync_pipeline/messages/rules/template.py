"""The text of a message: a small part of Jinja, checked before it is ever run, then run in Jinja's sandbox.

A template may say variables, choose with `if`, compare, add and filter. Everything else is refused with its line:
loops, calls, attributes, assignments, imports. What is left can neither reach anything nor grow beyond its own length
by much.
"""

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mentorsync_pipeline.domain.givebutter_values import is_formula
from mentorsync_pipeline.messages.rules.columns import VARIABLES, spoken, unknown_name
from mentorsync_pipeline.messages.rules.error import LineError
from mentorsync_pipeline.messages.rules.filters import FILTERS

_DEEPEST = 40
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List),
    *(nodes.If, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Add, nodes.Sub, nodes.Concat),
)
# How the refused constructs look in a file, for the message.
_CALLED = {
    nodes.For: "A loop (`for`)",
    nodes.Call: "A call with ( )",
    nodes.Getattr: "A dot after a name",
    nodes.Getitem: "A part in [ ]",
    nodes.Assign: "`set`",
    nodes.Mul: "A multiplication",
    nodes.Pow: "A power",
    nodes.Mod: "The sign %",
}
# Control characters but the line break, and halves of characters.
_UNSENDABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_UNDEFINED = re.compile(r"'(\w+)' is undefined")


class FailedError(Exception):
    """A message that cannot be made for one mentor: an error code (`domain.error_codes`) and the reason.

    `missing` is the variable that is not known of the mentor, if that is the reason.
    """

    def __init__(self, code: str, reason: str, missing: str | None = None) -> None:
        self.code, self.reason, self.missing = code, reason, missing
        super().__init__(f"{code}: {reason}")


def compile_text(source: str, first_line: int) -> Template:
    """Check and compile a text that begins at this line of its file; raises LineError."""
    placed = "\n" * (first_line - 1) + source  # so that Jinja counts the lines of the file
    environment = _environment()
    try:
        tree = environment.parse(placed)
        _check(tree, first_line, 1)
        return environment.from_string(placed)
    except TemplateSyntaxError as error:
        raise LineError(error.lineno, f"{(error.message or 'The template cannot be read').rstrip('.')}.") from None
    except (RecursionError, ValueError, SyntaxError):
        raise LineError(first_line, "The template cannot be read: it is nested too deeply or too long.") from None


def variables_of(source: str) -> frozenset[str]:
    """The variables that a text names."""
    return frozenset(name.name for name in _environment().parse(source).find_all(nodes.Name))


def fill(template: Template, values: Mapping[str, Any], limit: int) -> str:
    """The text for one mentor; `values` by variable, None where nothing is known.

    `limit` is the largest number of characters (`custom_text_limit`). Raises FailedError.
    """
    try:
        text = _folded(template.render({name: value for name, value in values.items() if value is not None}))
    except UndefinedError as error:
        found = _UNDEFINED.search(str(error))
        name = found[1] if found else "something"
        raise FailedError("MESSAGE_VARIABLE_MISSING", f"`{name}` is not known of this mentor.", name) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise FailedError("MESSAGE_FAILED", f"The template fails for this mentor ({type(error).__name__}).") from None
    if len(text) > limit:
        raise FailedError("MESSAGE_TOO_LONG", f"The message has {len(text)} characters, {limit} are allowed.")
    if reason := _unusable(text):
        raise FailedError("MESSAGE_UNUSABLE", reason)
    return text


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # a cell of a CSV file, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
        cache_size=0,
    )
    environment.globals.clear()
    environment.filters = dict(FILTERS)
    environment.tests = {"defined": environment.tests["defined"]}
    return environment


def _finalized(value: Any) -> Any:
    """What is printed; a list cannot be, and what is not known raises when it is turned into text."""
    if isinstance(value, list):
        raise TypeError
    return value if isinstance(value, (str, StrictUndefined)) else spoken(value)


def _check(node: nodes.Node, line: int, depth: int) -> None:
    """Refuse whatever is not known to be harmless."""
    line = max(line, getattr(node, "lineno", None) or 0)  # some nodes do not know theirs
    if depth > _DEEPEST:
        raise LineError(line, "The template is nested too deeply.")
    if not isinstance(node, _ALLOWED):
        what = _CALLED.get(type(node), f"`{type(node).__name__.lower()}`")
        raise LineError(line, f"{what} cannot be used in a message.")
    if isinstance(node, nodes.Name) and node.name not in VARIABLES:
        raise LineError(line, unknown_name("variable", node.name, VARIABLES))
    if isinstance(node, nodes.Const) and node.value is None:
        raise LineError(line, "`none` cannot be said in a message.")
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


def _folded(text: str) -> str:
    """Line breaks and runs of spaces are one space; an empty line separates paragraphs."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n[^\S\n]*\n", text))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _unusable(text: str) -> str | None:
    if not text:
        return "The message is empty."
    if is_formula(text):
        return "The message starts with =, +, - or @, which a spreadsheet would run as a formula."
    if _UNSENDABLE.search(text):
        return "The message holds a character that cannot be sent."
    return None
