"""A new contact table beside the old one, and the moment in which it takes the old one's place.

The new table is built in a schema of its own under its final name, so that every index and constraint has its final
name from the start; moving it into our schema is one short step of the caller's transaction. Until then readers see
the old table, and a load that is killed leaves it as it was: the next load clears the schema.

What fills the table does not belong here; see `store.contacts_load`.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa
from psycopg import Connection as PsycopgConnection
from psycopg import sql
from psycopg.errors import DependentObjectsStillExist
from sqlalchemy.schema import CreateIndex, CreateTable, SetColumnComment

from mentorsync_pipeline.errors import MentorSyncError
from mentorsync_pipeline.store.contacts_rows import COPY_OPTIONS, Converted
from mentorsync_pipeline.tables import SCHEMA, raw_gb_full_contacts

STAGING_SCHEMA = f"{SCHEMA}_staging"
# Two streams at once: each keeps one process of the database busy.
_PARALLEL = 2
_Item = TypeVar("_Item")


class ContactsTableInUseError(MentorSyncError):
    """Something in the database depends on the contact table, so that it cannot be replaced."""

    code = "CONTACTS_TABLE_IN_USE"


class StagingTable:
    """The new contact table of one load. Only one load at a time may have one: the caller holds a lock."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        copies = sa.MetaData(schema=STAGING_SCHEMA)
        self.table = raw_gb_full_contacts.to_metadata(copies, schema=STAGING_SCHEMA)
        self._key = str(self.table.primary_key.name)

    def create(self, constants: Mapping[str, Any]) -> None:
        """Make the table anew, without indexes; `constants` are what every row of this load holds in these columns."""
        with self._transaction() as conn:
            conn.execute(sa.text(f"DROP SCHEMA IF EXISTS {STAGING_SCHEMA} CASCADE"))
            conn.execute(sa.text(f"CREATE SCHEMA {STAGING_SCHEMA}"))
            conn.execute(CreateTable(self.table))
            self._alter(conn, f"DROP CONSTRAINT {self._key}")
            comments = [
                str(SetColumnComment(column).compile(dialect=conn.dialect))
                for column in self.table.columns
                if column.comment
            ]
            _driver(conn).execute("; ".join(comments).encode())
            for column, value in constants.items():
                literal = sql.Literal(value).as_string(_driver(conn))
                conn.exec_driver_sql(f"ALTER TABLE {self.table} ALTER COLUMN {column} SET DEFAULT {literal}")

    def fill(
        self, columns: Sequence[str], items: Iterable[_Item], convert: Callable[[_Item], Converted]
    ) -> list[Converted]:
        """Copy what `convert` makes of each item into the table; what it returns comes back without its text.

        Items are taken from `items` one at a time and converted by several threads. The first error stops them all.
        """
        shared = _Shared(items)
        statement = f"COPY {self.table} ({', '.join(columns)}) FROM STDIN {COPY_OPTIONS}"
        with ThreadPoolExecutor(_PARALLEL, "copy") as pool:
            streams = [pool.submit(self._copy, statement, shared, convert) for _ in range(_PARALLEL)]
            try:
                return [converted for stream in streams for converted in stream.result()]
            except BaseException:
                shared.stop()
                raise

    def index(self) -> None:
        """Add the primary key and the indexes. Raises sqlalchemy.exc.IntegrityError when an id repeats."""
        key_column = self.table.primary_key.columns[0].name
        # The two over lists take longest: begin with one, so that the others go beside it.
        indexes = sorted(self.table.indexes, key=lambda index: str(index.name))
        statements = [str(CreateIndex(index).compile(dialect=self._engine.dialect)) for index in indexes]
        statements.insert(1, f"CREATE UNIQUE INDEX {self._key} ON {self.table} ({key_column})")
        with ThreadPoolExecutor(_PARALLEL, "index") as pool:
            list(pool.map(self._run, statements))
        with self._transaction() as conn:
            self._alter(conn, f"ADD CONSTRAINT {self._key} PRIMARY KEY USING INDEX {self._key}")
            # A small sample is enough for the look-ups by key (through expressions, so no columns are named here).
            conn.execute(sa.text("SET LOCAL default_statistics_target = 10"))
            conn.execute(sa.text(f"ANALYZE {self.table}"))

    def repeated_ids(self, limit: int) -> list[int]:
        """Some of the contact ids that occur more than once."""
        ids = self.table.c.contact_id
        repeated = sa.select(ids).group_by(ids).having(sa.func.count() > 1).order_by(ids).limit(limit)
        with self._engine.connect() as conn:
            return list(conn.execute(repeated).scalars())

    def swap(self, conn: sa.Connection, constants: Iterable[str]) -> None:
        """Put the new table in the old one's place, in the caller's transaction; who could read it still can.

        `constants` are the columns that `create` was given. Raises ContactsTableInUseError when a view or another
        table depends on the old table.
        """
        old = raw_gb_full_contacts
        grants = _grants(conn)
        try:
            with conn.begin_nested():  # so that a failure gives the locks back
                for column in constants:
                    self._alter(conn, f"ALTER COLUMN {column} DROP DEFAULT")
                conn.execute(sa.text(f"DROP TABLE {old}"))
                self._alter(conn, f"SET SCHEMA {SCHEMA}")
                conn.execute(sa.text(f"DROP SCHEMA {STAGING_SCHEMA}"))
                for grant in grants:
                    conn.exec_driver_sql(grant)
        except (sa.exc.InternalError, sa.exc.OperationalError) as error:
            if not isinstance(error.orig, DependentObjectsStillExist):
                raise
            raise ContactsTableInUseError(
                f"A view or a constraint depends on {old}, so that new contacts cannot replace it.",
                "Drop it, load the contacts, and create it again; or give it a copy of the table.",
            ) from error

    def drop(self) -> None:
        """Remove what a load that failed leaves behind."""
        self._run(f"DROP SCHEMA IF EXISTS {STAGING_SCHEMA} CASCADE")

    def _alter(self, conn: sa.Connection, change: str) -> None:
        conn.execute(sa.text(f"ALTER TABLE {self.table} {change}"))

    def _run(self, statement: str) -> None:
        with self._transaction() as conn:
            conn.execute(sa.text(statement))

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """A transaction of our own. It need not be durable: the caller's commit, which counts, makes it so."""
        with self._engine.begin() as conn:
            conn.execute(sa.text("SET LOCAL synchronous_commit = off"))
            yield conn

    def _copy(self, statement: str, shared: "_Shared[_Item]", convert: Callable[[_Item], Converted]) -> list[Converted]:
        done = []
        try:
            with (
                self._transaction() as conn,
                _driver(conn).cursor() as cursor,
                cursor.copy(statement.encode()) as copy,
            ):
                for item in shared:
                    converted = convert(item)
                    copy.write(converted.text)
                    done.append(converted.without_text())
        except BaseException:
            shared.stop()
            raise
        return done


class _Shared(Generic[_Item]):
    """An iterator that several threads share; each item goes to one of them."""

    def __init__(self, items: Iterable[_Item]) -> None:
        self._items = iter(items)
        self._lock = threading.Lock()
        self._stopped = False

    def __iter__(self) -> Iterator[_Item]:
        return self

    def __next__(self) -> _Item:
        with self._lock:
            if self._stopped:
                raise StopIteration
            return next(self._items)

    def stop(self) -> None:
        """Give nothing more out."""
        self._stopped = True


def _grants(conn: sa.Connection) -> list[str]:
    """The statements that give a new contact table the privileges that others have on the present one."""
    rows = conn.execute(
        sa.text(
            "SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, CAST(:name AS text), "
            "CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, "
            "CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) "
            "FROM pg_class c, aclexplode(c.relacl) a "
            "WHERE c.oid = CAST(:name AS regclass) AND a.grantee <> c.relowner"
        ),
        {"name": str(raw_gb_full_contacts)},
    )
    return list(rows.scalars())


def _driver(conn: sa.Connection) -> PsycopgConnection[Any]:
    return cast("PsycopgConnection[Any]", conn.connection.driver_connection)
