"""Lists on pages: their columns, filters and order, for `listing.html`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import sqlalchemy as sa

from mentorsync_pipeline.console.api.pagination import Window
from mentorsync_pipeline.console.list_query import ListQuery
from mentorsync_pipeline.db.paging import Listing, Order, Page, read_page

_MENTOR = frozenset({"mn_id", "first_name", "last_name"})

Kind = Literal["text", "word", "yes_no", "number", "money", "moment"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: name of the value in a row, and label (for gettext).

    `kind` is the format of the value; a `word` is a name such as `needs_page`. `only_file`: only in the CSV file.
    """

    name: str
    label: str
    kind: Kind = "text"
    only_file: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter with a fixed set of values and their labels."""

    name: str
    label: str
    options: Mapping[str, str]
    anything: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A list: `sortable` are the columns for sorting, `searched` describes the searched columns."""

    columns: Sequence[Column]
    sortable: Sequence[str]
    choices: Sequence[Choice] = ()
    searched: str | None = None

    @property
    def on_page(self) -> Sequence[Column]:
        """The columns of the page. A mentor is one column, sorted by last name, in place of id and names."""
        columns = [column for column in self.columns if not column.only_file]
        labels = {column.name: column.label for column in columns}
        if not labels.keys() >= _MENTOR:
            return columns
        return [Column("last_name", labels["mn_id"]), *(column for column in columns if column.name not in _MENTOR)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage:
    """One page of a list.

    Attributes:
        choices: filters, with those that depend on the data.
        added: number of rows of the page that are not in the list's own total.

    """

    table: Table
    query: ListQuery
    page: Page
    window: Window
    choices: Sequence[Choice] = field(default_factory=tuple)
    added: int = 0

    @property
    def total(self) -> int:
        """Number of all rows."""
        return self.page.total + self.added

    @property
    def first(self) -> int:
        """Number of the first row on the page; 0 if there is none."""
        return self.window.offset + 1 if self.page.rows else 0

    @property
    def last(self) -> int:
        """Number of the last row on the page."""
        return self.window.offset + len(self.page.rows)

    @property
    def previous_offset(self) -> int | None:
        """Offset of the previous page."""
        return max(0, self.window.offset - self.window.limit) if self.window.offset else None

    @property
    def next_offset(self) -> int | None:
        """Offset of the next page."""
        offset = self.window.offset + self.window.limit
        return offset if offset < self.page.total else None

    def selected(self, name: str) -> str:
        """Value of a filter as in its form."""
        value: Any = getattr(self.query, name)
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)


class YearQuery(Protocol):
    """Query parameters of a list of a year."""

    @property
    def order(self) -> Order:
        """The requested order."""
        ...

    def listing(self, year: int, /) -> Listing:
        """Build the list."""
        ...


def read_list(conn: sa.Connection, year: int, query: YearQuery, window: Window) -> Page:
    """Read the requested page of a list."""
    return read_page(conn, query.listing(year), order=query.order, limit=window.limit, offset=window.offset)
