"""Dagster's storages on PostgreSQL, on one small connection pool for each process.

`dagster.yaml` names the three classes. Those of dagster-postgres open a connection for every operation, 770 in one
year's sync. These classes also save the `NOTIFY` of each event, which has no listener, repeated queries of the
catalogue, one statement per planned event, and within a run the queries about assets that the run itself materialized.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

import dagster as dg
import sqlalchemy as sa
from dagster_postgres import PostgresEventLogStorage, PostgresRunStorage, PostgresScheduleStorage
from dagster_postgres.utils import get_token_provider_from_config, pg_url_from_config
from sqlalchemy.dialects import postgresql

from mentorsync_pipeline.runtime.dagster_internals import (
    AssetCheckExecutionsTable,
    AssetKeyTable,
    ConfigurableClassData,
    EventLogCursor,
    SqlEventLogStorageTable,
    deserialize_value,
    serialize_value,
)
from mentorsync_pipeline.runtime.storage_pool import PoolSettings, shared_engine

_ASSET_PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
_CHECK_PLANNED = dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
_RUN_ENDS = {dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED}


def _insert_timestamp(event: dg.EventLogEntry) -> datetime:
    """Return the time of an event as in Dagster's tables: UTC without a zone."""
    return datetime.fromtimestamp(event.timestamp, UTC).replace(tzinfo=None)


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
    """Storage of runs, on the pool of the process."""


class PooledScheduleStorage(_Pooled, PostgresScheduleStorage):
    """Storage of the ticks of schedules and sensors, on the pool of the process."""


class PooledEventLogStorage(_Pooled, PostgresEventLogStorage):
    """Storage of events, on the pool of the process, with fewer statements.

    While this process executes a run, the newest materialization of a partition is that of the run itself, which its
    checks and its lineage refer to, whatever other processes do. An asset that another process wipes is treated as
    wiped by the next run.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._present: set[str] = set()
        self._runs: set[str] = set()
        self._run_materializations: dict[tuple[dg.AssetKey, str], dg.EventLogRecord] = {}
        self._wiped: dict[dg.AssetKey, Any] = {}
        super().__init__(*args, **options)

    # --- schema: tables and columns do not disappear while a process runs

    def has_table(self, table_name: str) -> bool:
        """Return whether a table exists; queried until it does."""
        return self._is_present(table_name, lambda: PostgresEventLogStorage.has_table(self, table_name))

    def has_asset_key_col(self, column_name: str) -> bool:
        """Return whether the table of assets has a column; queried until it does."""
        return self._is_present(
            f"asset_keys.{column_name}", lambda: PostgresEventLogStorage.has_asset_key_col(self, column_name)
        )

    def _is_present(self, name: str, check: Callable[[], bool]) -> bool:
        if name not in self._present and check():
            self._present.add(name)
        return name in self._present

    # --- writing

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store an event as Dagster's SQL storages do, without the `NOTIFY` of dagster-postgres."""
        kind = event.dagster_event_type
        if kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION and event.run_id:
            self._store_evaluation(event)
        else:
            super(PostgresEventLogStorage, self).store_event(event)
        if kind == dg.DagsterEventType.RUN_START:
            self._runs.add(event.run_id)
        elif kind in _RUN_ENDS:
            self._runs.discard(event.run_id)
            if not self._runs:
                self._run_materializations.clear()
                self._wiped.clear()

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
            planned.asset_key.to_string(): self._get_asset_entry_values(event, event_id, has_asset_key_index_cols=True)
            for event, event_id in stored
            if (planned := event.get_dagster_event()).asset_key
        }
        if rows:
            insert = postgresql.insert(AssetKeyTable).values([{"asset_key": key, **rows[key]} for key in sorted(rows)])
            changed = {name: insert.excluded[name] for name in next(iter(rows.values()))}
            conn.execute(insert.on_conflict_do_update(index_elements=[AssetKeyTable.c.asset_key], set_=changed))

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

    def _store_asset_event(self, conn: sa.Connection, event: dg.EventLogEntry, event_id: int) -> None:
        super()._store_asset_event(conn, event, event_id)
        dagster_event = event.get_dagster_event()
        if (
            event.run_id in self._runs
            and dagster_event.is_step_materialization
            and dagster_event.asset_key
            and dagster_event.partition
        ):
            self._run_materializations[dagster_event.asset_key, dagster_event.partition] = dg.EventLogRecord(
                event_id, event
            )

    # --- reading

    def fetch_materializations(
        self,
        records_filter: dg.AssetKey | dg.AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> dg.EventRecordsResult:
        """Return the newest or oldest materializations; the newest of a partition may be that of this process's run."""
        if isinstance(records_filter, dg.AssetRecordsFilter) and (limit, cursor, ascending) == (1, None, False):
            key, partitions, *further = records_filter
            record = (
                self._run_materializations.get((key, partitions[0])) if partitions and len(partitions) == 1 else None
            )
            if record is not None and not any(further):
                newest = EventLogCursor.from_storage_id(record.storage_id).to_string()
                return dg.EventRecordsResult([record], newest, has_more=True)
        return super().fetch_materializations(records_filter, limit, cursor, ascending)

    def _get_assets_details(self, asset_keys: Sequence[dg.AssetKey]) -> Sequence[Any]:
        """Return when each asset was wiped; cached, because a run queries the same assets in each step."""
        if not self._runs:
            return super()._get_assets_details(asset_keys)
        new = [key for key in asset_keys if key not in self._wiped]
        if new:
            self._wiped.update(zip(new, super()._get_assets_details(new), strict=True))
        return [self._wiped[key] for key in asset_keys]

    def _get_latest_materialization_records(
        self, raw_asset_rows: Iterable[Mapping[str, Any]]
    ) -> Mapping[dg.AssetKey, dg.EventLogRecord | None]:
        """Return the newest materializations of assets from their rows; if a row has none, from Dagster's query."""
        rows = list(raw_asset_rows)
        records: dict[dg.AssetKey, dg.EventLogRecord | None] = {}
        for row in rows:
            record = row["last_materialization"] and deserialize_value(row["last_materialization"], NamedTuple)
            key = dg.AssetKey.from_db_string(row["asset_key"])
            if key is None or row["asset_details"] or not isinstance(record, dg.EventLogRecord):
                return super()._get_latest_materialization_records(rows)
            records[key] = record
        return records

    def get_latest_tags_by_partition(
        self,
        asset_key: dg.AssetKey,
        event_type: dg.DagsterEventType,
        tag_keys: Sequence[str],
        asset_partitions: Sequence[str] | None = None,
        before_cursor: int | None = None,
        after_cursor: int | None = None,
    ) -> Mapping[str, Mapping[str, str]]:
        """Return the tags of each partition's newest event, which may be a materialization of this process's run."""
        own_events = {
            partition: self._run_materializations.get((asset_key, partition)) for partition in asset_partitions or []
        }
        whole = (event_type, before_cursor, after_cursor) == (dg.DagsterEventType.ASSET_MATERIALIZATION, None, None)
        if not own_events or not whole or None in own_events.values():
            return super().get_latest_tags_by_partition(
                asset_key, event_type, tag_keys, asset_partitions, before_cursor, after_cursor
            )
        tags = {
            partition: self._tags_for_asset_event(record.event_log_entry)
            for partition, record in own_events.items()
            if record is not None
        }
        return {
            partition: {key: value for key, value in stored.items() if key in tag_keys}
            for partition, stored in tags.items()
        }
