"""Whether two charities' databases say the same, but for what belongs to the single run."""

import json
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db import tables
from tests.support.environment import RUN_COLUMNS, SandboxEnvironment

# The log of the runs, and of the loads: a run that is repeated is there twice.
LOGS = ("sync_log", "gb_contact_loads")
# Written by the database's own clock.
BY_THE_DATABASE = {"sync_configs": ("updated_at",)}
# Which way a contact came: the way differs where the contact does not (rulebook 7: provenance is kept per row).
WAY_IN = {"raw_gb_full_contacts": ("origin", "payload", "observed_at")}


def differing_tables(one: SandboxEnvironment, other: SandboxEnvironment, *, way_in: bool = False) -> dict[str, str]:
    """The tables in which two databases differ, with how many rows each has alone; {} when they are the same.

    `way_in`: contacts may have come another way.
    """
    differing = {}
    for table in tables.metadata.sorted_tables:
        if table.name in LOGS:
            continue
        without = (*RUN_COLUMNS, *BY_THE_DATABASE.get(table.name, ()), *(WAY_IN.get(table.name, ()) if way_in else ()))
        here, there = _texts(one, table, without), _texts(other, table, without)
        if here != there:
            differing[table.name] = f"{len(here - there)} rows alone here, {len(there - here)} there"
    return differing


def snapshot(env: SandboxEnvironment) -> dict[str, set[str]]:
    """Every row of every table but the logs, to see whether anything moved; a contact may be read again."""
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
    """The names of all tables of all schemas of ours, staging included."""
    names = sa.text("SELECT schemaname, tablename FROM pg_tables WHERE schemaname LIKE 'mentorsync%' ORDER BY 1, 2")
    with env.engine.connect() as conn:
        return [tuple(row) for row in conn.execute(names)]
