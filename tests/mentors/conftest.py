"""Fixtures of this folder: an environment with its sandbox and database, in several states, and a year in memory."""

from tests.mentors.memory_year import mn_id, year  # noqa: F401  # fixtures
from tests.support.small_year import (  # noqa: F401  # fixtures
    busy_env,
    busy_snapshot,
    env,
    settled_snapshot,
    start_small,
    take_snapshot,
)
