"""Bring a database to the schema that this version of the program needs."""

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
# The second key of the advisory lock: no campaign year and not the 0 of what serves all years.
_LOCK_KEY = -1


class SchemaError(MentorSyncError):
    """A database whose schema this program cannot work with."""

    code = "DATABASE_SCHEMA"


def upgrade(engine: sa.Engine) -> str | None:
    """Apply the migrations that are missing; return the revision that the database had, None for an empty one.

    All of them happen in one transaction, and processes that ask at once wait for each other. Raises SchemaError when
    the server is too old or the database belongs to a newer version of the program.
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
    """Raise SchemaError unless the database has the newest schema."""
    with engine.connect() as connection:
        revision = _revision(connection)
    _check_known(revision)
    if revision != newest_revision():
        raise SchemaError(
            f"The database has schema {revision or 'none'} and this program needs {newest_revision()}.",
            "Run: mentorsync db upgrade.",
        )


@cache
def newest_revision() -> str:
    """The revision that this version of the program needs."""
    head = _scripts().get_current_head()
    assert head is not None  # noqa: S101  # the package ships with its migrations
    return head


def _check_known(revision: str | None) -> None:
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise SchemaError(
            f"The database has schema {revision}, which this program does not know.",
            "It was upgraded by a newer version: install that version.",
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
