"""Fixtures of the archiving tests: a small Givebutter with contacts to archive, and a database."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from mentorsync_pipeline.sandbox.options import Options
from tests.archiving.archive_environment import NOW, YEAR, ArchiveEnvironment
from tests.loop.conftest import settled  # noqa: F401  # fixture
from tests.support.databases import Databases
from tests.support.snapshots import NewEnvironment, generated, starting

NewArchive = Callable[..., ArchiveEnvironment]


@pytest.fixture
def new_archive(new_database: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewArchive]:
    """Return a function that builds an archive from a number of losers and options of the sandbox."""
    with starting(new_database, tmp_path_factory.mktemp) as start:
        yield partial(build_archive, start)


def build_archive(
    start: NewEnvironment, losers: int, *, options: Mapping[str, Any] | None = None, attempts: int = 3
) -> ArchiveEnvironment:
    world = generated(5, 20, 80 + 2 * losers, year=YEAR, now=NOW)
    sandbox_options = Options(**{"requests_per_minute": None, **(options or {})})
    archive = start(world, kind=ArchiveEnvironment, options=sandbox_options)
    assert isinstance(archive, ArchiveEnvironment)
    archive.choose(losers)
    archive.attempts = attempts
    return archive


@pytest.fixture
def archive(new_archive: NewArchive) -> ArchiveEnvironment:
    """Return an archive with six losers of three mentors."""
    return new_archive(6)
