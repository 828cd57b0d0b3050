"""Fixtures for every test: an embedded PostgreSQL, a fresh migrated database, a Dagster instance, a fixed clock."""

import gc
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import is_hypothesis_test, settings

from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.embedded import SUPERUSER, EmbeddedServer
from tests.support import instances
from tests.support.databases import Databases
from tests.support.examples import USUAL
from tests.support.rounds import rounds, start  # noqa: F401  # fixtures for several folders
from tests.support.shared import Shared

# A moment in the campaign of the sandbox's usual year.
NOW = "2025-11-01T12:00:00+00:00"
OURS = ("MENTORSYNC_", "DAGSTER_", "JOTFORM_", "GIVEBUTTER_")

# The same examples on every machine, and no failure because a machine was busy.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=USUAL)
# `make test-fast` asks for this one.
settings.register_profile("fast", settings.get_profile("repeatable"), max_examples=USUAL // 5)
settings.load_profile("repeatable")


def pytest_configure() -> None:
    """Hear Ctrl-C even if a shell runs the tests in its background, so that the services they start hear it as well.

    Dagster's would ignore SIGTERM too, and never stop.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # The same for a closed terminal, which `nohup` would hide from every service that a test starts.
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


# Fixtures that bring a whole year into a state, serve pages or start Dagster with its storage.
SLOW_FIXTURES = frozenset(
    {
        "browser",
        "busy_snapshot",
        "console",
        "daemon",
        "rounds",
        "postgres_instance",
        "serve",
        "settled_snapshot",
        "start",
        "start_small",
    }
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that `make test-fast` leaves out, and those that coverage leaves out; order modules by duration.

    Tests of many examples take twice as long with coverage, and add no line to the others'. Modules with many slow
    tests are run first, so that no worker is left with a long one at the end.
    """
    slow: Counter[Path] = Counter()
    for item in items:
        if not SLOW_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("no_cover")
        slow[item.path] += item.get_closest_marker("slow") is not None
    items.sort(key=lambda item: -slow[item.path])


def pytest_collection_finish() -> None:
    """Leave out of each garbage collection what stays until the end: modules, definitions and tests."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine reaches a test, and nothing is written outside of the test's own folder."""
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MENTORSYNC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "yes")


@pytest.fixture(scope="session")
def common_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def shared(common_folder: Path) -> Shared:
    """Call it with a name and with how to make what takes long: it is made once for all workers."""
    return Shared(common_folder / "shared")


@pytest.fixture(scope="session")
def server(common_folder: Path) -> Iterator[str]:
    """The folder of the socket of one PostgreSQL server that all workers share; the last one removes it."""
    fast = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
    embedded = EmbeddedServer(common_folder / "server", options=fast)
    yield embedded.start()
    embedded.leave()
    if not (embedded.data / "postmaster.pid").exists():
        shutil.rmtree(embedded.data, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(server: str) -> Iterator[Databases]:
    """Call it for the URL of a new database with our schema, or without one: `new_database(migrated=False)`."""
    with psycopg.connect(host=server, user=SUPERUSER, dbname="postgres", autocommit=True) as admin:
        yield Databases(admin, server)


@pytest.fixture
def database_url(new_database: Databases) -> Iterator[str]:
    """The URL of this test's own database, migrated and empty."""
    url = new_database()
    yield url
    new_database.drop(url)


@pytest.fixture
def warehouse(database_url: str) -> WarehouseResource:
    """The warehouse resource on this test's own database."""
    return WarehouseResource(url=database_url)


@pytest.fixture
def engine(warehouse: WarehouseResource) -> sa.Engine:
    """The engine of the warehouse."""
    return warehouse.engine


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance in memory."""
    with instances.memory_instance() as instance:
        yield instance


@pytest.fixture(scope="session")
def postgres_instance(
    new_database: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dg.DagsterInstance]:
    """An instance as `dagster.yaml` describes it, on PostgreSQL: the one in memory has no ticks, pools or launcher."""
    with instances.postgres_instance(new_database.dagster(), tmp_path_factory.mktemp("instance")) as instance:
        yield instance


@pytest.fixture
def production_instance(postgres_instance: dg.DagsterInstance) -> Iterator[dg.DagsterInstance]:
    """That instance, without runs, ticks and places in pools of other tests."""
    yield postgres_instance
    postgres_instance.wipe()
    postgres_instance.wipe_all_schedules()


@pytest.fixture
def clock() -> ClockResource:
    """A clock that stands at NOW."""
    return ClockResource(fixed_at=NOW)
