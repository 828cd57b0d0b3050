"""Snapshots of the rounds of a world of 66 mentors, in which every scenario occurs, and their fixtures."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from mentorsync_pipeline.sandbox.population import generate
from tests.support.databases import Databases
from tests.support.environment import SandboxEnvironment
from tests.support.shared import Shared
from tests.support.snapshots import NewEnvironment, Snapshot, snapshot_of, starting

# The year after the first one that ships, so that the year before it can be a campaign year as well.
YEAR = 2026
NOW = datetime(YEAR, 10, 1, 12, tzinfo=UTC)
SEED = 2


class Rounds:
    """Snapshots of one environment, each taken on first use.

    `configured`: last year's ids are known, no contacts are loaded. `synced`: contacts were uploaded and a first sync
    has written its file. `settled`: that file was imported, the contacts uploaded again, and a second sync made.
    """

    def __init__(self, start: NewEnvironment, databases: Databases, shared: Shared) -> None:
        self._start, self._databases, self._shared = start, databases, shared
        self._snapshots: dict[str, Snapshot] = {}
        self._read_only: dict[str, SandboxEnvironment] = {}

    def read_only(self, name: str) -> SandboxEnvironment:
        """Return a shared environment after a round, which is not served, for tests that only read."""
        if name not in self._read_only:
            self._read_only[name] = self._start(self[name], serve=False)
        return self._read_only[name]

    def __getitem__(self, name: str) -> Snapshot:
        if name not in self._snapshots:
            make = {"configured": self._configured, "synced": self._synced, "settled": self._settled}[name]
            self._snapshots[name] = self._shared(f"rounds-{name}", make)
        return self._snapshots[name]

    def _configured(self) -> Snapshot:
        environment = self._start(generate(SEED, 66, 200, year=YEAR, now=NOW, at_least=1))
        environment.configure()
        return snapshot_of(environment, self._databases)

    def _synced(self) -> Snapshot:
        environment = self._start(self["configured"], jobs=True)
        environment.upload()
        return snapshot_of(environment, self._databases, syncs=(environment.sync(),))

    def _settled(self) -> Snapshot:
        before = self["synced"]
        environment = self._start(before, jobs=True)
        imported = environment.import_file(before.syncs[0])
        environment.upload()
        syncs = (*before.syncs, environment.sync())
        return snapshot_of(environment, self._databases, syncs=syncs, imports=(imported,))


@pytest.fixture
def start(new_database: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewEnvironment]:
    """Start an environment from a world or a snapshot for one test: `start(rounds["synced"])`."""
    with starting(new_database, tmp_path_factory.mktemp) as begin:
        yield begin


@pytest.fixture(scope="module")
def start_shared(new_database: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewEnvironment]:
    """Start an environment for the tests of a module, which stays until the end of the module."""
    with starting(new_database, tmp_path_factory.mktemp) as begin:
        yield begin


@pytest.fixture(scope="session")
def rounds(new_database: Databases, tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> Iterator[Rounds]:
    """The snapshots of the rounds."""
    with starting(new_database, tmp_path_factory.mktemp) as begin:
        yield Rounds(begin, new_database, shared)
