"""The output of the command line: results on stdout, progress and errors on stderr, one clear line for a failure.

Nothing else in `cli` writes to a terminal: `write`, `show` and the progress console make every text printable first.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from mentorsync_pipeline.cli.terminal import one_line, printable, printable_json
from mentorsync_pipeline.domain.errors import MentorSyncError, as_database_error

if TYPE_CHECKING:
    from rich.status import Status

Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object, for a program.")]
Year = Annotated[int, typer.Option("--year", help="The campaign year.", show_default=False)]

INTERRUPTED = 130


class OneLineErrors(TyperGroup):
    """A group of commands in which an error of ours is one line on stderr and exit code 1."""

    def invoke(self, ctx: Any) -> Any:  # Typer carries a click of its own, whose types are not public
        """Run the command; Ctrl-C, SIGTERM and SIGHUP leave in order, so that the embedded database is stopped."""
        signal.signal(signal.SIGTERM, _leave)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` ignores it, and means it
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
            lost = as_database_error(error)
            if lost is None:
                raise
            _fail(ctx, lost)


def _fail(ctx: Any, error: MentorSyncError) -> None:
    write(one_line(str(error)), err=True, fg="red")
    ctx.exit(1)


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """Do as after SIGTERM, for which a web server that runs here has a handler of its own."""
    os.kill(os.getpid(), signal.SIGTERM)


def _print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an unforeseen error as Python does, but printable: its text may quote a name."""
    sys.stderr.write(printable("".join(traceback.format_exception(kind, error, trace))))


def write(text: str, *, err: bool = False, fg: str | None = None, bold: bool = False, label: str = "") -> None:
    """Print text, made printable, in a colour if the output is a terminal; with a `label` only that is coloured."""
    if label:
        shown = f"{typer.style(printable(label), fg=fg, bold=bold)} {printable(text)}"
    else:
        shown = typer.style(printable(text), fg=fg, bold=bold) if fg or bold else printable(text)
    typer.echo(shown, err=err)


class Progress:
    """Lines and one moving line on stderr, bound now: a run redirects `sys.stderr` while it lasts."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415

        self._console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False)
        self._status: Status | None = None

    def line(self, text: str, *, style: str | None = None) -> None:
        """Print a line that stays."""
        self._console.print(printable(text), style=style, soft_wrap=True)

    @contextmanager
    def moving(self, text: str) -> Iterator[None]:
        """Show a moving line while the block lasts; `update` changes it."""
        from rich.text import Text  # noqa: PLC0415

        with self._console.status(Text(one_line(text))) as self._status:
            yield
        self._status = None

    def update(self, text: str) -> None:
        """Change the moving line."""
        from rich.text import Text  # noqa: PLC0415

        if self._status is not None:
            self._status.update(Text(one_line(text)))


def show(result: Mapping[str, Any], *, as_json: bool, lines: str) -> None:
    """Print a result on stdout: as JSON for a program, else in words."""
    if as_json:
        typer.echo(printable_json(json.dumps(result, ensure_ascii=False, default=str)))
    else:
        write(lines)
