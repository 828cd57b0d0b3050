"""Fixtures of this folder: a charity with its sandbox and database, in several states."""

from tests.support.houses import busy, busy_house, house, new_house, settled  # noqa: F401  # fixtures
