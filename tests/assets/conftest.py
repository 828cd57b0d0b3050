"""Fixtures of this folder: a small sandbox world and the resources that read it."""

from tests.support.raw_assets import materialize  # noqa: F401  # a fixture
from tests.support.sources import configured, export, givebutter, jotform, sandbox, serve, world  # noqa: F401  # fixtures
