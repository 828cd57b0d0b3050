"""The Alembic migrations: how the schema `mentorsync` comes to be what `tables` describes, from any earlier version.

When they are applied does not belong here; see `store.migrate`.
"""
