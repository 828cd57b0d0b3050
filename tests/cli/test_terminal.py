"""Text from forms and files cannot control the terminal: unsafe characters are escaped."""

import ast
import contextlib
import json
import os
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mentorsync_pipeline.cli
from mentorsync_pipeline.cli.output import Progress, format_columns, show, write
from mentorsync_pipeline.cli.serving import _print_line
from mentorsync_pipeline.cli.terminal import one_line, printable, printable_json

HOSTILE = {
    "window title": "\x1b]0;gone\x07",
    "colour": "\x1b[31mred",
    "clear screen": "\x1b[2J\x1b[H",
    "link (OSC 8)": "\x1b]8;;https://bad.example\x1b\\Ann\x1b]8;;\x1b\\",
    "clipboard (OSC 52)": "\x1b]52;c;QUJD\x07",
    "C1 sequence": "\x9b31mred",
    "C1 string": "\x9dtitle\x9c",
    "carriage return": "no errors\rerrors",
    "backspaces": "Ann\b\b\bBob",
    "delete": "Ann\x7f",
    "bell": "\a",
    "form feed": "\f",
    "vertical tab": "\v",
    "right-to-left override": "Ann\u202egnp",
    "isolate": "\u2066Ann\u2069",
    "right-to-left mark": "Ann\u200f",
    "zero width": "An\u200bn\ufeff",
    "line separator": "Ann\u2028Bob",
    "lone surrogate": "Ann\ud83d",
    "language tag": "\U000e0041",
    "NUL": "Ann\x00",
}


def is_unsafe(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in "\n\t\u200c\u200d"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_unsafe_characters_do_not_reach_the_terminal(text, capfd):
    write(text)
    write(text, err=True, fg="red")
    show({"name": text}, as_json=False, lines=f"{format_columns([['name', text, text]])}\n{text}")
    show({"name": text}, as_json=True, lines="")
    progress = Progress()
    with progress.status_line(text):
        progress.update(text)
        progress.line(text, style="yellow")
    captured = capfd.readouterr()
    assert not [character for character in captured.out + captured.err if is_unsafe(character)]
    assert json.loads(captured.out.splitlines()[-1]) == {"name": text}


def test_a_line_of_a_service_is_printed_without_control_sequences(capfd):
    _print_line("daemon", "\x1b[32m2026-11-28\x1b[0m Ann\x1b[2J \x9b31m\rgone")
    assert capfd.readouterr().out == "daemon    | 2026-11-28 Ann\\x1b[2J \\x9b31m\\rgone\n"


def test_a_line_for_a_closed_terminal_is_dropped(monkeypatch):
    closed, opened = os.pipe()
    os.close(closed)
    with os.fdopen(opened, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        _print_line("daemon", "a line")
        monkeypatch.undo()
        with contextlib.suppress(OSError):
            gone.close()


@given(text=st.text())
def test_any_text_is_printable_and_ordinary_text_is_unchanged(text):
    shown = printable(text)
    assert not any(map(is_unsafe, shown))
    assert printable(shown) == shown
    assert json.loads(printable_json(json.dumps(text, ensure_ascii=False))) == text
    assert "\n" not in one_line(text)
    if not any(map(is_unsafe, text)):
        assert shown == text
    shown.encode()


@pytest.mark.parametrize(
    "text", ["Zoë O’Brien", "李小龙", "👨‍👩‍👧 family", "✅ 1️⃣", "می‌خواهم", "[red]no markup[/] :smile:", "a\tb\nc"]
)
def test_ordinary_text_is_printed_unchanged(text, capfd):
    write(text)
    Progress().line(text)
    captured = capfd.readouterr()
    assert captured.out == f"{text}\n"
    assert captured.err.replace(" ", "") == f"{text.expandtabs(8)}\n".replace(" ", "")


def test_only_the_output_module_writes_to_a_terminal():
    """Printing in another way bypasses the function that makes texts printable."""
    folder = Path(mentorsync_pipeline.cli.__file__).parent
    printing = {"print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write", "Console"}
    writers = [
        f"{path.name}:{node.lineno}"
        for path in sorted(folder.glob("*.py"))
        if path.name != "output.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in printing
    ]
    assert writers == []
