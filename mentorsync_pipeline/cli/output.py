"""How the command line speaks: results on stdout, progress and errors on stderr, one clear line for a failure.

What a command does belongs to the module of the command.
"""

import json
import signal
import sys
from collections.abc import Mapping
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from mentorsync_pipeline.errors import MentorSyncError

if TYPE_CHECKING:
    from rich.console import Console

Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object, for a program.")]
Year = Annotated[int, typer.Option("--year", help="The campaign year.", show_default=False)]

INTERRUPTED = 130
TERMINATED = 143


class OneLineErrors(TyperGroup):
    """A group of commands in which an error of ours is one line on stderr and exit code 1."""

    def invoke(self, ctx: Any) -> Any:  # Typer carries a click of its own, whose types are not public
        """Run the command; Ctrl-C and SIGTERM leave in order, so that the embedded database is stopped."""
        signal.signal(signal.SIGTERM, _terminate)
        try:
            return super().invoke(ctx)
        except MentorSyncError as error:
            typer.secho(str(error), err=True, fg="red")
            ctx.exit(1)
        except KeyboardInterrupt:
            typer.secho("Stopped.", err=True)
            ctx.exit(INTERRUPTED)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(TERMINATED)


def progress_console() -> "Console":
    """A console on stderr, bound now: a run redirects `sys.stderr` while it lasts."""
    from rich.console import Console  # noqa: PLC0415

    return Console(file=sys.stderr, highlight=False)


def show(result: Mapping[str, Any], *, as_json: bool, lines: str) -> None:
    """Print a result on stdout: as JSON for a program, else in words."""
    typer.echo(json.dumps(result, ensure_ascii=False, default=str) if as_json else lines)
