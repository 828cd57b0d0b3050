"""Upgrade a database to the schema of this version of the program."""

from functools import cache

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mentorsync_pipeline.db.asset_run import LOCK_CLASS
from mentorsync_pipeline.db.tables import SCHEMA
from mentorsync_pipeline.domain.errors import MentorSyncError

OLDEST_SERVER = 15
# Second key of the advisory lock; different from campaign years and from 0 (all years).
_LOCK_KEY = -1


class SchemaError(MentorSyncError):
    """The schema or the server of the database does not fit this version of the program."""

    code = "DATABASE_SCHEMA"


def upgrade(engine: sa.Engine) -> str | None:
    """Apply missing migrations in one transaction; return the earlier revision, or None for an empty database.

    Concurrent upgrades wait for each other.

    Raises:
        SchemaError: the server is too old, or a newer version of the program upgraded the database.

    """
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_CLASS, _LOCK_KEY)))
        _check_server(connection)
        before = _revision(connection)
        _check_known(before)
        if before != newest_revision():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return before


def require_current(engine: sa.Engine) -> None:
    """Check that the database has the newest schema. Raises SchemaError."""
    with engine.connect() as connection:
        revision = _revision(connection)
    _check_known(revision)
    if revision != newest_revision():
        raise SchemaError(
            f"The database has schema {revision or 'none'}, but this program needs {newest_revision()}.",
            "Run: mentorsync db upgrade.",
        )


@cache
def newest_revision() -> str:
    """Return the revision that this version of the program needs."""
    head = _scripts().get_current_head()
    assert head is not None  # noqa: S101  # the package ships with its migrations
    return head


def _check_known(revision: str | None) -> None:
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise SchemaError(
            f"The database has schema {revision}, which is unknown to this program.",
            "A newer version upgraded it. Install that version.",
        )


def _check_server(connection: sa.Connection) -> None:
    number = int(connection.execute(sa.text("SHOW server_version_num")).scalar_one())
    if number < OLDEST_SERVER * 10_000:
        raise SchemaError(
            f"The database server is PostgreSQL {number // 10_000}.", f"Use PostgreSQL {OLDEST_SERVER} or later."
        )


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA}).get_current_revision()


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "mentorsync_pipeline:db/migrations")
    return config
