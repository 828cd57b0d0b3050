"""Fixtures for every test: an embedded PostgreSQL, a fresh migrated database, a Dagster instance, a fixed clock."""

import gc
import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import dagster as dg
import httpx
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import is_hypothesis_test, settings

from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.embedded import SUPERUSER, EmbeddedServer
from tests.support import instances
from tests.support.databases import Databases
from tests.support.examples import DEFAULT_EXAMPLES
from tests.support.rounds import rounds, start, start_shared  # noqa: F401  # fixtures for several folders
from tests.support.server_folder import new_server_folder
from tests.support.shared import Shared

# A time within the sandbox's campaign of 2025.
NOW = "2025-11-01T12:00:00+00:00"
# Prefixes of the environment variables that change settings.
SETTINGS_PREFIXES = ("MENTORSYNC_", "DAGSTER_", "JOTFORM_", "GIVEBUTTER_")

# The same examples on every machine; no time limit, because a busy machine must not fail a test.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=DEFAULT_EXAMPLES)
# The profile of `make test-fast`.
settings.register_profile("fast", settings.get_profile("repeatable"), max_examples=DEFAULT_EXAMPLES // 5)
settings.load_profile("repeatable")


def pytest_configure() -> None:
    """Restore the default handling of SIGINT and SIGHUP, which background jobs and `nohup` ignore.

    Processes started by tests inherit it; Dagster's services would otherwise also ignore SIGTERM. Garbage collection is
    off until all tests are collected, because imports create many objects and hardly any garbage.
    """
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


SLOW_MODULE = re.compile(r"^pytestmark = .*pytest\.mark\.slow", re.MULTILINE)
# Fixtures of tests that are slow: a database, a served sandbox or console, a Dagster instance.
SLOW_FIXTURES = frozenset({"browser", "console", "new_database", "postgres_instance", "serve", "server"})


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave slow modules out of `make test-fast` without importing them."""
    if config.option.markexpr != "not slow" or not collection_path.match("test_*.py"):
        return None
    return bool(SLOW_MODULE.search(collection_path.read_text())) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests and tests without coverage, and order the modules by their number of slow tests.

    Property tests take twice as long with coverage and cover no additional lines. Modules with few slow tests run
    first, because single tests that boot services are the longest; those without slow tests run last, so that no worker
    runs a long module alone at the end.
    """
    slow: Counter[Path] = Counter()
    for item in items:
        if not SLOW_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("no_cover")
        slow[item.path] += item.get_closest_marker("slow") is not None
    items.sort(key=lambda item: (slow[item.path] == 0, slow[item.path]))


def pytest_collection_finish() -> None:
    """Exclude the modules, definitions and tests, which stay until the end, from garbage collection.

    Collect less often than Python's default, as the product's processes do; that is a tenth of the CPU time of a run.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove the machine's settings from the environment, and set a data folder of this test's own."""
    for name in list(os.environ):
        if name.startswith(SETTINGS_PREFIXES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MENTORSYNC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "yes")


@pytest.fixture(scope="session", autouse=True)
def _one_tls_context() -> Iterator[None]:
    """Load trusted certificates once. httpx loads them for each client (40 ms), and tests use plain HTTP."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context))
        yield


@pytest.fixture(scope="session")
def common_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def shared(common_folder: Path) -> Shared:
    """A cache of all workers: `shared(name, make)` calls `make` once and returns a copy of its result."""
    return Shared(common_folder / "shared")


@pytest.fixture(scope="session")
def server(common_folder: Path, shared: Shared) -> Iterator[str]:
    """The socket folder of a PostgreSQL server that all workers share; the last worker removes it."""
    fast = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
    folder = shared("server-folder", lambda: new_server_folder(common_folder / "server"))
    embedded = EmbeddedServer(folder, options=fast)
    yield embedded.start()
    embedded.leave()
    if not (embedded.data / "postmaster.pid").exists():
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(server: str) -> Iterator[Databases]:
    """Return the URL of a new, migrated database when called; of an empty one with `migrated=False`."""
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
    """The instance of `dagster.yaml` on PostgreSQL; an instance in memory has no ticks, pools or launcher."""
    with instances.postgres_instance(new_database.dagster(), tmp_path_factory.mktemp("instance")) as instance:
        yield instance


@pytest.fixture
def production_instance(postgres_instance: dg.DagsterInstance) -> Iterator[dg.DagsterInstance]:
    """The instance on PostgreSQL, without runs, ticks and pool slots of other tests."""
    yield postgres_instance
    postgres_instance.wipe()
    postgres_instance.wipe_all_schedules()


@pytest.fixture
def clock() -> ClockResource:
    """A clock fixed at NOW."""
    return ClockResource(fixed_at=NOW)
