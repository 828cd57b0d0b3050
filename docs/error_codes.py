"""Generate docs/error-codes.md from the code: `python docs/error_codes.py`.

The codes of `sync_errors` come from their registry. The codes of commands are read from the source: the docstring of
the error class is the meaning, and the calls that raise it have the next steps.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mentorsync_pipeline.domain.error_codes import REGISTRY

PACKAGE = Path(__file__).parent.parent / "mentorsync_pipeline"
PAGE = Path(__file__).with_name("error-codes.md")
BASE = "MentorSyncError"
# Methods that create an error from a code and a text, in addition to the classes.
HELPERS = frozenset({"error"})
# Codes of failed runs without a MentorSyncError.
RUN_CODES = {
    "CHECK_FAILED": (
        "A check found invalid rows in a table.",
        "The message names the table and the rule.",
    ),
    "UNEXPECTED": (
        "A step failed with an unexpected error.",
        "See the step's error in Dagster's UI and report it.",
    ),
}


@dataclass
class Command:
    """An error code of a command: its meaning and its next steps."""

    meaning: str
    advice: set[str] = field(default_factory=set)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Build the page."""
    lines = [
        "# Error codes",
        "",
        "<!-- Written by `python docs/error_codes.py`; do not edit. -->",
        "",
        "The name and meaning of a code never change, so that notes and programs can refer to it.",
        "",
        "## Errors in `sync_errors`",
        "",
        "Records that could not be used. `mentorsync errors list` shows them with the next step;",
        "`mentorsync errors retry` and `mentorsync errors ignore` resolve them. The next run closes an error whose",
        "cause is gone. Errors that can be retried are retried after 15 minutes, an hour and four hours.",
        "",
        "| code | severity | retried | meaning | next step |",
        "|---|---|---|---|---|",
    ]
    for code in sorted(REGISTRY):
        entry = REGISTRY[code]
        retried = "yes" if entry.can_retry else "no"
        lines.append(
            f"| `{code}` | {entry.severity} | {retried} | {_cell(entry.meaning)} | {_cell(entry.what_to_do)} |"
        )
    lines += [
        "",
        "## Errors that end a command or a run",
        "",
        "One line on stderr and exit code 1; in Dagster's UI the step fails with the same line. `…` stands for a",
        "variable part.",
        "",
        "| code | meaning | next step |",
        "|---|---|---|",
    ]
    # A code that a row's error and a command share is described once, above.
    for code, command in sorted(command_codes().items()):
        if code in REGISTRY:
            continue
        advice = "<br>".join(_cell(text) for text in sorted(command.advice)) or "See the message."
        lines.append(f"| `{code}` | {_cell(command.meaning)} | {advice} |")
    return "\n".join(lines) + "\n"


def command_codes() -> dict[str, Command]:
    """Return every code of MentorSyncError and its subclasses, and every `code=` of a call."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    # The names of error classes end in Error (ruff, N818); half of the modules neither define nor raise one.
    modules = [ast.parse(text) for text in texts if "rror" in text]
    classes = _error_classes(modules)
    codes = {code: Command(meaning) for code, meaning in classes.values()}
    codes |= {code: Command(meaning, {advice}) for code, (meaning, advice) in RUN_CODES.items()}
    for call in (node for module in modules for node in ast.walk(module) if isinstance(node, ast.Call)):
        name = _name(call.func)
        if name in HELPERS and call.args and isinstance(call.args[0], ast.Constant) and len(call.args) > 1:
            codes.setdefault(
                str(call.args[0].value),
                Command(f"The file cannot be used: {_text_of(call.args[1]) or 'see the message'}."),
            )
        if name not in classes:
            continue
        code_argument = next((keyword.value for keyword in call.keywords if keyword.arg == "code"), None)
        code, meaning = classes[name]
        for used in _constants(code_argument) if code_argument is not None else [code]:
            command = codes.setdefault(used, Command(_text_of(call.args[0]) if call.args else meaning))
            if len(call.args) > 1 and (advice_text := _text_of(call.args[1])):
                command.advice.add(advice_text)
    return codes


def _error_classes(modules: list[ast.Module]) -> dict[str, tuple[str, str]]:
    """Return the code and the meaning of each error class, by name; a class without a code inherits one."""
    defined = [node for module in modules for node in module.body if isinstance(node, ast.ClassDef)]
    known: dict[str, tuple[str, str]] = {}
    while True:
        new = {
            node.name: (_own_code(node) or _inherited(node, known), _meaning(node))
            for node in defined
            if node.name not in known and (node.name == BASE or any(_name(base) in known for base in node.bases))
        }
        if not new:
            return known
        known |= new


def _inherited(node: ast.ClassDef, known: dict[str, tuple[str, str]]) -> str:
    return next(known[name][0] for base in node.bases if (name := _name(base)) in known)


def _own_code(node: ast.ClassDef) -> str | None:
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        if any(_name(target) == "code" for target in targets) and isinstance(value, ast.Constant):
            return str(value.value)
    return None


def _meaning(node: ast.ClassDef) -> str:
    return (ast.get_docstring(node) or "").partition("\n\n")[0].replace("\n", " ")


def _name(node: ast.AST | None) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _constants(node: ast.expr) -> Iterator[str]:
    """Yield the string constants of an expression."""
    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


def _text_of(node: ast.expr) -> str:
    """Return a text with … in place of values; empty for other expressions."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
        return "".join(parts)
    return ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;")


if __name__ == "__main__":
    main()
