"""Fixtures of several files of this folder; those of the rounds are in `tests.support.rounds`."""

import pytest

from tests.support.environment import SandboxEnvironment
from tests.support.rounds import Rounds
from tests.support.small_year import settled_snapshot, take_snapshot  # noqa: F401  # fixtures
from tests.support.snapshots import NewEnvironment


@pytest.fixture
def settled(rounds: Rounds, start: NewEnvironment) -> SandboxEnvironment:
    """Last sync's plan has losers whose data has arrived."""
    return start(rounds["settled"])
