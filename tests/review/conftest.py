"""Houses for the tests of this folder: a settled small one, and one in which every scenario occurs.

Both are brought to their state once; each test gets a copy of the database and of the services' data.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from mentorsync_pipeline.resources.embedded import SUPERUSER
from mentorsync_pipeline.resources.warehouse import WarehouseResource, engine_for
from mentorsync_pipeline.sandbox.population import World, generate

from .house import START, YEAR, House

NewDatabase = Callable[..., str]
NewHouse = Callable[..., House]


@dataclass(frozen=True)
class Moment:
    """A house as it was at one moment: its database, its services' data and its clock."""

    database: str
    world: World
    now: datetime


@pytest.fixture
def new_house(warehouse: WarehouseResource, tmp_path: Path) -> NewHouse:
    """Call it for a house of so many mentors in which nothing has happened yet: `new_house(20)`."""

    def build(mentors: int, *, seed: int = 1, at_least: int = 0) -> House:
        world = generate(seed, mentors, 2 * mentors, year=YEAR, now=START, at_least=at_least)
        return House(world, warehouse, tmp_path)

    return build


@pytest.fixture(scope="session")
def settled(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """A small house twice around: everybody is linked and every value is confirmed."""

    def bring(house: House) -> None:
        house.round()
        house.round()
        house.sync()

    world = generate(1, 12, 24, year=YEAR, now=START)
    return _brought(world, new_database(), tmp_path_factory.mktemp("settled"), bring)


@pytest.fixture(scope="session")
def busy(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """A house in which every scenario occurs, after its first sync: several mentors wait for a person."""
    world = generate(1, 110, 220, year=YEAR, now=START, at_least=1)
    return _brought(world, new_database(), tmp_path_factory.mktemp("busy"), House.sync)


@pytest.fixture
def house(settled: Moment, server: str, tmp_path: Path) -> Iterator[House]:
    """This test's own copy of the settled house."""
    yield from _copied(settled, server, tmp_path)


@pytest.fixture
def busy_house(busy: Moment, server: str, tmp_path: Path) -> Iterator[House]:
    """This test's own copy of the busy house."""
    yield from _copied(busy, server, tmp_path)


def _brought(world: World, url: str, folder: Path, bring: Callable[[House], None]) -> Moment:
    house = House(world, WarehouseResource(url=url), folder)
    house.last_years_mentors()
    bring(house)
    engine_for(url).dispose()
    contacts = house.sandbox.contacts.all()
    return Moment(url, copy.deepcopy(replace(world, contacts=contacts)), house.now)


def _copied(moment: Moment, server: str, folder: Path) -> Iterator[House]:
    url = sa.make_url(moment.database)
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(host=server, user=SUPERUSER, dbname="postgres", autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(url.database or ""))
        )
        mine = url.set(database=name).render_as_string(hide_password=False)
        yield House(copy.deepcopy(moment.world), WarehouseResource(url=mine), folder, moment.now)
        engine_for(mine).dispose()
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
