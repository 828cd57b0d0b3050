"""Alembic migrations of the schema `mentorsync` (`db.tables`)."""
