"""Houses for the tests of this folder: a settled small one, and one in which every scenario occurs.

Both are brought to their state once; each test gets a copy of the database and of the services' data.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from mentorsync_pipeline.resources.warehouse import WarehouseResource, get_engine
from mentorsync_pipeline.sandbox.population import World, generate
from tests.support.databases import Databases
from tests.support.house import START, YEAR, SandboxEnvironment
from tests.support.shared import Shared

NewHouse = Callable[..., SandboxEnvironment]


@dataclass(frozen=True)
class Moment:
    """A house as it was at one moment: its database, its services' data and its clock."""

    database: str
    world: World
    now: datetime


@pytest.fixture
def new_house(warehouse: WarehouseResource, tmp_path: Path) -> NewHouse:
    """Call it for a house of so many mentors in which nothing has happened yet: `new_house(20)`."""

    def build(mentors: int, *, seed: int = 1, at_least: int = 0) -> SandboxEnvironment:
        world = generate(seed, mentors, 2 * mentors, year=YEAR, now=START, at_least=at_least)
        return SandboxEnvironment(world, warehouse, tmp_path)

    return build


@pytest.fixture(scope="session")
def settled(new_database: Databases, tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> Moment:
    """A small house twice around: everybody is linked and every value is confirmed."""

    def bring(house: SandboxEnvironment) -> None:
        house.round()
        house.round()
        house.sync()

    def make() -> Moment:
        world = generate(1, 12, 24, year=YEAR, now=START)
        return brought(world, new_database(), tmp_path_factory.mktemp("settled"), bring)

    return shared("house-settled", make)


@pytest.fixture(scope="session")
def busy(new_database: Databases, tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> Moment:
    """A house in which every scenario occurs, after its first sync: several mentors wait for a person."""

    def make() -> Moment:
        world = generate(1, 132, 264, year=YEAR, now=START, at_least=1)
        return brought(world, new_database(), tmp_path_factory.mktemp("busy"), SandboxEnvironment.sync)

    return shared("house-busy", make)


@pytest.fixture
def house(settled: Moment, new_database: Databases, tmp_path: Path) -> Iterator[SandboxEnvironment]:
    """This test's own copy of the settled house."""
    yield from copied(settled, new_database, tmp_path)


@pytest.fixture
def busy_house(busy: Moment, new_database: Databases, tmp_path: Path) -> Iterator[SandboxEnvironment]:
    """This test's own copy of the busy house."""
    yield from copied(busy, new_database, tmp_path)


def brought(world: World, url: str, folder: Path, bring: Callable[[SandboxEnvironment], None]) -> Moment:
    house = SandboxEnvironment(world, WarehouseResource(url=url), folder)
    house.last_years_mentors()
    bring(house)
    get_engine(url).dispose()
    contacts = house.sandbox.contacts.all()
    return Moment(url, copy.deepcopy(replace(world, contacts=contacts)), house.now)


def copied(moment: Moment, databases: Databases, folder: Path) -> Iterator[SandboxEnvironment]:
    url = databases.copy(moment.database)
    yield SandboxEnvironment(copy.deepcopy(moment.world), WarehouseResource(url=url), folder, moment.now)
    databases.drop(url)
