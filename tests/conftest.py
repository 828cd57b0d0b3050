"""Fixtures for every test: an embedded PostgreSQL, a fresh migrated database, a Dagster instance, a fixed clock."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import dagster as dg
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import settings
from psycopg import sql

from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.embedded import PORT, SUPERUSER, EmbeddedServer
from mentorsync_pipeline.resources.warehouse import WarehouseResource, engine_for
from mentorsync_pipeline.store.migrate import upgrade

# A moment in the campaign of the sandbox's usual year.
NOW = "2025-11-01T12:00:00+00:00"
TEMPLATE = "migrated_template"
OURS = ("MENTORSYNC_", "DAGSTER_", "JOTFORM_", "GIVEBUTTER_")

NewDatabase = Callable[..., str]

# The same examples on every machine, and no failure because a machine was busy.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine reaches a test, and nothing is written outside of the test's own folder."""
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MENTORSYNC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "yes")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The folder of the socket of one PostgreSQL server that all workers share; the last one removes it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "server"
    fast = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
    embedded = EmbeddedServer(folder, options=fast)
    yield embedded.start()
    embedded.leave()
    if not (embedded.data / "postmaster.pid").exists():
        shutil.rmtree(embedded.data, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(server: str) -> Iterator[NewDatabase]:
    """Call it for the URL of a new database with our schema, or without one: `new_database(migrated=False)`."""
    made: list[str] = []
    with psycopg.connect(host=server, user=SUPERUSER, dbname="postgres", autocommit=True) as admin:
        _make_template(admin, server)

        def create(*, migrated: bool = True) -> str:
            name = f"test_{uuid4().hex[:12]}"
            template = sql.Identifier(TEMPLATE if migrated else "template0")
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template))
            made.append(name)
            return _url(server, name)

        yield create
        for name in made:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """The URL of this test's own database, migrated and empty."""
    return new_database()


@pytest.fixture
def warehouse(database_url: str) -> Iterator[WarehouseResource]:
    """The warehouse resource on this test's own database."""
    yield WarehouseResource(url=database_url)
    engine_for(database_url).dispose()


@pytest.fixture
def engine(warehouse: WarehouseResource) -> sa.Engine:
    """The engine of the warehouse."""
    return warehouse.engine


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance in memory."""
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def clock() -> ClockResource:
    """A clock that stands at NOW."""
    return ClockResource(fixed_at=NOW)


def _make_template(admin: psycopg.Connection, server: str) -> None:
    """Migrate one database, which every test's database is a copy of; the first worker does it."""
    admin.execute("SELECT pg_advisory_lock(1)")
    if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
        admin.execute("DROP DATABASE IF EXISTS unfinished_template")
        admin.execute("CREATE DATABASE unfinished_template TEMPLATE template0")
        engine = sa.create_engine(_url(server, "unfinished_template"), poolclass=sa.NullPool)
        upgrade(engine)
        admin.execute(sql.SQL("ALTER DATABASE unfinished_template RENAME TO {}").format(sql.Identifier(TEMPLATE)))
    admin.execute("SELECT pg_advisory_unlock(1)")


def _url(server: str, database: str) -> str:
    url = sa.URL.create("postgresql+psycopg", username=SUPERUSER, port=PORT, database=database, query={"host": server})
    return url.render_as_string(hide_password=False)
