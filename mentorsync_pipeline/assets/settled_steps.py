"""Steps of a run that keep their rows, because nothing has changed since before their last run.

A step is settled if its last run wrote nothing, and all rows that it reads or writes, the program and the settings are
those of that run; so it would write nothing again. The code version of an asset is not enough, because it ignores
queries, and the code that reads and writes rows. The tables are those of the lineage, which a test compares with the
SQL statements of each step.

- In a sync, which loads contacts and writes a file, a later load and a later file count as equal if nothing has changed
  (`db.data_state`). A step that stores the records of a service is settled if the service returns the same records,
  whatever else has changed.
- In the other jobs, such as `etl`, every row must be the same, also of the contacts, but for later files. So a row that
  somebody has repaired in the database is read.

Most syncs of a night find no news, and these steps take most of a sync's time. A backfill calculates every step, and so
does a person who materialises a single asset or sets the tag `EVERY_STEP`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.lineage import BOOKKEEPING, EARLIER_RUNS
from mentorsync_pipeline.assets.metadata import list_written_tables
from mentorsync_pipeline.checks.table_run import check_source
from mentorsync_pipeline.db.asset_run import AssetRun
from mentorsync_pipeline.db.data_state import DataState, read_data_state, read_source_state
from mentorsync_pipeline.db.tables import SCHEMA, metadata, sync_log
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.runtime.run_tags import BACKFILL, EVERY_STEP
from mentorsync_pipeline.runtime.version_cache import hash_sources

SYNC = "sync"
_KEY = "settled"
# Ends the names of counts of findings that a run opened.
_NEW = " new"
# Libraries whose data decides about values.
_LIBRARIES = ("phonenumbers", "email-validator", "nicknames")


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a settled step: what it reported.

    Attributes:
        details: entries of its log that are not counts.
        warning_counts: number of the asset's warnings by type.

    """

    started_at: datetime
    rows_in: int
    rows: int
    counts: Mapping[str, int | str]
    details: Mapping[str, Any]
    warning_counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StepState:
    """What the result of a step depends on, when it starts.

    Attributes:
        rules: hash of the program, the settings and the records that a service has returned.
        in_sync: whether later loads and files without changes count as equal.

    """

    asset: str
    year: int
    data: DataState
    rules: str
    in_sync: bool

    def read_last_run(self, conn: sa.Connection) -> LastRun | None:
        """Read the last run of the step that wrote nothing; None if the step is not settled."""
        log = sync_log.c
        row = conn.execute(
            sa.select(log.started_at, log.rows_in, log.rows_out, log.details)
            .where(log.asset == self.asset, log.campaign_year == self.year, log.details.has_key(_KEY))
            .order_by(log.id.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        details = dict(row.details)
        stored = details.pop(_KEY)
        if not self._equals(stored):
            return None
        counts = {name: details.pop(name) for name in stored["counts"]}
        return LastRun(row.started_at, row.rows_in, row.rows_out, counts, details, stored["warnings"])

    def _equals(self, stored: Mapping[str, Any]) -> bool:
        if (self.data.version, self.rules) != (stored["data"], stored["rules"]):
            return False
        if self.in_sync and stored["seen"] and self._is_later(stored["as_of"]):
            return True
        earlier_files = self.data.hash_files(stored["last_file"])
        if (self.data.rows, earlier_files) != (stored["rows"], stored["files"]):
            return False
        return bool(stored["seen"]) or self.data.last_file == stored["last_file"]

    def _is_later(self, stored: str | None) -> bool:
        as_of = self.data.contacts_as_of
        return stored is None or (as_of is not None and as_of >= datetime.fromisoformat(stored))

    def store(self, run: AssetRun, counts: Mapping[str, int | str], warning_counts: Mapping[str, int]) -> None:
        """Add this state to the log of a run that wrote nothing, for `read_last_run` of the next one."""
        has_news = not run.diff.is_empty or any(name.endswith(_NEW) for name in counts)
        if not has_news:
            as_of = self.data.contacts_as_of
            run.details[_KEY] = {
                "data": self.data.version,
                "rows": self.data.rows,
                "last_file": self.data.last_file,
                "files": self.data.hash_files(self.data.last_file),
                "seen": self.data.is_seen,
                "rules": self.rules,
                "as_of": as_of.isoformat() if as_of is not None else None,
                "counts": list(counts),
                "warnings": dict(warning_counts),
            }


def may_keep_rows(run: dg.DagsterRun) -> bool:
    """Whether the steps of a run may keep their rows, unless somebody asked for their calculation."""
    single = run.asset_selection is not None and len(run.asset_selection) == 1
    # The name of Dagster's job of all assets begins so. It runs the assets that a person selects.
    return not (single or run.job_name.startswith("__") or run.tags.keys() & {EVERY_STEP, BACKFILL})


def read_step_state(context: dg.AssetExecutionContext, run: AssetRun, config: CampaignConfig) -> StepState:
    """Read the state of a step that starts."""
    asset, key = context.asset_key.to_user_string(), context.asset_key
    deps = (dep.to_user_string() for dep in context.assets_def.asset_deps[key])
    earlier = (table for name, table in EARLIER_RUNS if name == asset)
    names = {*deps, *earlier, *BOOKKEEPING, *list_written_tables(context.assets_def.metadata_by_key[key])}
    tables = [table for table in metadata.sorted_tables if table.name in names]
    data = read_data_state(run.conn, tables, config.campaign_year, context.run.run_id)
    return StepState(asset, config.campaign_year, data, _hash_rules(config), in_sync=context.run.job_name == SYNC)


def read_source_step_state(
    context: dg.AssetExecutionContext, run: AssetRun, config: CampaignConfig, records_hash: str
) -> StepState:
    """Read the state of a step that stores the records of a service in its one table.

    Args:
        records_hash: hash of the records, and of settings that are not in the configuration of the year.

    """
    asset = context.asset_key.to_user_string()
    data = read_source_state(run.conn, metadata.tables[f"{SCHEMA}.{asset}"], (asset, check_source(asset)))
    return StepState(asset, config.campaign_year, data, _hash_rules(config, records_hash), in_sync=True)


def _hash_rules(config: CampaignConfig, *others: str) -> str:
    parts: Sequence[str] = (hash_sources(), config.model_dump_json(), *map(version, _LIBRARIES), *others)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
