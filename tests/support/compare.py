"""Compare the databases of two environments, without columns that differ between equal runs."""

import json
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db import tables
from tests.support.environment import RUN_COLUMNS, SandboxEnvironment

# Logs of runs and loads: a repeated run is listed twice.
LOGS = ("sync_log", "gb_contact_loads")
# Columns that the database's clock sets.
BY_THE_DATABASE = {"sync_configs": ("updated_at",)}
# Columns of the way in which a contact was loaded (rulebook 7: provenance is kept per row).
WAY_IN = {"raw_gb_full_contacts": ("origin", "payload", "observed_at")}


def differing_tables(one: SandboxEnvironment, other: SandboxEnvironment, *, way_in: bool = False) -> dict[str, str]:
    """Return the tables in which two databases differ, with the number of rows that only one has.

    With `way_in`, contacts may have been loaded in different ways.
    """
    differing = {}
    for table in tables.metadata.sorted_tables:
        if table.name in LOGS:
            continue
        without = (*RUN_COLUMNS, *BY_THE_DATABASE.get(table.name, ()), *(WAY_IN.get(table.name, ()) if way_in else ()))
        here, there = _texts(one, table, without), _texts(other, table, without)
        if here != there:
            differing[table.name] = f"{len(here - there)} rows only here, {len(there - here)} only there"
    return differing


def snapshot(env: SandboxEnvironment) -> dict[str, set[str]]:
    """Return every row of every table except the logs, to find changes; a contact may have been loaded again."""
    return {
        table.name: _texts(env, table, (*WAY_IN.get(table.name, ()), "load_id"))
        for table in tables.metadata.sorted_tables
        if table.name not in LOGS
    }


def _texts(env: SandboxEnvironment, table: sa.Table, without: tuple[str, ...]) -> set[str]:
    rows = [json.dumps(row, default=str, sort_keys=True) for row in env.rows(table, without=without)]
    counted: dict[str, int] = {}
    for row in rows:
        counted[row] = counted.get(row, 0) + 1
    return {f"{count} × {row}" for row, count in counted.items()}


def schema_tables(env: SandboxEnvironment) -> Any:
    """Return all tables of our schemas, including staging."""
    names = sa.text("SELECT schemaname, tablename FROM pg_tables WHERE schemaname LIKE 'mentorsync%' ORDER BY 1, 2")
    with env.engine.connect() as conn:
        return [tuple(row) for row in conn.execute(names)]
