"""What commands share in which a person acts: who it is, and how plain tables are printed."""

import getpass
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from mentorsync_pipeline.cli.terminal import one_line
from mentorsync_pipeline.runtime.formatting import format_value

By = Annotated[str | None, typer.Option("--by", help="Who says so.  [default: who is logged in]", show_default=False)]
YearIfAny = Annotated[int | None, typer.Option("--year", help="The campaign year; all if not given.")]


def actor_name(by: str | None) -> str:
    """The person in whose name the command acts."""
    return by or getpass.getuser()


def format_columns(rows: Sequence[Sequence[Any]], *, widest: int = 60, indent: str = "  ") -> str:
    """Rows of cells as aligned text; a long cell is cut, except the last of its row."""
    texts = [["" if cell == "" else format_cell(cell) for cell in row] for row in rows]
    count = max((len(row) for row in texts), default=0)
    widths = [min(widest, max((len(row[at]) for row in texts if at < len(row)), default=0)) for at in range(count)]
    lines = []
    for row in texts:
        cells = [_cut(cell, widths[at]).ljust(widths[at]) for at, cell in enumerate(row[:-1])]
        lines.append((indent + "  ".join([*cells, row[-1]])).rstrip())
    return "\n".join(lines)


def format_cell(value: Any) -> str:
    """A value as a person reads it, on one line and printable; a moment is its minute."""
    return one_line(format_value(value, moment=lambda when: f"{when:%Y-%m-%d %H:%M}"))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
