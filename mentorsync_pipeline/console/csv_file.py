"""Stream a list as a CSV file for spreadsheets (`runtime.csv_text`)."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from starlette.responses import StreamingResponse

from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.console.listing import Column
from mentorsync_pipeline.console.translation import words
from mentorsync_pipeline.db.paging import Listing, Order, stream_rows
from mentorsync_pipeline.runtime.csv_text import csv_text

Rows = list[dict[str, Any]]
_BLOCK_ROWS = 500


def csv_file(
    services: Services,
    listed: Listing,
    order: Order,
    columns: Sequence[Column],
    *,
    name: str,
    complete: Callable[[sa.Connection, Rows], Rows] | None = None,
) -> StreamingResponse:
    """Return the whole list as a download named `name`; `complete` adds columns to a block of its rows."""
    return StreamingResponse(
        _lines(services, listed, order, columns, complete),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(
    services: Services,
    listed: Listing,
    order: Order,
    columns: Sequence[Column],
    complete: Callable[[sa.Connection, Rows], Rows] | None,
) -> Iterator[str]:
    header = [words().gettext(column.label) for column in columns]
    with services.reading() as conn:
        rows = stream_rows(conn, listed, order)
        if complete is not None:
            rows = _complete_rows(conn, rows, complete)
        yield from csv_text(header, ([row[column.name] for column in columns] for row in rows))


def _complete_rows(
    conn: sa.Connection, rows: Iterator[dict[str, Any]], complete: Callable[[sa.Connection, Rows], Rows]
) -> Iterator[dict[str, Any]]:
    while block := list(islice(rows, _BLOCK_ROWS)):
        yield from complete(conn, block)
