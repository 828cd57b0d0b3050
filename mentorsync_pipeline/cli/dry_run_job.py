"""Dry run of a year's ETL: the real run, in a transaction that is rolled back.

The year is locked during the dry run, as in a real run. Only sequence numbers remain used.
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

# Compared tables with the key columns of their rows.
_KEY_COLUMNS: Mapping[sa.Table, tuple[str, ...]] = {
    winner_contacts: ("mn_id",),
    mentors: ("mn_id",),
    mn_gb_import: ("mn_id",),
    sync_conflicts: ("mn_id", "conflict_type", "subject"),
}
# Columns that every run rewrites even without changes.
_RUN_COLUMNS = frozenset({"id", "campaign_year", "sync_log_id", "created_at", "updated_at", "closed_at"})

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableChange:
    """Changes of a year's rows in one table: row keys, and for changed rows the column names."""

    added: tuple[Key, ...]
    removed: tuple[Key, ...]
    changed: Mapping[Key, tuple[str, ...]]


@dataclass(slots=True)
class DryRunResult:
    """Report of the run, and changes per table."""

    report: RunReport
    tables: dict[str, TableChange] = field(default_factory=dict)


class _SavepointEngine:
    """The part of the engine interface that the ETL uses; each transaction is a savepoint of one connection."""

    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Open a savepoint in place of a transaction."""
        with self._conn.begin_nested():
            yield self._conn

    connect = begin


_open_transactions: dict[str, _SavepointEngine] = {}


class _DryRunWarehouse(WarehouseResource):
    """The warehouse of a dry run. `url` is its key in `_open_transactions`, because Dagster copies resources."""

    @property
    def engine(self) -> sa.Engine:
        """The open transaction in place of an engine."""
        return cast("sa.Engine", _open_transactions[self.url or ""])


def dry_run(
    engine: sa.Engine,
    year: int,
    *,
    tags: Mapping[str, str] | None = None,
    resources: Mapping[str, Any] | None = None,
) -> DryRunResult:
    """Run the year's ETL and roll it back. A failed step does not raise; see `DryRunResult.report`."""
    name = uuid4().hex
    with engine.connect() as conn, conn.begin() as transaction, dg.DagsterInstance.ephemeral() as instance:
        before = {table: _rows(conn, table, year) for table in _KEY_COLUMNS}
        _open_transactions[name] = _SavepointEngine(conn)
        try:
            defs = build_defs(resources={**(resources or {}), "warehouse": _DryRunWarehouse(url=name)})
            result = DryRunResult(run_job(instance, defs, "etl", year=year, tags=tags))
            for table in _KEY_COLUMNS:
                result.tables[table.name] = _compare(before[table], _rows(conn, table, year))
        finally:
            del _open_transactions[name]
            transaction.rollback()
    return result


def _rows(conn: sa.Connection, table: sa.Table, year: int) -> dict[Key, Mapping[str, Any]]:
    query = sa.select(table).where(table.c.campaign_year == year)
    if table is sync_conflicts:
        query = query.where(table.c.status != "obsolete")
    return {tuple(row[name] for name in _KEY_COLUMNS[table]): dict(row) for row in conn.execute(query).mappings()}


def _compare(before: Mapping[Key, Mapping[str, Any]], after: Mapping[Key, Mapping[str, Any]]) -> TableChange:
    changed = {
        key: names
        for key in sorted(before.keys() & after.keys())
        if (
            names := tuple(
                name for name in before[key] if name not in _RUN_COLUMNS and before[key][name] != after[key][name]
            )
        )
    }
    return TableChange(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=changed,
    )
