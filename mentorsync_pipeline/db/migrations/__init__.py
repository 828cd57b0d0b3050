"""The Alembic migrations: how the schema `mentorsync` comes to be what `tables` describes, from any earlier version."""
