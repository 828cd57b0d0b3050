"""Fixtures for every test: an embedded PostgreSQL, a fresh migrated database, a Dagster instance, a fixed clock."""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import dagster as dg
import httpx
import psycopg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.embedded import SUPERUSER, EmbeddedServer
from tests.support import instances
from tests.support.databases import Databases
from tests.support.rounds import rounds, start, start_shared  # noqa: F401  # fixtures for several folders
from tests.support.server_folder import new_server_folder
from tests.support.shared import Shared

# A time within the sandbox's campaign of 2025.
NOW = "2025-11-01T12:00:00+00:00"
# Prefixes of the environment variables that change settings.
SETTINGS_PREFIXES = ("MENTORSYNC_", "DAGSTER_", "JOTFORM_", "GIVEBUTTER_")


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Data folders for the tests, none of which exists; creating a folder takes longer than most tests."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count(1))


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, _homes: Iterator[Path]) -> None:
    """Remove the machine's settings from the environment, and set a data folder of this test's own."""
    for name in list(os.environ):
        if name.startswith(SETTINGS_PREFIXES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MENTORSYNC_HOME", str(next(_homes)))
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
