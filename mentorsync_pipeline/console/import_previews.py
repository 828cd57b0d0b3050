"""Previews of import files for pages and API: of the next file, and of the last one that was imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field

from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.console.list_query import ListQuery
from mentorsync_pipeline.contacts.label_lookup import read_present_config
from mentorsync_pipeline.import_file import row_previews
from mentorsync_pipeline.import_file.out_files import ImportFile, ImportFileMissingError
from mentorsync_pipeline.import_file.rules.preview import Kind, PreviewFilter, RowPreview
from mentorsync_pipeline.loop.queries import read_next_preview

Of = Literal["next", "imported"]


class PreviewQuery(ListQuery):
    """Filters of a preview: of the next file or the last imported one, by kind of row and changed column.

    Without a kind, the web page shows the rows that change something, and the API all rows. `page` is that of the web
    page; the API has `limit` and `offset`.
    """

    of: Of = "next"
    kind: Kind | Literal["all"] | None = None
    column: Annotated[str, Field(max_length=100)] | None = None
    page: Annotated[int, Field(ge=1, le=100_000)] = 1

    def to_filter(self) -> PreviewFilter:
        """Convert to a filter of rows."""
        return PreviewFilter(
            kind=None if self.kind == "all" else self.kind, column=self.column, search=self.search_text
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The rows of a file compared with the present contacts; `file` is None for the next file."""

    rows: Sequence[RowPreview]
    file: ImportFile | None


def read_preview(services: Services, conn: sa.Connection, year: int, of: Of) -> Preview | None:
    """Compare a file with the contacts; None if no file was imported yet, or its content is gone."""
    if of == "next":
        return Preview(rows=services.cache.of_year(conn, year).read_of_steps(read_next_preview), file=None)
    try:
        file = row_previews.find_imported_file(conn, year)
        if file is None:
            return None
        config = read_present_config(conn, year)
        return Preview(rows=row_previews.preview_file(conn, config, file, services.settings.out_dir), file=file)
    except ImportFileMissingError:
        return None
