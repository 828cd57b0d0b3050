"""Convert rows of tables into frozen records, and back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa

Record = TypeVar("Record")
_ROWS_AT_ONCE = 500
# Types of values that are shared. Values of two of them are never equal.
_SHARED = frozenset({str, int, datetime, type(None)})


def record(kind: type[Record], row: Mapping[Any, Any], **derived: Any) -> Record:
    """Build a record from columns of the same names. Lists become tuples; `derived` has the other fields.

    Raises TypeError for an unknown derived field, and for a field without value and default.
    """
    # Setting the slots takes half as long as `__init__`, whose arguments are matched by name.
    _require_fields(kind, derived)
    built = object.__new__(kind)
    for name, (set_value, make_default) in _setters(cast("Any", kind)).items():
        if name in derived:
            set_value(built, derived[name])
        elif name in row:
            value = row[name]
            set_value(built, tuple(value) if type(value) is list else value)
        else:
            set_value(built, make_default())
    return built


def _require_fields(kind: type[Any], names: Mapping[str, Any]) -> None:
    unknown = names.keys() - _names(cast("Any", kind)).keys()
    if unknown:
        raise TypeError(f"{kind.__name__} has no field {', '.join(unknown)}")


@cache
def _setters(kind: type[Any]) -> Mapping[str, tuple[Callable[[Any, Any], None], Callable[[], Any]]]:
    """Return how to set each field of a frozen dataclass with slots, and how to make its default."""
    if hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__name__} has __post_init__, which is not called")
    return {field.name: (getattr(kind, field.name).__set__, _default_maker(kind, field)) for field in fields(kind)}


def _default_maker(kind: type[Any], field: Field[Any]) -> Callable[[], Any]:
    if field.default_factory is not MISSING:
        return field.default_factory

    def make_default() -> Any:
        if field.default is MISSING:
            raise TypeError(f"{kind.__name__} needs {field.name}")
        return field.default

    return make_default


def to_row(record: Any) -> dict[str, Any]:
    """Return the fields of a record as a row. Unlike `asdict`, it copies no values, and is five times as fast."""
    return {name: getattr(record, name) for name in _names(cast("Any", type(record)))}


@cache
def _names(kind: type[Any]) -> Mapping[str, None]:
    return dict.fromkeys(field.name for field in fields(kind))


def columns_of(table: sa.Table, kind: type[Any]) -> list[sa.Column[Any]]:
    """Return the columns of a table that are fields of a record. A payload, which no rule reads, is slow to parse."""
    return [column for column in table.columns if column.name in _names(cast("Any", kind))]


def read_records(
    conn: sa.Connection,
    query: sa.Select[Any],
    kind: type[Record],
    *,
    share: bool = False,
    **derived: Callable[[Mapping[str, Any]], Any],
) -> Iterator[Record]:
    """Read rows as records, some hundred at a time, so that the rows of a large year are not in memory at once.

    It does the same as `record` for each row, twice as fast, because it sets one field of many records at once.

    Args:
        share: make equal values of these rows one object, which saves up to half of the memory of records with many
            equal values, and takes a quarter of the time.
        derived: the other fields, as functions of a row.

    Raises TypeError as `record` does.

    """
    _require_fields(kind, derived)
    with conn.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}) as result:
        names = tuple(result.keys())
        for rows in result.partitions():
            columns: Iterable[Sequence[Any]] = zip(*rows, strict=True)
            if share:
                columns = _share_equal(columns)
            yield from _build_records(kind, dict(zip(names, columns, strict=True)), derived)


def _build_records(
    kind: type[Record], columns: Mapping[str, Sequence[Any]], derived: Mapping[str, Callable[[Mapping[str, Any]], Any]]
) -> list[Record]:
    rows = list(zip(*columns.values(), strict=True))
    row_dicts = [dict(zip(columns, row, strict=True)) for row in rows] if derived else []
    records = [object.__new__(kind) for _ in rows]
    for name, (set_value, make_default) in _setters(cast("Any", kind)).items():
        values: Iterable[Any]
        if name in derived:
            values = map(derived[name], row_dicts)
        elif name not in columns:
            values = (make_default() for _ in records)
        elif list in map(type, columns[name]):
            values = (tuple(value) if type(value) is list else value for value in columns[name])
        else:
            values = columns[name]
        for built, value in zip(records, values, strict=True):
            set_value(built, value)
    return records


def read_dicts(conn: sa.Connection, query: sa.Select[Any]) -> Iterator[dict[str, Any]]:
    """Read rows as dictionaries, some hundred at a time. `record` is twice as fast with these as with row mappings."""
    with conn.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
        names = tuple(rows.keys())
        for row in rows:
            yield dict(zip(names, row, strict=True))


def _share_equal(columns: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Return the columns with the first one of equal values in place of each."""
    shared: dict[Any, Any] = {}
    for column in columns:
        if list in map(type, column):
            yield [list(_share(value, shared)) if type(value) is list else value for value in column]
        else:
            yield list(_share(column, shared))


def _share(values: Iterable[Any], shared: dict[Any, Any]) -> Iterable[Any]:
    """Share equal values of a few types. JSON values of other types are left alone."""
    return map(shared.setdefault, values, values) if set(map(type, values)) <= _SHARED else values
