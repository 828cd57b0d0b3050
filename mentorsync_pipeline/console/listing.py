"""Tables that people look through: their columns, filters and order, as `listing.html` shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mentorsync_pipeline.console.api.paging import Window
from mentorsync_pipeline.console.list_query import ListQuery
from mentorsync_pipeline.db.paging import Page

Kind = Literal["text", "word", "yes_no", "number", "money", "moment"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the name of its value in a row, and what it is called (for gettext).

    `kind` says how a value is written; a `word` is one of a few names, such as `needs_page`. `only_file`: there is no
    room for it on the page.
    """

    name: str
    label: str
    kind: Kind = "text"
    only_file: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter by one of a few values, each with what it is called; without a choice it does not restrict."""

    name: str
    label: str
    options: Mapping[str, str]
    anything: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: `sortable` are columns that people may sort by, `searched` says what the search looks at."""

    columns: Sequence[Column]
    sortable: Sequence[str]
    choices: Sequence[Choice] = ()
    searched: str | None = None

    @property
    def on_page(self) -> Sequence[Column]:
        """The columns of the page."""
        return [column for column in self.columns if not column.only_file]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One page of a table. `choices` are those of the table and those that depend on the data."""

    table: Table
    asked: ListQuery
    part: Page
    window: Window
    choices: Sequence[Choice] = field(default_factory=tuple)

    @property
    def first(self) -> int:
        """The number of the first row that is shown; 0 when none is."""
        return self.window.offset + 1 if self.part.rows else 0

    @property
    def last(self) -> int:
        """The number of the last row that is shown."""
        return self.window.offset + len(self.part.rows)

    @property
    def previous_offset(self) -> int | None:
        """Where the page before begins."""
        return max(0, self.window.offset - self.window.limit) if self.window.offset else None

    @property
    def next_offset(self) -> int | None:
        """Where the page after begins."""
        return self.last if self.last < self.part.total and self.part.rows else None

    def chosen(self, name: str) -> str:
        """The value of a filter as its form has it."""
        value: Any = getattr(self.asked, name)
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)
