"""Fixtures of this folder: a settled environment with its sandbox and database."""

from tests.support.small_year import (  # noqa: F401  # fixtures
    env,
    settled_snapshot,
    start_small,
    take_snapshot,
)
