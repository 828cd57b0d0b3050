"""Migrate a database to tables that the tests declared."""

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations

from mentorsync_pipeline.db.tables import SCHEMA, metadata


def migrate(engine: sa.Engine) -> list[list[str | None]]:
    """Apply the migration that `make migration` would write; return what it adds: table and column, or None."""
    with engine.begin() as conn:
        context = MigrationContext.configure(
            conn,
            opts={
                "version_table_schema": SCHEMA,
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
            },
        )
        operations = produce_migrations(context, metadata).upgrade_ops
        assert operations is not None
        added: list[list[str | None]] = []
        for table in operations.ops:
            for operation in getattr(table, "ops", [table]):
                Operations(context).invoke(operation)
                column = getattr(operation, "column", None)
                added.append([operation.table_name, None if column is None else column.name])
    return sorted(added, key=str)
