"""Sorted lists: one page with the total count, all rows, or a stream of rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators

_CHUNK_ROWS = 500


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its query, the default order, and key columns, which identify a row."""

    query: sa.Select[Any]
    default_order: Sequence[sa.ColumnElement[Any]]
    key: Sequence[sa.ColumnElement[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Sort order of a list. Empty values are last in both directions.

    Attributes:
        by: column of the list; None for its default order.
        descending: reverse the order, including the default order.

    """

    by: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page, and the total number of rows in the list."""

    rows: list[dict[str, Any]]
    total: int


def read_page(conn: sa.Connection, listing: Listing, *, order: Order, limit: int, offset: int) -> Page:
    """Read one page of a list."""
    return Page(read_rows(conn, listing, order=order, limit=limit, offset=offset), count_rows(conn, listing))


def read_rows(conn: sa.Connection, listing: Listing, *, order: Order, limit: int, offset: int) -> list[dict[str, Any]]:
    """Read the rows of one page of a list."""
    rows = conn.execute(_add_order(listing, order).limit(limit).offset(offset)).mappings()
    return [dict(row) for row in rows]


def count_rows(conn: sa.Connection, listing: Listing) -> int:
    """Count the rows of a list."""
    one: sa.Label[int] = sa.literal_column("1", sa.Integer).label("one")
    rows = listing.query.order_by(None).with_only_columns(one, maintain_column_froms=True)
    return int(conn.execute(sa.select(sa.func.count()).select_from(rows.subquery())).scalar_one())


def read_all(conn: sa.Connection, listing: Listing, order: Order | None = None) -> list[dict[str, Any]]:
    """Read all rows of a list."""
    return [dict(row) for row in conn.execute(_add_order(listing, order or Order())).mappings()]


def stream_rows(conn: sa.Connection, listing: Listing, order: Order) -> Iterator[dict[str, Any]]:
    """Yield all rows of a list with constant memory."""
    rows = conn.execution_options(yield_per=_CHUNK_ROWS).execute(_add_order(listing, order))
    yield from (dict(row) for row in rows.mappings())


def contains_text(search: str, *columns: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Condition: the text occurs in one of the columns, ignoring case."""
    return sa.or_(*(sa.cast(column, sa.Text).icontains(search, autoescape=True) for column in columns))


def _add_order(listing: Listing, order: Order) -> sa.Select[Any]:
    if order.by is None:
        default = [*listing.default_order, *listing.key]
        return listing.query.order_by(*(map(_reverse, default) if order.descending else default))
    column = listing.query.selected_columns[order.by]
    first = column.desc() if order.descending else column.asc()
    return listing.query.order_by(first.nulls_last(), *listing.key)


def _reverse(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Reverse the direction of a column of an order; empty values that are last stay last."""
    if isinstance(column, sa.UnaryExpression) and column.modifier is operators.nulls_last_op:
        return _reverse(column.element).nulls_last()
    if isinstance(column, sa.UnaryExpression) and column.modifier is operators.desc_op:
        return column.element
    return column.desc()
