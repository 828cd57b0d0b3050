"""What Alembic runs: on the connection of `db.migrate`, or on the configured database for `alembic revision`."""

import sqlalchemy as sa
from alembic import context

from mentorsync_pipeline.db.tables import SCHEMA, metadata
from mentorsync_pipeline.resources.warehouse import engine_for


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "schema" or name == SCHEMA


def _migrate(connection: sa.Connection) -> None:
    connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=_ours,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _migrate(given)
else:
    with engine_for(None).begin() as opened:
        _migrate(opened)
