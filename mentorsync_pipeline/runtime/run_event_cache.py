"""Cached answers about the events of a run, for Dagster's SQL event storages.

While this process executes a run, the newest materialization of a partition is that of the run itself, which its
checks and its lineage refer to, whatever other processes do. An asset that another process wipes or observes is
treated so by the next run.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.runtime.dagster_internals import EventLogCursor, SqlEventLogStorage, deserialize_value

_RUN_ENDS = {dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED}


class SchemaCache:
    """Parts of Dagster's schema that exist. Tables and columns do not disappear while a process runs."""

    def __init__(self) -> None:
        self._present: set[str] = set()

    def is_present(self, name: str, check: Callable[[], bool]) -> bool:
        """Return whether a part exists; `check` queries it until it does."""
        if name not in self._present and check():
            self._present.add(name)
        return name in self._present


class RunEventCache(SqlEventLogStorage):
    """Base class of a SQL event storage, placed before the storage's own class, that sends fewer queries."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._schema = SchemaCache()
        self._runs: set[str] = set()
        self._run_materializations: dict[tuple[dg.AssetKey, str], dg.EventLogRecord] = {}
        self._observations: dict[dg.AssetKey, dg.EventRecordsResult] = {}
        self._wiped: dict[dg.AssetKey, Any] = {}
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]  # Dagster's method has no annotations

    # --- schema

    def has_table(self, table_name: str) -> bool:
        """Return whether a table exists; queried until it does."""
        check = super().has_table  # type: ignore[safe-super]  # of the storage's own class
        return self._schema.is_present(table_name, lambda: check(table_name))

    def has_asset_key_col(self, column_name: str) -> bool:
        """Return whether the table of assets has a column; queried until it does."""
        check = super().has_asset_key_col
        return self._schema.is_present(f"asset_keys.{column_name}", lambda: check(column_name))

    # --- writing

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store an event, and update the list of current runs."""
        super().store_event(event)
        self.update_runs(event)

    def update_runs(self, event: dg.EventLogEntry) -> None:
        """Add a run when it starts and remove it when it ends; without a run the cache is empty."""
        kind = event.dagster_event_type
        if kind == dg.DagsterEventType.RUN_START:
            self._runs.add(event.run_id)
        elif kind in _RUN_ENDS:
            self._runs.discard(event.run_id)
            if not self._runs:
                self.clear_cache()

    def clear_cache(self) -> None:
        """Remove the current runs, their materializations and the observations from the cache."""
        self._runs.clear()
        self._run_materializations.clear()
        self._observations.clear()
        self._wiped.clear()

    def _store_asset_event(self, conn: sa.Connection, event: dg.EventLogEntry, event_id: int) -> None:
        super()._store_asset_event(conn, event, event_id)
        self.note_asset_event(event, event_id)

    def note_asset_event(self, event: dg.EventLogEntry, event_id: int) -> None:
        """Keep a stored materialization of a current run, and query the observations of its asset again."""
        dagster_event = event.get_dagster_event()
        if dagster_event.asset_key and dagster_event.is_asset_observation:
            self._observations.pop(dagster_event.asset_key, None)
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

    def fetch_observations(
        self,
        records_filter: dg.AssetKey | dg.AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> dg.EventRecordsResult:
        """Return the newest or oldest observations; the newest of an asset is queried once in a run.

        Dagster asks for those of the tables that people edit in each step that reads them.
        """
        if (
            not self._runs
            or not isinstance(records_filter, dg.AssetKey)
            or (limit, cursor, ascending) != (1, None, False)
        ):
            return super().fetch_observations(records_filter, limit, cursor, ascending)
        if records_filter not in self._observations:
            self._observations[records_filter] = super().fetch_observations(records_filter, limit)
        return self._observations[records_filter]

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
