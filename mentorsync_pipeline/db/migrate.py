"""Upgrade a database to the schema of this version of the program.

Alembic and the migrations are loaded only for an upgrade, which few commands need.
"""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mentorsync_pipeline.db.asset_run import LOCK_CLASS
from mentorsync_pipeline.db.tables import SCHEMA
from mentorsync_pipeline.domain.errors import MentorSyncError

if TYPE_CHECKING:
    from alembic.config import Config

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
            from alembic import command  # noqa: PLC0415

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


def newest_revision() -> str:
    """Return the revision that this version of the program needs."""
    return _list_revisions()[-1]


@cache
def _list_revisions() -> tuple[str, ...]:
    """Return the revisions of the package in their order. The name of a migration's file starts with its revision."""
    names = (path.name for path in (Path(__file__).parent / "migrations" / "versions").glob("*.py"))
    return tuple(sorted(found[1] for name in names if (found := re.match(r"(\d{4})_", name))))


def _check_known(revision: str | None) -> None:
    if revision is not None and revision not in _list_revisions():
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
    """Read the revision of the database, which Alembic stores; None for an empty database."""
    table = f"{SCHEMA}.alembic_version"
    if connection.execute(sa.text("SELECT to_regclass(:name)"), {"name": table}).scalar() is None:
        return None
    return connection.execute(sa.text(f"SELECT version_num FROM {table}")).scalar_one_or_none()


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "mentorsync_pipeline:db/migrations")
    return config
