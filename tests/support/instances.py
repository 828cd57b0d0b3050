"""Dagster instances of the tests: in memory, or as `dagster.yaml` describes it on PostgreSQL."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import dagster as dg
import sqlalchemy as sa
import yaml
from dagster._core.instance.types import InstanceType
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log.in_memory import InMemoryEventLogStorage
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import TemporaryLocalArtifactStorage
from dagster._core.storage.runs.in_memory import InMemoryRunStorage
from dagster._core.storage.runs.schema import RunStorageSqlMetadata, SnapshotsTable

from mentorsync_pipeline.runtime.run_event_cache import RunEventCache

# Empty instances in memory that no test uses.
_IDLE: list[dg.DagsterInstance] = []


class _Runs(InMemoryRunStorage):
    """Runs in memory on pooled connections; Dagster opens a connection for each statement."""

    def __init__(self) -> None:
        super().__init__()
        self._engine = _pooled(self._engine)

    def connect(self) -> AbstractContextManager[sa.Connection]:
        return self._engine.begin()

    def empty(self) -> None:
        """Delete the runs; the descriptions of jobs, which later runs share, remain."""
        _delete_rows(self._engine, RunStorageSqlMetadata, keep=SnapshotsTable)


class _Events(RunEventCache, InMemoryEventLogStorage):
    """Events in memory, with the product's event cache."""

    def __init__(self) -> None:
        super().__init__()
        self._engine = _pooled(self._engine)

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        with self._db_lock, self._engine.begin() as conn:
            yield conn

    def empty(self) -> None:
        _delete_rows(self._engine, SqlEventLogStorageMetadata)
        self.clear_cache()


@contextmanager
def memory_instance() -> Iterator[dg.DagsterInstance]:
    """Yield an empty instance in memory. It is emptied and used again, because creating one takes longer than a run."""
    instance = _IDLE.pop() if _IDLE else _new_memory_instance()
    yield instance
    for storage in (instance.run_storage, instance.event_log_storage):
        storage.empty()  # type: ignore[attr-defined]
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
    del settings["instance_class"]  # it reads the user's databases
    (folder / "dagster.yaml").write_text(yaml.safe_dump(settings))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


def _new_memory_instance() -> dg.DagsterInstance:
    """As `DagsterInstance.ephemeral`, with the storages above."""
    return dg.DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=TemporaryLocalArtifactStorage(),
        run_storage=_Runs(),
        event_storage=_Events(),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    )


def _pooled(engine: sa.Engine) -> sa.Engine:
    return sa.create_engine(engine.url, poolclass=sa.QueuePool, connect_args={"check_same_thread": False})


def _delete_rows(engine: sa.Engine, metadata: sa.MetaData, *, keep: sa.Table | None = None) -> None:
    with engine.begin() as conn:
        for table in metadata.sorted_tables:
            if table is not keep:
                conn.execute(table.delete())
