"""Records of rows, kept in memory between the steps of a run: a row is read and converted again only after a change.

The steps of a year read the same sign-ups, contacts and mentors. PostgreSQL gives each version of a row a place (ctid)
and the id of the transaction that wrote it (xmin), so both together name one version, whoever wrote it.
"""

from collections.abc import Callable, Collection, Hashable, Mapping
from copy import copy
from functools import cache, wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from mentorsync_pipeline.db.versioned_cache import VersionedCache

Records = TypeVar("Records")
Record = TypeVar("Record")
Key = TypeVar("Key", bound=Hashable)
_MOST_ROWS = 1 << 16

_YEARS: WeakKeyDictionary[sa.Engine, VersionedCache] = WeakKeyDictionary()
_ROWS: WeakKeyDictionary[sa.Engine, dict[tuple[str, Hashable], tuple[Any, Any]]] = WeakKeyDictionary()


def row_version(table: sa.Table) -> sa.ColumnElement[str]:
    """Select a text that differs for every version of every row of a table."""
    name = f'"{table.schema}"."{table.name}"'
    return sa.literal_column(f"{name}.xmin::text || {name}.ctid::text", sa.Text)


@cache
def count_row_versions(table: sa.Table) -> sa.Select[int, Any]:
    """Select two numbers that differ for every content of a table: its number of rows, and a sum of their versions."""
    versions = sa.func.sum(sa.func.hashtextextended(row_version(table), sa.literal_column("0")))
    return sa.select(sa.func.count(), versions).select_from(table)


def kept_until_changed(
    table: sa.Table, *, most_rows: int | None = None
) -> Callable[[Callable[[sa.Connection, int], Records]], Callable[[sa.Connection, int], Records]]:
    """Keep what a function reads of a year until the year's rows of `table` change.

    The function reads nothing else and returns a list or mapping of frozen records. Callers get a copy of it.

    Args:
        most_rows: what more rows than these give is not kept, because it would take much memory.

    """
    version = count_row_versions(table).where(table.c.campaign_year == sa.bindparam("year", type_=sa.Integer))

    def declare(read: Callable[[sa.Connection, int], Records]) -> Callable[[sa.Connection, int], Records]:
        @wraps(read)
        def read_if_changed(conn: sa.Connection, year: int) -> Records:
            present = tuple(conn.execute(version, {"year": year}).one())
            if most_rows is not None and present[0] > most_rows:
                return read(conn, year)
            cache = _YEARS.setdefault(conn.engine, VersionedCache())
            return copy(cache.read((read, year), present, lambda: read(conn, year)))

        return read_if_changed

    return declare


def read_changed_rows(
    engine: sa.Engine,
    kind: str,
    versions: Mapping[Key, Hashable],
    read: Callable[[Collection[Key]], Mapping[Key, Record]],
) -> list[Record]:
    """Return the records of these keys, in their order; `read` reads those whose versions are not kept.

    Keys that `read` does not return are left out: their rows were removed meanwhile.
    """
    kept = _ROWS.setdefault(engine, {})
    records: dict[Key, Record] = {}
    for key, version in versions.items():
        entry = kept.get((kind, key))
        if entry is not None and entry[0] == version:
            records[key] = entry[1]
    changed = [key for key in versions if key not in records]
    if changed:
        if len(kept) + len(changed) > _MOST_ROWS:
            for place in list(kept):  # a copy, because other threads use it too
                if place[0] != kind or place[1] not in versions:
                    kept.pop(place, None)
        for key, record in read(changed).items():
            if len(kept) < _MOST_ROWS:
                kept[kind, key] = versions[key], record
            records[key] = record
    return [records[key] for key in versions if key in records]
