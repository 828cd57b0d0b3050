"""Write a table's rows of one campaign year as a difference: rows that are equal already are not touched.

So a second run over unchanged data writes nothing, and every run can say what it added, changed and removed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from psycopg import Connection as PsycopgConnection
from psycopg.types.json import Jsonb
from sqlalchemy.dialects import postgresql as pg


@dataclass(frozen=True, slots=True)
class Diff:
    """What a write did, in rows."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0

    @property
    def rows(self) -> int:
        """The rows that the scope holds after the write."""
        return self.added + self.changed + self.unchanged

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written."""
        return not (self.added or self.changed or self.removed)


def sync_rows(
    conn: sa.Connection,
    table: sa.Table,
    rows: Iterable[Mapping[str, Any]],
    *,
    scope: Mapping[str, Any],
    log_id: int,
    ignore: Sequence[str] = (),
    keep: Sequence[str] = (),
    remove_missing: bool = True,
) -> Diff:
    """Make the rows of `scope` (e.g. `{"campaign_year": year}`) equal to `rows`, in the caller's transaction.

    Each row has a value for every column of `table` but those of `scope`, `keep` and `sync_log_id`. Columns in
    `ignore` are written with a new or changed row and do not make a row count as changed (a time of observation).
    Columns in `keep` belong to somebody else: an existing row keeps them, a new one gets their default. A changed
    row carries `log_id`. With `remove_missing` false, rows of the scope that are not in `rows` stay.

    Raises sqlalchemy.exc.IntegrityError when the rows break a constraint of the table; nothing is written then.
    """
    keys = [column.name for column in table.primary_key.columns]
    written = [c for c in table.columns if c.name not in keep and c.name != "sync_log_id" and not c.identity]
    names = [column.name for column in written]
    staged, changed_keys = f"staged_{table.name}", f"changed_{table.name}"
    target = f'"{table.schema}"."{table.name}"'
    _copy_to_temporary_table(conn, staged, written, rows, scope)

    bound = {f"scope_{key}": value for key, value in scope.items()} | {"log_id": log_id}
    in_scope = " AND ".join(f't."{key}" = :scope_{key}' for key in scope) or "TRUE"
    differs = " OR ".join(f't."{name}" IS DISTINCT FROM s."{name}"' for name in names if name not in (*ignore, *keys))

    def run(statement: str) -> int:
        return conn.execute(sa.text(statement), bound).rowcount

    removed = 0
    if remove_missing:
        removed = run(
            f"DELETE FROM {target} t WHERE {in_scope} "
            f"AND NOT EXISTS (SELECT FROM {staged} s WHERE {_equal(keys, 's', 't')})"
        )
    # Changed rows are taken out before they are put back, so that two rows may swap a value that must be unique.
    run(
        f"CREATE TEMP TABLE {changed_keys} ON COMMIT DROP AS SELECT {_listed([*keys, *keep], 't')} "
        f"FROM {target} t JOIN {staged} s ON {_equal(keys, 's', 't')} WHERE {differs or 'FALSE'}"
    )
    run(f"DELETE FROM {target} t USING {changed_keys} c WHERE {_equal(keys, 'c', 't')}")
    logged, log_value = (", sync_log_id", ", :log_id") if "sync_log_id" in table.columns else ("", "")
    changed = run(
        f"INSERT INTO {target} ({_listed([*names, *keep])}{logged}) "
        f"SELECT {', '.join(filter(None, (_listed(names, 's'), _listed(keep, 'c'))))}{log_value} "
        f"FROM {staged} s JOIN {changed_keys} c ON {_equal(keys, 'c', 's')}"
    )
    added = run(
        f"INSERT INTO {target} ({_listed(names)}{logged}) SELECT {_listed(names, 's')}{log_value} "
        f"FROM {staged} s WHERE NOT EXISTS (SELECT FROM {target} t WHERE {_equal(keys, 't', 's')})"
    )
    total = conn.execute(sa.text(f"SELECT count(*) FROM {staged}")).scalar_one()
    conn.execute(sa.text(f"DROP TABLE {staged}, {changed_keys}"))
    return Diff(added=added, changed=changed, removed=removed, unchanged=total - added - changed)


def _listed(names: Sequence[str], alias: str | None = None) -> str:
    return ", ".join(f'"{name}"' if alias is None else f'{alias}."{name}"' for name in names)


def _equal(keys: Sequence[str], left: str, right: str) -> str:
    return " AND ".join(f'{left}."{key}" = {right}."{key}"' for key in keys)


def _copy_to_temporary_table(
    conn: sa.Connection,
    staged: str,
    columns: Sequence[sa.Column[Any]],
    rows: Iterable[Mapping[str, Any]],
    scope: Mapping[str, Any],
) -> None:
    definitions = ", ".join(f'"{c.name}" {c.type.compile(dialect=conn.dialect)}' for c in columns)
    conn.execute(sa.text(f"CREATE TEMP TABLE {staged} ({definitions}) ON COMMIT DROP"))
    driver = cast("PsycopgConnection[Any]", conn.connection.driver_connection)
    json_columns = {c.name for c in columns if isinstance(c.type, pg.JSONB)}
    listed = ", ".join(f'"{c.name}"' for c in columns)
    with driver.cursor() as cursor, cursor.copy(f"COPY {staged} ({listed}) FROM STDIN") as copy:
        for row in rows:
            values = {**row, **scope}
            copy.write_row([_plain(values[c.name], json=c.name in json_columns) for c in columns])


def _plain(value: Any, *, json: bool) -> Any:
    if json:
        return None if value is None else Jsonb(value)
    return list(value) if isinstance(value, (tuple, set, frozenset)) else value
