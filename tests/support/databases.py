"""Databases of the tests on one server: copies of a migrated database, of an empty one, or of a snapshot."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import sqlalchemy as sa
from psycopg import sql

from mentorsync_pipeline.db.migrate import upgrade
from mentorsync_pipeline.db.tables import SCHEMA
from mentorsync_pipeline.runtime.embedded import PORT, SUPERUSER
from mentorsync_pipeline.runtime.engine import get_engine
from tests.support.instances import postgres_instance

MIGRATED, DAGSTER, EMPTY = "migrated_template", "dagster_template", "template0"

# Ends all other connections first; identities restart at 1.
_EMPTY = f"""
DO $$
DECLARE filled text;
BEGIN
    SET LOCAL lock_timeout = '2s';
    PERFORM pg_terminate_backend(pid, 2000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SELECT string_agg(oid::regclass::text, ', ') INTO filled FROM pg_class
        WHERE relnamespace = '{SCHEMA}'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
        AND pg_relation_size(oid) > 0;
    IF filled IS NOT NULL THEN
        EXECUTE 'TRUNCATE ' || filled || ' CASCADE';
    END IF;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
        WHERE schemaname = '{SCHEMA}' AND last_value IS NOT NULL;
END $$
"""
_SCHEMA = r"""
SELECT concat_ws(
    ' ',
    md5(string_agg(
        concat_ws(' ', n.nspname, c.relkind, c.relname, c.relacl, a.attname, a.atttypid),
        ',' ORDER BY n.nspname, c.relname, a.attnum
    )),
    (SELECT md5(string_agg(concat_ws(' ', nspname, nspacl), ',' ORDER BY nspname)) FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\_t%'),
    (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal),
    (SELECT count(*) FROM pg_constraint),
    (SELECT count(*) FROM pg_proc)
)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
"""


_VERSION = f"SELECT version_num FROM {SCHEMA}.alembic_version"


class Databases:
    """Creates databases; `new_database()` returns the URL of a migrated one, with `migrated=False` of an empty one.

    A dropped database that was not a copy is emptied and used again, in a tenth of the time of a new one. The names of
    the others are used again, so that their engines keep their compiled statements. The server removes the rest.
    """

    def __init__(self, admin: psycopg.Connection, server: str) -> None:
        self._admin, self._server = admin, server
        self._prefix, self._numbers = f"test_{uuid4().hex[:12]}", count(1)
        self._free: list[str] = []
        self._new: dict[str, str] = {}  # digest of the schema of each new database
        self._emptied: list[str] = []
        self._templates: set[str] = set()

    def __call__(self, *, migrated: bool = True) -> str:
        if not migrated:
            return self._copy(EMPTY, self._new_name())
        if self._emptied:
            return self._url(self._emptied.pop())
        self._make_template(MIGRATED, _migrate)
        url = self._copy(MIGRATED, self._free_name())
        with self._connect(url) as conn:
            self._new[str(sa.make_url(url).database)] = _describe_schema(conn)
        return url

    def dagster(self) -> str:
        """Return the URL of a new database with Dagster's schema."""
        self._make_template(DAGSTER, _add_dagsters_tables)
        return self._copy(DAGSTER, self._new_name())

    def copy(self, url: str) -> str:
        """Return the URL of a copy of a database with our schema, which must have no connections."""
        return self._copy(str(sa.make_url(url).database), self._free_name())

    def drop(self, url: str) -> None:
        """Close our connections to a database and remove or empty it."""
        get_engine(url).dispose()
        name = str(sa.make_url(url).database)
        schema = self._new.get(name)
        if schema is not None and self._empty(url, schema):
            self._emptied.append(name)
            return
        self._new.pop(name, None)
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        self._free.append(name)

    def _empty(self, url: str, schema: str) -> bool:
        """Remove all rows; return False if a test changed the schema or still uses the database."""
        with self._connect(url) as conn:
            try:
                conn.execute(_EMPTY)
            except psycopg.errors.LockNotAvailable:
                return False
            return _describe_schema(conn) == schema

    def _connect(self, url: str) -> psycopg.Connection:
        return psycopg.connect(
            host=self._server, user=SUPERUSER, dbname=str(sa.make_url(url).database), autocommit=True
        )

    def _new_name(self) -> str:
        return f"{self._prefix}_{next(self._numbers)}"

    def _free_name(self) -> str:
        return self._free.pop() if self._free else self._new_name()

    def _copy(self, template: str, name: str) -> str:
        names = map(sql.Identifier, (name, template))
        # PostgreSQL's default writes each page to its log as well.
        self._admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(*names))
        return self._url(name)

    def _make_template(self, name: str, fill: Callable[[str], None]) -> None:
        """Create a template database, unless another worker has created it."""
        if name in self._templates:
            return
        self._admin.execute("SELECT pg_advisory_lock(1)")
        if not self._admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            self._admin.execute("DROP DATABASE IF EXISTS unfinished_template")
            fill(self._copy(EMPTY, "unfinished_template"))
            self._admin.execute(sql.SQL("ALTER DATABASE unfinished_template RENAME TO {}").format(sql.Identifier(name)))
        self._admin.execute("SELECT pg_advisory_unlock(1)")
        self._templates.add(name)

    def _url(self, database: str) -> str:
        url = sa.URL.create(
            "postgresql+psycopg", username=SUPERUSER, port=PORT, database=database, query={"host": self._server}
        )
        return url.render_as_string(hide_password=False)


def _migrate(url: str) -> None:
    upgrade(sa.create_engine(url, poolclass=sa.NullPool))


def _add_dagsters_tables(url: str) -> None:
    with TemporaryDirectory() as folder, postgres_instance(url, Path(folder)):
        pass


def _describe_schema(conn: psycopg.Connection) -> str:
    """Return a digest of the schemas, tables, indexes, columns, rights, triggers and functions, and its version."""
    row = conn.execute(_SCHEMA).fetchone()
    assert row is not None
    try:
        versions = conn.execute(_VERSION).fetchall()
    except psycopg.errors.UndefinedTable:  # a test has removed the schema
        versions = []
    return f"{row[0]} {versions}"
