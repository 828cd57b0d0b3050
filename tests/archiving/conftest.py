"""Fixtures of the archiving tests: a small Givebutter with contacts to archive, and a database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.sandbox.options import Options
from mentorsync_pipeline.sandbox.population import generate
from mentorsync_pipeline.sandbox.server import SandboxServer
from tests.archiving.archive_fixture import NOW, YEAR, ArchiveFixture
from tests.loop.conftest import settled  # noqa: F401  # fixture

NewArchive = Callable[..., ArchiveFixture]


@pytest.fixture
def new_archive(engine: sa.Engine) -> Iterator[NewArchive]:
    """Return a function that builds an archive from a number of losers and options of the sandbox."""
    with ExitStack() as stack:

        def make(losers: int, *, database: sa.Engine = engine, options: Any = None, **values: Any) -> ArchiveFixture:
            world = generate(5, 20, 80 + 2 * losers, year=YEAR, now=NOW)
            sandbox_options = Options(**{"requests_per_minute": None, **(options or {})})
            server = stack.enter_context(SandboxServer(world, options=sandbox_options, clock=lambda: NOW))
            return ArchiveFixture.of(server, database, losers, **values)

        yield make


@pytest.fixture
def archive(new_archive: NewArchive) -> ArchiveFixture:
    """Return an archive with six losers of three mentors."""
    return new_archive(6)
