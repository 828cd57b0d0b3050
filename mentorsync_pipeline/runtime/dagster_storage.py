"""Dagster's storages on PostgreSQL, on one small connection pool for each process.

`dagster.yaml` names the three classes. Those of dagster-postgres open a connection for every operation, 770 in one
year's sync. These classes also save the `NOTIFY` of each event, which has no listener, one statement per planned event,
and repeated queries (`runtime.run_event_cache`).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

import dagster as dg
import sqlalchemy as sa
from dagster_postgres import PostgresEventLogStorage, PostgresRunStorage, PostgresScheduleStorage
from dagster_postgres.utils import get_token_provider_from_config, pg_url_from_config
from sqlalchemy.dialects import postgresql

from mentorsync_pipeline.runtime.dagster_internals import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    ConfigurableClassData,
    SqlEventLogStorage,
    SqlEventLogStorageTable,
    serialize_value,
)
from mentorsync_pipeline.runtime.run_event_cache import RunEventCache, SchemaCache
from mentorsync_pipeline.runtime.storage_pool import PoolSettings, shared_engine

_ASSET_PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
_CHECK_PLANNED = dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED


def _insert_timestamp(event: dg.EventLogEntry) -> datetime:
    """Return the time of an event as in Dagster's tables: UTC without a zone."""
    return datetime.fromtimestamp(event.timestamp, UTC).replace(tzinfo=None)


def _asset_key(event: dg.EventLogEntry) -> str | None:
    """Return the key of the event's asset as in Dagster's tables."""
    key = event.get_dagster_event().asset_key
    return key.to_string() if key else None


def _upsert_assets(rows: Mapping[str, Mapping[str, Any]]) -> postgresql.Insert:
    """Return the statement that writes these columns of assets, by key."""
    insert = postgresql.insert(AssetKeyTable).values([{"asset_key": key, **rows[key]} for key in sorted(rows)])
    changed = {name: insert.excluded[name] for name in next(iter(rows.values()))}
    return insert.on_conflict_do_update(index_elements=[AssetKeyTable.c.asset_key], set_=changed)


class _Pooled:
    """Storage of dagster-postgres on the pool that all storages of a process and database share."""

    postgres_url: str
    _token_provider: Any
    _shared: sa.Engine | None = None

    @property
    def _engine(self) -> sa.Engine:
        if self._shared is None:
            self._shared = shared_engine(PoolSettings(self.postgres_url, self._token_provider))
        return self._shared

    @_engine.setter
    def _engine(self, engine: sa.Engine) -> None:
        """Ignore the engine of dagster-postgres, which has no pool and is not connected yet."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Create the storage that is configured in `dagster.yaml`."""
        return cls(  # type: ignore[call-arg]  # the arguments of dagster-postgres' classes
            inst_data=inst_data,
            postgres_url=pg_url_from_config(config_value),
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
            token_provider=get_token_provider_from_config(config_value),
        )

    def optimize_for_webserver(self, statement_timeout: int, pool_recycle: int, max_overflow: int) -> None:
        """Use the webserver's settings: milliseconds for a statement, age and number of connections."""
        self._engine.dispose()
        self._shared = shared_engine(
            PoolSettings(self.postgres_url, self._token_provider, pool_recycle, max_overflow, statement_timeout)
        )

    def dispose(self) -> None:
        """Close the idle connections of the pool; other storages that share it reconnect."""
        super().dispose()  # type: ignore[misc]  # of the storage
        self._engine.dispose()


class PooledRunStorage(_Pooled, PostgresRunStorage):
    """Storage of runs, on the pool of the process. Columns of its tables are queried until they exist."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._schema = SchemaCache()
        super().__init__(*args, **options)

    def has_run_stats_index_cols(self) -> bool:
        """Return whether the table of runs has the columns of start and end."""
        return self._schema.is_present("runs.start_time", super().has_run_stats_index_cols)

    def has_backfill_id_column(self) -> bool:
        """Return whether the table of runs has the column of backfills."""
        return self._schema.is_present("runs.backfill_id", super().has_backfill_id_column)


class PooledScheduleStorage(_Pooled, PostgresScheduleStorage):
    """Storage of the ticks of schedules and sensors, on the pool of the process."""


class PooledEventLogStorage(_Pooled, RunEventCache, PostgresEventLogStorage):
    """Storage of events, on the pool of the process, with fewer statements."""

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store an event as Dagster's SQL storages do, without the `NOTIFY` of dagster-postgres."""
        if event.dagster_event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION and event.run_id:
            self._store_evaluation(event)
        elif event.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION and (key := _asset_key(event)):
            self._store_materialization(event, key)
        else:
            SqlEventLogStorage.store_event(self, event)
            self.update_runs(event)

    def _store_materialization(self, event: dg.EventLogEntry, key: str) -> None:
        """Store a materialization with one statement, then its tags and its asset with another one.

        Dagster uses a statement for each of the three, and a transaction. The row of the asset holds the event's id.
        """
        insert = self.prepare_insert_event(event).returning(SqlEventLogStorageTable.c.id)
        with self.index_connection() as conn:
            event_id = conn.execute(insert).scalar_one()
            values = self._get_asset_entry_values(event, event_id, has_asset_key_index_cols=True)
            upsert = _upsert_assets({key: values})
            timestamp = _insert_timestamp(event)
            tags = [
                {"event_id": event_id, "asset_key": key, "key": name, "value": value, "event_timestamp": timestamp}
                for name, value in self._tags_for_asset_event(event).items()
            ]
            if tags:
                upsert = upsert.add_cte(AssetEventTagsTable.insert().values(tags).cte("tags"))
            conn.execute(upsert)
        self.note_asset_event(event, event_id)

    def _store_evaluation(self, event: dg.EventLogEntry) -> None:
        """Store a check's result and update the row of its planned event, with one statement."""
        result = event.get_dagster_event().asset_check_evaluation_data
        c, target = AssetCheckExecutionsTable.c, result.target_materialization_data
        stored = self.prepare_insert_event(event).returning(SqlEventLogStorageTable.c.id).cte("stored")
        entered = (
            AssetCheckExecutionsTable.update()
            .where(
                c.asset_key == result.asset_key.to_string(),
                c.check_name == result.check_name,
                c.run_id == event.run_id,
                c.partition == result.partition,
            )
            .values(
                execution_status="SUCCEEDED" if result.passed else "FAILED",
                evaluation_event=serialize_value(event),
                evaluation_event_timestamp=_insert_timestamp(event),
                evaluation_event_storage_id=sa.select(stored.c.id).scalar_subquery(),
                materialization_event_storage_id=target.storage_id if target else None,
            )
            .returning(c.id)
            .cte("entered")
        )
        count = sa.select(sa.func.count()).select_from(entered).scalar_subquery()
        with self.index_connection() as conn:
            event_id, planned = conn.execute(sa.select(stored.c.id, count)).one()
        if not planned:
            self.store_asset_check_event(event, event_id)

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Store events of one kind in a transaction; planned events of a run with one statement per table."""
        if not {event.dagster_event_type for event in events} <= {_ASSET_PLANNED, _CHECK_PLANNED}:
            super().store_event_batch(events)
            return
        insert = self.prepare_insert_event_batch(events).returning(SqlEventLogStorageTable.c.id)
        with self.index_transaction() as conn:
            stored = list(zip(events, conn.execute(insert).scalars(), strict=True))
            self._plan_assets(conn, stored)
            self._plan_checks(conn, stored)

    def _plan_assets(self, conn: sa.Connection, stored: Sequence[tuple[dg.EventLogEntry, int]]) -> None:
        """Set the run as the last run of each planned asset."""
        rows = {
            key: self._get_asset_entry_values(event, event_id, has_asset_key_index_cols=True)
            for event, event_id in stored
            if (key := _asset_key(event))
        }
        if rows:
            conn.execute(_upsert_assets(rows))

    def _plan_checks(self, conn: sa.Connection, stored: Sequence[tuple[dg.EventLogEntry, int]]) -> None:
        """Insert the planned checks, one row per partition, as Dagster does for each event."""
        rows = [
            {
                "asset_key": planned.asset_key.to_string(),
                "check_name": planned.check_name,
                "partition": partition,
                "run_id": event.run_id,
                "execution_status": "PLANNED",
                "evaluation_event": serialize_value(event),
                "evaluation_event_timestamp": _insert_timestamp(event),
                "evaluation_event_storage_id": event_id,
            }
            for event, event_id in stored
            if event.dagster_event_type == _CHECK_PLANNED
            for planned in [event.get_dagster_event().asset_check_planned_data]
            for partition in (planned.partitions_subset.get_partition_keys() if planned.partitions_subset else [None])
        ]
        if rows:
            conn.execute(AssetCheckExecutionsTable.insert().values(rows))
