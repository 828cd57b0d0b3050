"""Every command, option and file that the guides name exists, and every page that the guide of the season names."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Match
from typer.main import get_command

from mentorsync_pipeline.cli import app
from mentorsync_pipeline.console.pages import PAGES

ROOT = Path(__file__).parents[2]
GUIDES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
MENTORSYNC = get_command(app)
# In code: to the end of the span or the line.
_COMMAND = re.compile(r"(?:^|`)\s*(?:#\s*)?mentorsync ([^`\n]+)", re.MULTILINE)
_FILE = re.compile(r"(?<![\w/.])(?:tests|benchmarks|mentorsync_pipeline|docs)/[\w/.-]*\w")
_PAGE = re.compile(r"`(/20\d\d[^`]*)`")
COMMANDS = [(guide.name, text) for guide in GUIDES for text in _COMMAND.findall(guide.read_text("utf-8"))]


def spellings(text: str) -> list[list[str]]:
    """The words of a command; `list|show` is two commands. Brackets, comments and what follows a pipe are left out."""
    words = shlex.split(re.split(r"\s#\s|\s\|\s|;|\\$", text)[0].replace("[", "").replace("]", "").replace("…", ""))
    alternatives: list[list[str]] = [[]]
    for word in words:
        options = word.split("|") if re.fullmatch(r"[a-z-]+(\|[a-z-]+)+", word) else [word]
        alternatives = [[*before, option] for before in alternatives for option in options]
    return alternatives


def find_command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words behind it."""
    command, rest = MENTORSYNC, list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    return command, rest


@pytest.mark.parametrize(("guide", "text"), sorted(set(COMMANDS)))
def test_a_documented_command_exists(guide: str, text: str) -> None:
    for words in spellings(text):
        command, rest = find_command(words)
        assert command is not MENTORSYNC, words
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        used = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert used <= known, f"{guide}: mentorsync {text}"
        if hasattr(command, "commands") and not command.invoke_without_command:
            assert not rest or not re.match(r"[a-z]", rest[0]), f"{guide}: mentorsync {text}"


@pytest.mark.parametrize("text", sorted({text for guide, text in COMMANDS if guide == "season.md"}))
def test_a_command_of_the_season_has_its_required_options(text: str) -> None:
    for words in spellings(text):
        command, rest = find_command(words)
        options = [parameter for parameter in command.params if parameter.opts[0].startswith("-")]
        missing = [option.opts[0] for option in options if option.required and not {*option.opts} & {*rest}]
        assert not missing, f"mentorsync {text}"


def test_the_commands_of_the_guides_are_found() -> None:
    assert sum(guide == "season.md" for guide, _ in COMMANDS) > 30
    assert ("season.md", "status") in COMMANDS


def test_every_page_of_the_guide_of_the_season_exists() -> None:
    routes = [route for router in PAGES for route in router.routes]
    pages = _PAGE.findall((ROOT / "docs" / "season.md").read_text("utf-8"))
    assert len(pages) > 15
    for page in pages:
        scope = {"type": "http", "method": "GET", "path": page.partition("?")[0]}
        assert any(route.matches(scope)[0] is Match.FULL for route in routes), page


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_file_of_the_project_that_a_guide_names_exists(guide: Path) -> None:
    missing = {path for path in _FILE.findall(guide.read_text("utf-8")) if not (ROOT / path).exists()}
    assert not missing
