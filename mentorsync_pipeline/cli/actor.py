"""Options for person and year, and plain-text tables, for several commands."""

import getpass
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from mentorsync_pipeline.cli.terminal import one_line
from mentorsync_pipeline.domain.clean_text import clean_typed
from mentorsync_pipeline.runtime.formatting import format_value

By = Annotated[
    str | None,
    typer.Option("--by", help="Name of the person who decides.  [default: the logged-in user]", show_default=False),
]
OptionalYear = Annotated[int | None, typer.Option("--year", help="The campaign year.  [default: all years]")]


def actor_name(by: str | None) -> str:
    """Return the name of the person who runs the command, for the audit trail."""
    return clean_typed(by) or getpass.getuser()


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
    """Format a value as one printable line; times to the minute."""
    return one_line(format_value(value, moment=lambda moment: f"{moment:%Y-%m-%d %H:%M}"))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
