"""Fixtures of this folder: a small sandbox world and the resources that read it."""

from tests.support.sources import configured, export, givebutter, jotform, sandbox, serve, world  # noqa: F401  # fixtures
