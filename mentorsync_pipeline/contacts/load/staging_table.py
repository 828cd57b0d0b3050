"""Build a new contact table and replace the old one by it.

The new table is built in a separate schema, so that it, its indexes and constraints have their final names, and is
then moved. Everything is in the caller's transaction: readers see the old table until the commit, and a failed or
killed load leaves nothing behind. Because the table is new in its transaction, PostgreSQL writes its rows frozen, only
once.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

from mentorsync_pipeline.contacts.load.copy_contacts import copy_contacts
from mentorsync_pipeline.contacts.load.copy_rows import Converted
from mentorsync_pipeline.db.tables import SCHEMA, raw_gb_full_contacts
from mentorsync_pipeline.domain.errors import MentorSyncError

if TYPE_CHECKING:
    from psycopg import Connection as PsycopgConnection

STAGING_SCHEMA = f"{SCHEMA}_staging"
_STAGED = raw_gb_full_contacts.to_metadata(sa.MetaData(), schema=STAGING_SCHEMA)
_KEY = _STAGED.primary_key
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's dialect factory has no annotations
# Columns with statistics, for counts and joins. Look-ups by email and phone are planned without (`contacts.queries`).
_PLANNED_BY = ("contact_id", "contact_type", "archived_at", "external_id")
_INDEXES = (
    f"ALTER TABLE {_STAGED} ADD CONSTRAINT {_KEY.name} PRIMARY KEY ({_KEY.columns[0].name})",
    *(
        str(CreateIndex(index).compile(dialect=_DIALECT))
        for index in sorted(_STAGED.indexes, key=lambda index: str(index.name))
    ),
    # A small sample is enough.
    "SET LOCAL default_statistics_target = 3",
    f"ANALYZE {_STAGED} ({', '.join(_PLANNED_BY)})",
)


class ContactsTableInUseError(MentorSyncError):
    """A view or constraint depends on the contact table, so that it cannot be replaced."""

    code = "CONTACTS_TABLE_IN_USE"


class StagingTable:
    """The new contact table of one load, in the transaction of `conn`.

    The caller holds a lock, because only one load at a time may have a staging table.

    Args:
        constants: values, by column, of all rows of this load.

    """

    def __init__(self, conn: sa.Connection, constants: Mapping[str, Any]) -> None:
        self._conn = conn
        self._constants = constants
        self.table = _STAGED

    def create(self) -> None:
        """Create the table without indexes."""
        from psycopg import sql  # noqa: PLC0415

        literals = {name: sql.Literal(value).as_string(self._driver) for name, value in self._constants.items()}
        self._run(
            f"DROP SCHEMA IF EXISTS {STAGING_SCHEMA} CASCADE",
            f"CREATE SCHEMA {STAGING_SCHEMA}",
            f"CREATE TABLE {self.table} (LIKE {raw_gb_full_contacts} INCLUDING ALL EXCLUDING INDEXES)",
            self._alter(*(f"ALTER COLUMN {name} SET DEFAULT {literal}" for name, literal in literals.items())),
        )

    def fill(self, parts: Iterable[Converted]) -> list[Converted]:
        """Copy the parts into the table in their order; return them without their text."""
        return copy_contacts(self._conn, str(self.table), parts, frozen=True)

    def index(self) -> None:
        """Add the primary key, the indexes and statistics. Raises sqlalchemy.exc.IntegrityError when an id repeats."""
        with self._conn.begin_nested():
            self._run(*_INDEXES)

    def repeated_ids(self, limit: int) -> list[int]:
        """Return some of the contact ids that occur more than once."""
        ids = self.table.c.contact_id
        repeated = sa.select(ids).group_by(ids).having(sa.func.count() > 1).order_by(ids).limit(limit)
        return list(self._conn.execute(repeated).scalars())

    def swap(self) -> None:
        """Replace the old table by the new one, with the same privileges.

        Raises ContactsTableInUseError when a view or another table depends on the old table.
        """
        from psycopg.errors import DependentObjectsStillExist  # noqa: PLC0415

        old = raw_gb_full_contacts
        grants = _grants(self._conn)
        try:
            self._run(
                self._alter(*(f"ALTER COLUMN {name} DROP DEFAULT" for name in self._constants)),
                f"DROP TABLE {old}",
                self._alter(f"SET SCHEMA {SCHEMA}"),
                f"DROP SCHEMA {STAGING_SCHEMA}",
                *grants,
            )
        except sa.exc.DBAPIError as error:
            if not isinstance(error.orig, DependentObjectsStillExist):
                raise
            raise ContactsTableInUseError(
                f"A view or a constraint depends on {old}, so that new contacts cannot replace it.",
                "Drop it, load the contacts, and create it again; or give it a copy of the table.",
            ) from error

    @property
    def _driver(self) -> "PsycopgConnection[Any]":
        return cast("PsycopgConnection[Any]", self._conn.connection.driver_connection)

    def _alter(self, *changes: str) -> str:
        return f"ALTER TABLE {self.table} {', '.join(changes)}"

    def _run(self, *statements: str) -> None:
        """Run the statements in one round trip."""
        self._conn.exec_driver_sql("; ".join(statements), execution_options={"no_parameters": True})


def _grants(conn: sa.Connection) -> list[str]:
    """Return the statements that grant the privileges of the present contact table on a new one."""
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
