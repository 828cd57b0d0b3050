"""Texts of errors and warnings on pages: without commands, keys, codes and times in UTC."""

import ast
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from mentorsync_pipeline.automation.jobs import CONTACTS, MEMBERS, RAW_FORMS
from mentorsync_pipeline.cli import app
from mentorsync_pipeline.console.finding_text import WARNING_TEXTS
from mentorsync_pipeline.console.page_text import ADMINISTRATOR, BUTTONS, PAGES, TABLES, to_page_text
from mentorsync_pipeline.console.rendering import format_answer
from mentorsync_pipeline.domain.error_codes import REGISTRY

PACKAGE = Path(__file__).parents[2] / "mentorsync_pipeline"
# Of the command line alone, or of Dagster's pages.
OTHER_PLACES = ("cli", "sandbox", "db/migrations", "db/tables")
# What a reader of a page does not know. Commands of the administrator are marked; texts of messages keep their keys.
ADMINISTRATORS = re.compile(r"“mentorsync [^”]*” \(for the administrator\)")
UNKNOWN = re.compile(
    r"mentorsync |YEAR|\b(?!MENTORSYNC_)[A-Z]+_[A-Z]|\bID\b(?<!External ID)(?<!Unique ID)(?<!Contact ID)|UTC\b"
)
KEY = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def leaf_commands() -> Iterator[str]:
    def walk(command, words: tuple[str, ...]) -> Iterator[str]:
        children = getattr(command, "commands", {})
        if not children or getattr(command, "invoke_without_command", False):
            yield " ".join(words)
        for name, child in children.items():
            yield from walk(child, (*words, name))

    yield from walk(get_command(app), ())


def test_each_command_has_its_page_or_button_or_is_the_administrators() -> None:
    for command in filter(None, leaf_commands()):
        assert (command in PAGES) + (command in BUTTONS) + (command.partition(" ")[0] in ADMINISTRATOR) == 1, command
    assert {*PAGES, *BUTTONS} <= {*leaf_commands()}


def code_texts() -> dict[str, str]:
    """Return every text of the registry, of errors that end a command, and of warnings."""
    texts = {
        f"{code} {name}": getattr(entry, name) for code, entry in REGISTRY.items() for name in ("meaning", "what_to_do")
    }
    texts |= {f"{kind} {part}": text for kind, pair in WARNING_TEXTS.items() for part, text in enumerate(pair)}
    return texts


def literals() -> Iterator[tuple[str, str]]:
    """Yield the texts with a command in the code of the package; values are 2025 in them."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        source = path.read_text("utf-8")
        if "mentorsync " not in source or place.startswith(OTHER_PLACES) or place == "console/page_text.py":
            continue
        tree = ast.parse(source)
        docstrings = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        }
        inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            text = _text_of(node) if id(node) not in inner else None
            if text and text not in docstrings and re.search(r"mentorsync (?!--)", text):
                yield f"{place}:{node.lineno}", text


def _text_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "2025" for part in node.values)
    return None


@pytest.mark.parametrize("name", code_texts())
def test_a_text_of_the_registry_is_understood_on_a_page(name: str) -> None:
    text = re.sub(r"`[^`]*`", "", ADMINISTRATORS.sub("", to_page_text(code_texts()[name])))
    assert not UNKNOWN.search(text), text
    assert not KEY.search(text), text


def test_the_lists_of_services_have_names() -> None:
    assert set(TABLES) == {*RAW_FORMS, MEMBERS, CONTACTS}
    assert to_page_text("The list for raw_mn_signups lacks 12.") == "The list for the sign-ups lacks 12."


def test_no_text_of_the_program_shows_a_command_to_a_reader_of_pages() -> None:
    found = dict(literals())
    assert len(found) > 40
    shown = {place: ADMINISTRATORS.sub("", to_page_text(text)) for place, text in found.items()}
    assert not {place: text for place, text in shown.items() if re.search(r"(?<!/)mentorsync ", text)}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("List them with: mentorsync errors list.", "List them on the page Errors."),
        (
            "Look at the plan: mentorsync archive show --year 2025 --mass-email.",
            "Look at the plan on the page Archive.",
        ),
        (
            "Look at it (mentorsync archive show --year 2025); if it is right: mentorsync archive approve --by NAME.",
            "Look at it (on the page Archive); if it is right: “Approve” on the page Archive.",
        ),
        (
            "Look at it again (mentorsync conflicts show 7), then decide.",
            "Look at it again (on the page Questions), then decide.",
        ),
        ("Use the present id: mentorsync trace --year 2025 MN0412.", "Use the present id: MN0412."),
        (
            "Load its configuration: mentorsync config load FILE.",
            "Load its configuration: “mentorsync config load FILE” (for the administrator).",
        ),
        (
            "Add it with: mentorsync config load 2025.yaml (start from a copy).",
            "Add it with: “mentorsync config load 2025.yaml” (for the administrator) (start from a copy).",
        ),
        (
            "Start it with `mentorsync up`, or try again in a minute.",
            "Start it with “mentorsync up” (for the administrator), or try again in a minute.",
        ),
        (
            "Set it: mentorsync config set custom_text_limit 5 --year 2025.",
            "Set it: “mentorsync config set custom_text_limit 5 --year 2025” (for the administrator).",
        ),
        (
            "To create it anyway: mentorsync export --year 2025 --force.",
            "To create it anyway: “Create anyway…” on the page Import file.",
        ),
        (
            "Remove the column, or add it to custom_field_labels.",
            "Remove the column, or add it to the setting “custom field labels”.",
        ),
        (
            "contacts-2025-10-01-1.csv is from 2025-10-01 14:05:09 UTC, given as “2025-10-01”.",
            "contacts-2025-10-01-1.csv is from Oct 1, 2025, 10:05 AM, given as “2025-10-01”.",
        ),
        ("It was archived on 2025-10-03; see 9999-99-99.", "It was archived on Oct 3, 2025; see 9999-99-99."),
    ],
)
def test_a_text_in_the_words_of_the_pages(text: str, shown: str) -> None:
    assert to_page_text(text) == shown


@pytest.mark.parametrize("text", ["_`" + "{" * 50_000, "_" + "“mentorsync " * 30_000])
def test_a_hostile_text_takes_no_time(text: str) -> None:
    started = time.process_time()
    assert to_page_text(text)
    assert time.process_time() - started < 5, "with quadratic time, more than ten"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("2003-06-30", "Jun 30, 2003"), ("2003-02-31", "2003-02-31"), ("on 2003-06-30", "on 2003-06-30"), ("", "")],
)
def test_an_answer_that_is_a_date_has_the_form_of_the_pages(text: str, shown: str) -> None:
    assert format_answer(text) == shown
