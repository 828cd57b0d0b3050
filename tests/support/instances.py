"""Dagster instances of the tests: in memory, or as `dagster.yaml` describes it on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa
import yaml
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.runs.schema import RunStorageSqlMetadata

# Instances in memory that no test uses at the moment, without runs and events.
_IDLE: list[dg.DagsterInstance] = []


@contextmanager
def memory_instance() -> Iterator[dg.DagsterInstance]:
    """An empty instance in memory. A later test gets it again, because making one takes longer than a small run."""
    instance = _IDLE.pop() if _IDLE else _new_memory_instance()
    yield instance
    for storage, metadata in _storages(instance):
        with storage._engine.begin() as conn:
            for table in metadata.sorted_tables:
                conn.execute(table.delete())
    _IDLE.append(instance)


@contextmanager
def postgres_instance(url: str, folder: Path) -> Iterator[dg.DagsterInstance]:
    """The instance of `dagster.yaml` on this database, with its files in `folder`."""
    settings = yaml.safe_load((Path(__file__).parents[2] / "dagster.yaml").read_text())
    driver_url = sa.make_url(url).set(drivername="postgresql+psycopg2")
    for part in ("run_storage", "event_log_storage", "schedule_storage"):
        settings[part]["config"]["postgres_url"] = driver_url.render_as_string(hide_password=False)
    for part in ("local_artifact_storage", "compute_logs"):
        settings[part]["config"]["base_dir"] = str(folder)
    del settings["instance_class"]  # it would look for the databases of the user
    (folder / "dagster.yaml").write_text(yaml.safe_dump(settings))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


def _new_memory_instance() -> dg.DagsterInstance:
    """An instance with one connection for each storage; Dagster's open one for each statement, and prepare it."""
    instance = dg.DagsterInstance.ephemeral()
    for storage, _ in _storages(instance):
        storage._engine = sa.create_engine(
            storage._engine.url, poolclass=sa.QueuePool, connect_args={"check_same_thread": False}
        )
    instance.run_storage.connect = instance.run_storage._engine.begin  # type: ignore[attr-defined,method-assign]
    instance.event_log_storage._connect = partial(_begin_locked, instance.event_log_storage)  # type: ignore[attr-defined]
    return instance


@contextmanager
def _begin_locked(storage: Any) -> Iterator[sa.Connection]:
    with storage._db_lock, storage._engine.begin() as conn:
        yield conn


def _storages(instance: dg.DagsterInstance) -> tuple[tuple[Any, sa.MetaData], ...]:
    return (
        (instance.run_storage, RunStorageSqlMetadata),
        (instance.event_log_storage, SqlEventLogStorageMetadata),
    )
