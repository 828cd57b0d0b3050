"""Output of the command line: results on stdout, progress and errors on stderr, one line for an error.

Only this module writes to a terminal. `write`, `show` and `Progress` make every text printable first (`cli.terminal`).
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from mentorsync_pipeline.cli.terminal import one_line, printable, printable_json
from mentorsync_pipeline.domain.errors import MentorSyncError, to_known_error
from mentorsync_pipeline.domain.team_time import format_minute
from mentorsync_pipeline.runtime.formatting import format_value

if TYPE_CHECKING:
    from rich.status import Status

Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
Year = Annotated[int, typer.Option("--year", help="The campaign year.", show_default=False)]
OptionalYear = Annotated[int | None, typer.Option("--year", help="The campaign year.  [default: all years]")]

INTERRUPTED = 130
# Ids of submissions have up to 19 digits.
_YEAR_DIGITS, _MAX_DIGITS = 4, 19


class CommandGroup(TyperGroup):
    """A group of commands that prints a MentorSyncError as one line on stderr and exits with code 1."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse arguments that no column of the database accepts: bytes that are no text, and too large numbers."""
        for before, text in zip(("", *args), args, strict=False):
            if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
                ctx.fail("An argument, such as a file name, has bytes that are no UTF-8 text.")
            digits = text.removeprefix("--year=").lstrip("+-")
            limit = _YEAR_DIGITS if before == "--year" or text.startswith("--year=") else _MAX_DIGITS
            if digits.isdecimal() and len(digits) > limit:
                ctx.fail(f"The number {digits[:limit]}… is too large: it has over {limit} digits.")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # Typer includes its own click, whose types are not public
        """Run the command. Ctrl-C, SIGTERM and SIGHUP exit normally, so that the embedded database is stopped."""
        signal.signal(signal.SIGTERM, _exit_on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` ignores it on purpose
            signal.signal(signal.SIGHUP, _terminate)
        sys.excepthook = _print_traceback
        try:
            return super().invoke(ctx)
        except MentorSyncError as error:
            _fail(ctx, error)
        except KeyboardInterrupt:
            write("Stopped.", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:
            known_error = to_known_error(error)
            if known_error is None:
                raise
            _fail(ctx, known_error)


def _fail(ctx: Any, error: MentorSyncError) -> None:
    write(one_line(str(error)), err=True, fg="red")
    ctx.exit(1)


def _exit_on_signal(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """Handle it like SIGTERM, for which a web server in this process installs its own handler."""
    os.kill(os.getpid(), signal.SIGTERM)


def _print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback as Python does, but made printable, because its text may contain names."""
    sys.stderr.write(printable("".join(traceback.format_exception(kind, error, trace))))


def write(text: str, *, err: bool = False, fg: str | None = None, bold: bool = False, label: str = "") -> None:
    """Print text, made printable. Colours apply only on a terminal, and only to the `label` if there is one."""
    if label:
        styled = f"{typer.style(printable(label), fg=fg, bold=bold)} {printable(text)}"
    else:
        styled = typer.style(printable(text), fg=fg, bold=bold) if fg or bold else printable(text)
    typer.echo(styled, err=err)


class Progress:
    """Prints lines and one status line on stderr. It uses the `sys.stderr` of its creation, which a run redirects."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415

        self._console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False)
        self._status: Status | None = None

    def line(self, text: str, *, style: str | None = None) -> None:
        """Print a permanent line."""
        self._console.print(printable(text), style=style, soft_wrap=True)

    @contextmanager
    def status_line(self, text: str) -> Iterator[None]:
        """Show a status line during the block; `update` changes it."""
        from rich.text import Text  # noqa: PLC0415

        with self._console.status(Text(one_line(text))) as self._status:
            yield
        self._status = None

    def update(self, text: str) -> None:
        """Change the status line."""
        from rich.text import Text  # noqa: PLC0415

        if self._status is not None:
            self._status.update(Text(one_line(text)))


def show(result: Mapping[str, Any], *, as_json: bool, lines: str) -> None:
    """Print a result on stdout, as JSON or as text."""
    if as_json:
        typer.echo(printable_json(json.dumps(result, ensure_ascii=False, default=str)))
    else:
        write(lines)


def format_columns(rows: Sequence[Sequence[Any]], *, max_width: int = 60, indent: str = "  ") -> str:
    """Format rows of cells as aligned text; long cells are cut, except the last of a row."""
    texts = [["" if cell == "" else format_cell(cell) for cell in row] for row in rows]
    count = max((len(row) for row in texts), default=0)
    widths = [
        min(max_width, max((len(row[index]) for row in texts if index < len(row)), default=0)) for index in range(count)
    ]
    lines = []
    for row in texts:
        cells = [_cut(cell, widths[index]).ljust(widths[index]) for index, cell in enumerate(row[:-1])]
        lines.append((indent + "  ".join([*cells, row[-1]])).rstrip())
    return "\n".join(lines)


def format_cell(value: Any) -> str:
    """Format a value as one printable line; times to the minute, in the team's time zone."""
    return one_line(format_value(value, moment=format_minute))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
