"""The databases of the tests, on one server: copies of a migrated one, of an empty one, or of another test's."""

from uuid import uuid4

import psycopg
import sqlalchemy as sa
from psycopg import sql

from mentorsync_pipeline.db.migrate import upgrade
from mentorsync_pipeline.resources.warehouse import get_engine
from mentorsync_pipeline.runtime.embedded import PORT, SUPERUSER

TEMPLATE = "migrated_template"


class Databases:
    """Call it for the URL of a new database with our schema, or without one: `new_database(migrated=False)`.

    One that is dropped early is never written to the disk; what is left when the tests end goes with the server.
    """

    def __init__(self, admin: psycopg.Connection, server: str) -> None:
        self._admin, self._server = admin, server
        self._make_template()

    def __call__(self, *, migrated: bool = True) -> str:
        return self._copy(TEMPLATE if migrated else "template0")

    def copy(self, url: str) -> str:
        """The URL of a copy of a database that nobody is connected to."""
        return self._copy(str(sa.make_url(url).database))

    def drop(self, url: str) -> None:
        """Close our connections to a database and remove it."""
        get_engine(url).dispose()
        name = sql.Identifier(str(sa.make_url(url).database))
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def _copy(self, template: str) -> str:
        name = f"test_{uuid4().hex[:12]}"
        names = map(sql.Identifier, (name, template))
        self._admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return self._url(name)

    def _make_template(self) -> None:
        """Migrate one database, which every test's database is a copy of; the first worker does it."""
        self._admin.execute("SELECT pg_advisory_lock(1)")
        if not self._admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            self._admin.execute("DROP DATABASE IF EXISTS unfinished_template")
            self._admin.execute("CREATE DATABASE unfinished_template TEMPLATE template0")
            engine = sa.create_engine(self._url("unfinished_template"), poolclass=sa.NullPool)
            upgrade(engine)
            self._admin.execute(
                sql.SQL("ALTER DATABASE unfinished_template RENAME TO {}").format(sql.Identifier(TEMPLATE))
            )
        self._admin.execute("SELECT pg_advisory_unlock(1)")

    def _url(self, database: str) -> str:
        url = sa.URL.create(
            "postgresql+psycopg", username=SUPERUSER, port=PORT, database=database, query={"host": self._server}
        )
        return url.render_as_string(hide_password=False)
