"""Writes docs/error-codes.md out of the code, so that it cannot fall behind: `python docs/error_codes.py`.

The codes of `sync_errors` come from their registry; those that a command ends with are read from the source: the class
(its docstring is the meaning) and each place that raises it (what it says, and what to do). Nothing is explained here.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mentorsync_pipeline.domain.error_codes import REGISTRY

PACKAGE = Path(__file__).parent.parent / "mentorsync_pipeline"
PAGE = Path(__file__).with_name("error-codes.md")
BASE = "MentorSyncError"
# Methods that make an error from a code and a text, beside the classes themselves.
HELPERS = frozenset({"error"})
# What a run is told by when its failure is none of ours.
OF_RUNS = {
    "CHECK_FAILED": (
        "A check found rows of a table that must not be there.",
        "The message names the table and the rule.",
    ),
    "UNEXPECTED": (
        "A step failed for a reason that nobody foresaw.",
        "Look at the step in Dagster's UI and report it.",
    ),
}


@dataclass
class Command:
    """One code that a command can end with: what it means, and what is said to do about it."""

    meaning: str
    advice: set[str] = field(default_factory=set)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The whole page."""
    lines = [
        "# Error codes",
        "",
        "<!-- Written by `python docs/error_codes.py`; do not edit. -->",
        "",
        "A code never changes its name or its meaning, so that notes and other programs can refer to it.",
        "",
        "## Errors in `sync_errors`",
        "",
        "Records that could not be used. `mentorsync errors list` shows them with the record and what to do;",
        "`mentorsync errors retry` and `mentorsync errors ignore` put them away. One that is no longer found is closed",
        "by the next run. Those that can be tried again are, after 15 minutes, an hour and four hours.",
        "",
        "| code | severity | tried again | meaning | what to do |",
        "|---|---|---|---|---|",
    ]
    for code in sorted(REGISTRY):
        one = REGISTRY[code]
        again = "yes" if one.can_retry else "no"
        lines.append(f"| `{code}` | {one.severity} | {again} | {_cell(one.meaning)} | {_cell(one.what_to_do)} |")
    lines += [
        "",
        "## Errors that end a command or a run",
        "",
        "One line on stderr and exit code 1; in Dagster's UI the step fails with the same line. `…` stands for what",
        "differs from case to case.",
        "",
        "| code | meaning | what to do |",
        "|---|---|---|",
    ]
    # A code that a row's error and a command share is described once, above.
    for code, command in sorted(command_codes().items()):
        if code in REGISTRY:
            continue
        advice = "<br>".join(_cell(text) for text in sorted(command.advice)) or "The message says it."
        lines.append(f"| `{code}` | {_cell(command.meaning)} | {advice} |")
    return "\n".join(lines) + "\n"


def command_codes() -> dict[str, Command]:
    """Every code of MentorSyncError and its subclasses, and every code that is given where one is raised."""
    modules = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))]
    classes = _error_classes(modules)
    found = {code: Command(meaning) for code, meaning in classes.values()}
    found |= {code: Command(meaning, {advice}) for code, (meaning, advice) in OF_RUNS.items()}
    for call in (node for module in modules for node in ast.walk(module) if isinstance(node, ast.Call)):
        name = _name(call.func)
        if name in HELPERS and call.args and isinstance(call.args[0], ast.Constant) and len(call.args) > 1:
            found.setdefault(
                str(call.args[0].value),
                Command(f"The file cannot be used: {_words(call.args[1]) or 'the message says why'}."),
            )
        if name not in classes:
            continue
        given = next((keyword.value for keyword in call.keywords if keyword.arg == "code"), None)
        code, meaning = classes[name]
        for used in _constants(given) if given is not None else [code]:
            command = found.setdefault(used, Command(_words(call.args[0]) if call.args else meaning))
            if len(call.args) > 1 and (words := _words(call.args[1])):
                command.advice.add(words)
    return found


def _error_classes(modules: list[ast.Module]) -> dict[str, tuple[str, str]]:
    """The name of each class of error, with its code and its meaning; a class without a code of its own inherits."""
    defined = [node for module in modules for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    known: dict[str, tuple[str, str]] = {}
    while True:
        fresh = {
            node.name: (_own_code(node) or _inherited(node, known), _meaning(node))
            for node in defined
            if node.name not in known and (node.name == BASE or any(_name(base) in known for base in node.bases))
        }
        if not fresh:
            return known
        known |= fresh


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
    """The codes that an expression can be; none where it is handed on from elsewhere."""
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def _words(node: ast.expr) -> str:
    """What a text says, with … for what differs; nothing for a text that is put together elsewhere."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values]
        return "".join(parts)
    return ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;")


if __name__ == "__main__":
    main()
