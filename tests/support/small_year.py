"""Environments of 2025 that are not served: a settled one of 12 mentors, and one in which every scenario occurs."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from mentorsync_pipeline.sandbox.population import World
from tests.support.databases import Databases
from tests.support.environment import SandboxEnvironment
from tests.support.shared import Shared
from tests.support.snapshots import NewEnvironment, Snapshot, generated, snapshot_of, starting

YEAR = 2025
START = datetime(2025, 10, 1, 12, tzinfo=UTC)


def small_world(mentors: int, *, seed: int = 1, at_least: int = 0) -> World:
    """A world with twice as many contacts as mentors."""
    return generated(seed, mentors, 2 * mentors, year=YEAR, now=START, at_least=at_least)


@pytest.fixture
def start_small(new_database: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewEnvironment]:
    """Start an environment that is not served, from a world, which is configured, or from a snapshot."""
    with starting(new_database, tmp_path_factory.mktemp) as start:

        def start_configured(source: World | Snapshot) -> SandboxEnvironment:
            environment = start(source, serve=False)
            if isinstance(source, World):
                environment.configure()
            return environment

        yield start_configured


@pytest.fixture(scope="session")
def take_snapshot(
    new_database: Databases, tmp_path_factory: pytest.TempPathFactory, shared: Shared
) -> Callable[..., Snapshot]:
    """Return a function that runs actions in a world and returns a snapshot, which all workers share by its name."""

    def take(name: str, world: World, happens: Callable[[SandboxEnvironment], object]) -> Snapshot:
        def make() -> Snapshot:
            with starting(new_database, tmp_path_factory.mktemp) as start:
                environment = start(world, serve=False)
                environment.configure()
                happens(environment)
                return snapshot_of(environment, new_database)

        return shared(f"small-{name}", make)

    return take


@pytest.fixture(scope="session")
def settled_snapshot(take_snapshot: Callable[..., Snapshot]) -> Snapshot:
    """Twelve mentors after two rounds: all are linked and all values are confirmed."""

    def happens(environment: SandboxEnvironment) -> None:
        environment.round()
        environment.round()
        environment.upload_and_recalculate()

    return take_snapshot("settled", small_world(12), happens)


@pytest.fixture(scope="session")
def busy_snapshot(take_snapshot: Callable[..., Snapshot]) -> Snapshot:
    """Every scenario after the first sync: several mentors need a decision."""
    return take_snapshot("busy", small_world(66, at_least=1), SandboxEnvironment.upload_and_recalculate)


@pytest.fixture
def env(settled_snapshot: Snapshot, start_small: NewEnvironment) -> SandboxEnvironment:
    """This test's own copy of the settled environment."""
    return start_small(settled_snapshot)


@pytest.fixture
def busy_env(busy_snapshot: Snapshot, start_small: NewEnvironment) -> SandboxEnvironment:
    """This test's own copy of the busy environment."""
    return start_small(busy_snapshot)
