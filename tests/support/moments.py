"""One small world and how it looks after each round, for every test to go on from; the fixtures are for all folders.

A round costs seconds, so the rounds are made once; a test gets a copy of the world and of the database as they were
after the round that it names.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from mentorsync_pipeline.runtime.in_process import RunReport
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from mentorsync_pipeline.sandbox.options import Options
from mentorsync_pipeline.sandbox.population import World, generate
from mentorsync_pipeline.sandbox.server import SandboxServer
from tests.support.charity import OPTIONS, Charity
from tests.support.databases import Databases
from tests.support.shared import Shared

# The year after the first one that ships, so that the year before it can be a campaign year as well.
YEAR = 2026
NOW = datetime(YEAR, 10, 1, 12, tzinfo=UTC)
SEED = 7

NewCharity = Callable[..., Charity]


@dataclass(frozen=True)
class Moment:
    """How everything stood at one moment: the world, a database that nobody writes to, and what was done until then."""

    world: World
    url: str
    now: datetime
    syncs: tuple[RunReport, ...] = ()
    imports: tuple[ImportResult, ...] = ()


class Past:
    """The rounds of one charity, made when they are first asked for.

    `configured`: last year's ids are known, no contacts are loaded. `synced`: contacts were uploaded and a first sync
    has written its file. `settled`: that file was imported, the contacts uploaded again, and a second sync made.
    """

    def __init__(self, start: NewCharity, new_database: Databases, shared: Shared) -> None:
        self._start, self._databases, self._shared = start, new_database, shared
        self._moments: dict[str, Moment] = {}
        self._looks: dict[str, Charity] = {}

    def look(self, name: str) -> Charity:
        """The charity at that moment, for tests that only look: nobody serves it, and all of them share it."""
        if name not in self._looks:
            self._looks[name] = self._start(self[name], serve=False)
        return self._looks[name]

    def __getitem__(self, name: str) -> Moment:
        if name not in self._moments:
            made = {"configured": self._configured, "synced": self._synced, "settled": self._settled}[name]
            self._moments[name] = self._shared(f"charity-{name}", made)
        return self._moments[name]

    def _configured(self) -> Moment:
        charity = self._start(generate(SEED, 145, 450, year=YEAR, now=NOW, at_least=1))
        charity.configure()
        return self._keep(charity)

    def _synced(self) -> Moment:
        charity = self._start(self["configured"])
        charity.upload()
        return self._keep(charity, syncs=(charity.sync(),))

    def _settled(self) -> Moment:
        before = self["synced"]
        charity = self._start(before)
        imported = charity.import_file(before.syncs[0])
        charity.upload()
        return self._keep(charity, syncs=(*before.syncs, charity.sync()), imports=(imported,))

    def _keep(self, charity: Charity, **done: Any) -> Moment:
        charity.engine.dispose()
        world = replace(charity.server.world, contacts=charity.server.sandbox.contacts.all())
        return Moment(world=world, url=self._databases.copy(charity.url), now=charity.now, **done)


@contextmanager
def starting(new_database: Databases, new_folder: Callable[..., Path]) -> Iterator[NewCharity]:
    """How charities are begun; all of them end with the block."""
    with ExitStack() as stack:

        def begin(
            source: World | Moment, *, serve: bool = True, options: Options = OPTIONS, **service_options: Any
        ) -> Charity:
            given = isinstance(source, Moment)
            world = deepcopy(source.world if given else source)
            url = new_database.copy(source.url) if given else new_database()
            instance = stack.enter_context(dg.DagsterInstance.ephemeral())
            running: list[Charity] = []
            server = SandboxServer(world, options=options, clock=lambda: running[0].now)
            if serve:
                stack.enter_context(server)
            stack.callback(new_database.drop, url)
            charity = Charity(server, url, new_folder("files"), source.now, instance, dict(service_options))
            running.append(charity)
            return charity

        yield begin


@pytest.fixture(scope="module")
def start(new_database: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewCharity]:
    """Call it with a world, for a charity at its beginning, or with a moment of the past, for one that goes on."""
    with starting(new_database, tmp_path_factory.mktemp) as begin:
        yield begin


@pytest.fixture(scope="session")
def past(new_database: Databases, tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> Iterator[Past]:
    """The rounds that the tests go on from."""
    with starting(new_database, tmp_path_factory.mktemp) as begin:
        yield Past(begin, new_database, shared)
