"""Lists that people page through: in which order, one page of them with the total, or all of them row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators

_ROWS_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its query, the order when nobody asks for another, and the columns that tell two rows apart."""

    query: sa.Select[Any]
    default_order: Sequence[sa.ColumnElement[Any]]
    key: Sequence[sa.ColumnElement[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The column of the list to sort by; None is the list's default order. What is empty comes last either way.

    `descending` turns the order round, the default one too.
    """

    by: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list; `total` counts the whole."""

    rows: list[dict[str, Any]]
    total: int


def read_page(conn: sa.Connection, listed: Listing, *, order: Order, limit: int, offset: int) -> Page:
    """One page of a list."""
    counted = sa.select(sa.func.count()).select_from(listed.query.order_by(None).subquery())
    rows = conn.execute(_ordered(listed, order).limit(limit).offset(offset)).mappings()
    return Page([dict(row) for row in rows], conn.execute(counted).scalar_one())


def read_all(conn: sa.Connection, listed: Listing, order: Order | None = None) -> list[dict[str, Any]]:
    """The whole list."""
    return [dict(row) for row in conn.execute(_ordered(listed, order or Order())).mappings()]


def stream_rows(conn: sa.Connection, listed: Listing, order: Order) -> Iterator[dict[str, Any]]:
    """The whole list row by row; few of them are in memory at a time."""
    rows = conn.execution_options(yield_per=_ROWS_AT_A_TIME).execute(_ordered(listed, order))
    yield from (dict(row) for row in rows.mappings())


def contains_text(search: str, *columns: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether the text occurs in one of the columns, whatever its case."""
    return sa.or_(*(sa.cast(column, sa.Text).icontains(search, autoescape=True) for column in columns))


def _ordered(listed: Listing, order: Order) -> sa.Select[Any]:
    if order.by is None:
        default = [*listed.default_order, *listed.key]
        return listed.query.order_by(*(map(_turned, default) if order.descending else default))
    column = listed.query.selected_columns[order.by]
    first = column.desc() if order.descending else column.asc()
    return listed.query.order_by(first.nulls_last(), *listed.key)


def _turned(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The column for the other way round; one of the usual order may be written as descending already."""
    if isinstance(column, sa.UnaryExpression) and column.modifier is operators.desc_op:
        return column.element
    return column.desc()
