"""Stream a list as a CSV file for spreadsheets (`runtime.csv_text`)."""

from collections.abc import Iterator, Sequence

from starlette.responses import StreamingResponse

from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.console.listing import Column
from mentorsync_pipeline.console.translation import words
from mentorsync_pipeline.db.paging import Listing, Order, stream_rows
from mentorsync_pipeline.runtime.csv_text import csv_text


def csv_file(
    services: Services, listed: Listing, order: Order, columns: Sequence[Column], *, name: str
) -> StreamingResponse:
    """Return the whole list as a download named `name`."""
    return StreamingResponse(
        _lines(services, listed, order, columns),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(services: Services, listed: Listing, order: Order, columns: Sequence[Column]) -> Iterator[str]:
    header = [words().gettext(column.label) for column in columns]
    with services.reading() as conn:
        rows = ([row[column.name] for column in columns] for row in stream_rows(conn, listed, order))
        yield from csv_text(header, rows)
