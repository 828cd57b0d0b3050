"""A rehearsal of a year's ETL: the real run, on a connection whose transaction is never committed.

The year is locked while it lasts, as in a real run. Of the rehearsal nothing stays but the running numbers that it
used up.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.build import build_defs
from mentorsync_pipeline.db.tables import mentors, mn_gb_import, sync_conflicts, winner_contacts
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.in_process import RunReport, run_job

# The tables of the ETL that a person would look at, each with what tells its rows apart.
_SHOWN: Mapping[sa.Table, tuple[str, ...]] = {
    winner_contacts: ("mn_id",),
    mentors: ("mn_id",),
    mn_gb_import: ("mn_id",),
    sync_conflicts: ("mn_id", "conflict_type", "subject"),
}
# What every run writes anew, whether or not anything has changed.
_OF_THE_RUN = frozenset({"id", "campaign_year", "sync_log_id", "created_at", "updated_at", "closed_at"})

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableChange:
    """What a run would do to a year's rows of a table: their keys, and of changed ones the names of the columns."""

    added: tuple[Key, ...]
    removed: tuple[Key, ...]
    changed: Mapping[Key, tuple[str, ...]]


@dataclass(slots=True)
class Rehearsal:
    """What the run said, and what it would change in each table that is shown."""

    report: RunReport
    tables: dict[str, TableChange] = field(default_factory=dict)


class _OneTransaction:
    """As much of an engine as the ETL uses: each of its transactions is a savepoint in the connection's own one."""

    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """What is a transaction of its own in a real run."""
        with self._conn.begin_nested():
            yield self._conn

    connect = begin


_under_way: dict[str, _OneTransaction] = {}


class _RehearsalWarehouse(WarehouseResource):
    """The warehouse of a rehearsal; `url` says of which, as Dagster copies resources."""

    @property
    def engine(self) -> sa.Engine:
        """The one transaction, in an engine's place."""
        return cast("sa.Engine", _under_way[self.url or ""])


def dry_run(engine: sa.Engine, year: int, *, resources: Mapping[str, Any] | None = None) -> Rehearsal:
    """Run the year's ETL and take everything back. A failing step does not raise, see `Rehearsal.report`."""
    name = uuid4().hex
    with engine.connect() as conn, conn.begin() as everything, dg.DagsterInstance.ephemeral() as instance:
        before = {table: _rows(conn, table, year) for table in _SHOWN}
        _under_way[name] = _OneTransaction(conn)
        try:
            defs = build_defs(resources={**(resources or {}), "warehouse": _RehearsalWarehouse(url=name)})
            found = Rehearsal(run_job(instance, defs, "etl", year=year))
            for table in _SHOWN:
                found.tables[table.name] = _compare(before[table], _rows(conn, table, year))
        finally:
            del _under_way[name]
            everything.rollback()
    return found


def _rows(conn: sa.Connection, table: sa.Table, year: int) -> dict[Key, Mapping[str, Any]]:
    query = sa.select(table).where(table.c.campaign_year == year)
    if table is sync_conflicts:
        query = query.where(table.c.status != "obsolete")
    return {tuple(row[name] for name in _SHOWN[table]): dict(row) for row in conn.execute(query).mappings()}


def _compare(before: Mapping[Key, Mapping[str, Any]], after: Mapping[Key, Mapping[str, Any]]) -> TableChange:
    changed = {
        key: names
        for key in sorted(before.keys() & after.keys())
        if (names := tuple(n for n in before[key] if n not in _OF_THE_RUN and before[key][n] != after[key][n]))
    }
    return TableChange(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=changed,
    )
