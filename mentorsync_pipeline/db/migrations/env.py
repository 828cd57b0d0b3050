"""Environment of Alembic: the connection of `db.migrate`, or the configured database for `alembic revision`."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.script import ScriptDirectory

from mentorsync_pipeline.db.tables import SCHEMA, metadata
from mentorsync_pipeline.runtime.engine import get_engine


def _is_included(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "schema" or name == SCHEMA


def _number_revision(_context: object, _revision: object, directives: Iterable[Any]) -> None:
    """Give a new revision the number after the newest one."""
    newest = ScriptDirectory.from_config(context.config).get_current_head()
    for script in directives:
        script.rev_id = f"{int(newest or 0) + 1:04}"


def _migrate(connection: sa.Connection) -> None:
    connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=_is_included,
        compare_server_default=True,
        process_revision_directives=_number_revision,
    )
    with context.begin_transaction():
        context.run_migrations()


connection = context.config.attributes.get("connection")
if connection is not None:
    _migrate(connection)
else:
    with get_engine(None).begin() as new_connection:
        _migrate(new_connection)
