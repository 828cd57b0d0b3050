"""Write the rows of a campaign year as a difference: equal rows are not written.

A second run on unchanged data therefore writes nothing, and each run reports added, changed and removed rows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, cast

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.dialects import postgresql as pg

if TYPE_CHECKING:
    from psycopg import Connection as PsycopgConnection

# Text of an empty list. Most lists are empty, and psycopg takes long for each.
_EMPTY = "{}"


@dataclass(frozen=True, slots=True)
class Diff:
    """Number of rows by effect of a write."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0

    @property
    def rows(self) -> int:
        """Number of rows in the scope after the write."""
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
    retain: Collection[str] | Literal["all"] = (),
) -> Diff:
    """Make the rows of `scope` (e.g. `{"campaign_year": year}`) equal to `rows`, in the caller's transaction.

    Args:
        rows: values of every column of `table` except those in `scope`, in `keep` and `sync_log_id`.
        scope: column values that select the rows to replace.
        log_id: value of `sync_log_id` in new and changed rows.
        ignore: columns whose difference alone does not change a row, such as a time of observation.
        keep: columns that another writer owns; an existing row keeps them, a new row gets their defaults.
        retain: keys of rows that are not in `rows` and stay, because the caller has read them in this transaction and
            found them unchanged; or all other rows. They are values of the table's last key.

    Raises:
        sqlalchemy.exc.IntegrityError: the rows break a constraint of the table; nothing is written.

    """
    listed = iter(rows)
    first = next(listed, None)
    if first is None and retain == "all":
        return Diff()
    keys = [column.name for column in table.primary_key.columns]
    written = [c for c in table.columns if c.name not in keep and c.name != "sync_log_id" and not c.identity]
    names = [column.name for column in written]
    staged, changed_keys = f"staged_{table.name}", f"changed_{table.name}"
    target = f'"{table.schema}"."{table.name}"'
    total = _copy_to_temporary_table(conn, staged, written, () if first is None else chain((first,), listed), scope)

    parameters: dict[str, Any] = {f"scope_{key}": value for key, value in scope.items()} | {"log_id": log_id}
    in_scope = " AND ".join(f't."{key}" = :scope_{key}' for key in scope) or "TRUE"
    differs = " OR ".join(f't."{name}" IS DISTINCT FROM s."{name}"' for name in names if name not in (*ignore, *keys))

    def run(statement: str) -> int:
        return conn.execute(sa.text(statement), parameters).rowcount

    removed = retained = 0
    if retain != "all":
        retained, parameters["retained"] = len(retain), list(retain)
        # As a difference of sets, because PostgreSQL would compare each row with each staged one: it has no statistics.
        removed = run(
            f"DELETE FROM {target} t USING (SELECT {_column_list(keys, 't')} FROM {target} t WHERE {in_scope} "
            f'AND t."{keys[-1]}"::text <> ALL(CAST(:retained AS text[])) '
            f"EXCEPT SELECT {_column_list(keys)} FROM {staged}) gone WHERE {_equal(keys, 'gone', 't')}"
        )
    changed = run(
        f"CREATE TEMP TABLE {changed_keys} ON COMMIT DROP AS SELECT {_column_list([*keys, *keep], 't')} "
        f"FROM {target} t JOIN {staged} s ON {_equal(keys, 's', 't')} WHERE {differs or 'FALSE'}"
    )
    logged, log_value = (", sync_log_id", ", :log_id") if "sync_log_id" in table.columns else ("", "")
    if changed:
        # They are deleted before they are inserted, so that two rows can swap a unique value.
        run(f"DELETE FROM {target} t USING {changed_keys} c WHERE {_equal(keys, 'c', 't')}")
        run(
            f"INSERT INTO {target} ({_column_list([*names, *keep])}{logged}) "
            f"SELECT {', '.join(filter(None, (_column_list(names, 's'), _column_list(keep, 'c'))))}{log_value} "
            f"FROM {staged} s JOIN {changed_keys} c ON {_equal(keys, 'c', 's')}"
        )
    added = run(
        f"INSERT INTO {target} ({_column_list(names)}{logged}) SELECT {_column_list(names, 's')}{log_value} "
        f"FROM {staged} s WHERE NOT EXISTS (SELECT FROM {target} t WHERE {_equal(keys, 't', 's')})"
    )
    conn.execute(sa.text(f"DROP TABLE {staged}, {changed_keys}"))
    return Diff(added=added, changed=changed, removed=removed, unchanged=retained + total - added - changed)


def _column_list(names: Sequence[str], alias: str | None = None) -> str:
    return ", ".join(f'"{name}"' if alias is None else f'{alias}."{name}"' for name in names)


def _equal(keys: Sequence[str], left: str, right: str) -> str:
    return " AND ".join(f'{left}."{key}" = {right}."{key}"' for key in keys)


def _copy_to_temporary_table(
    conn: sa.Connection,
    staged: str,
    columns: Sequence[sa.Column[Any]],
    rows: Iterable[Mapping[str, Any]],
    scope: Mapping[str, Any],
) -> int:
    """Copy the rows to a new temporary table, and return their number."""
    definitions = ", ".join(f'"{c.name}" {c.type.compile(dialect=conn.dialect)}' for c in columns)
    conn.execute(sa.text(f"CREATE TEMP TABLE {staged} ({definitions}) ON COMMIT DROP"))
    driver = cast("PsycopgConnection[Any]", conn.connection.driver_connection)
    names = [c.name for c in columns if c.name not in scope]
    types = {c.name: c.type for c in columns}
    objects = [place for place, name in enumerate(names) if isinstance(types[name], pg.JSONB)]
    lists = [place for place, name in enumerate(names) if isinstance(types[name], sa.ARRAY)]
    scope_names = [name for name in scope if name in types]
    scope_values = [scope[name] for name in scope_names]
    column_list = ", ".join(f'"{name}"' for name in (*names, *scope_names))
    with driver.cursor() as cursor, cursor.copy(f"COPY {staged} ({column_list}) FROM STDIN") as copy:
        number = 0
        for number, row in enumerate(rows, 1):  # noqa: B007  # used after the loop
            values = [row[name] for name in names]
            for place in objects:
                if values[place] is not None:
                    values[place] = to_json(values[place]).decode()
            for place in lists:
                if values[place] is not None:
                    values[place] = list(values[place]) or _EMPTY
            copy.write_row(values + scope_values)
    return number
