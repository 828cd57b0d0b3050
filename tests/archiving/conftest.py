"""Fixtures of the archive's tests: a small Givebutter with contacts to archive, beside this test's own database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.sandbox.options import Options
from mentorsync_pipeline.sandbox.population import generate
from mentorsync_pipeline.sandbox.server import SandboxServer
from tests.archiving.attic import NOW, YEAR, ArchiveFixture
from tests.loop.conftest import settled  # noqa: F401  # fixture

NewAttic = Callable[..., ArchiveFixture]


@pytest.fixture
def new_attic(engine: sa.Engine) -> Iterator[NewAttic]:
    """Call it with the number of losers, and options of the sandbox if need be."""
    with ExitStack() as stack:

        def make(losers: int, *, database: sa.Engine = engine, options: Any = None, **values: Any) -> ArchiveFixture:
            world = generate(5, 20, 80 + 2 * losers, year=YEAR, now=NOW)
            allowed = Options(**{"requests_per_minute": None, **(options or {})})
            server = stack.enter_context(SandboxServer(world, options=allowed, clock=lambda: NOW))
            return ArchiveFixture.of(server, database, losers, **values)

        yield make


@pytest.fixture
def attic(new_attic: NewAttic) -> ArchiveFixture:
    """Six losers of three mentors."""
    return new_attic(6)
