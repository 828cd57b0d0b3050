"""Fixtures of several files of this folder; those of the rounds are in `loop.moments`."""

import pytest

from tests.support.charity import Charity
from tests.support.moments import NewCharity, Past


@pytest.fixture
def settled(past: Past, start: NewCharity) -> Charity:
    """Last sync's plan has losers whose data has arrived."""
    return start(past["settled"])
