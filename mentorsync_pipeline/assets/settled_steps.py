"""Steps of a sync that keep their rows, because nothing has changed since before their last run.

A step is settled if its last run wrote nothing, and the rows of all tables that it reads or writes, the program and the
settings are those of that run; so it would write nothing again. The code version of an asset is not enough, because it
ignores queries, and the code that reads and writes rows. The tables are those of the lineage, which a test
compares with the SQL statements of each step. A step that stores the records of a service is settled if the service
returns the same records, whatever else has changed. Most syncs of a night find no news, and these steps take most of a
sync's time. Other jobs, such as `etl`, calculate every step.
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
from mentorsync_pipeline.runtime.version_cache import hash_sources

SETTLING_JOB = "sync"
_KEY = "settled"
# Ends the names of counts of findings that a run opened.
_NEW = " new"
# Libraries whose data decides about values.
_LIBRARIES = ("phonenumbers", "email-validator", "nicknames")


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a settled step in a sync: what it reported.

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

    """

    asset: str
    year: int
    data: DataState
    rules: str

    def read_last_run(self, conn: sa.Connection) -> LastRun | None:
        """Read the last run of the step in a sync without news; None if the step is not settled."""
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
        as_of, stored_as_of = self.data.contacts_as_of, stored["as_of"]
        is_later = stored_as_of is None or (as_of is not None and as_of >= datetime.fromisoformat(stored_as_of))
        return is_later and (self.data.version, self.rules) == (stored["data"], stored["rules"])

    def store(self, run: AssetRun, counts: Mapping[str, int | str], warning_counts: Mapping[str, int]) -> None:
        """Add this state to the log of a run that wrote nothing, for `read_last_run` of the next one."""
        has_news = not run.diff.is_empty or any(name.endswith(_NEW) for name in counts)
        if self.data.is_seen and not has_news:
            as_of = self.data.contacts_as_of
            run.details[_KEY] = {
                "data": self.data.version,
                "rules": self.rules,
                "as_of": as_of.isoformat() if as_of is not None else None,
                "counts": list(counts),
                "warnings": dict(warning_counts),
            }


def read_step_state(context: dg.AssetExecutionContext, run: AssetRun, config: CampaignConfig) -> StepState:
    """Read the state of a step that starts."""
    asset, key = context.asset_key.to_user_string(), context.asset_key
    deps = (dep.to_user_string() for dep in context.assets_def.asset_deps[key])
    earlier = (table for name, table in EARLIER_RUNS if name == asset)
    names = {*deps, *earlier, *BOOKKEEPING, *list_written_tables(context.assets_def.metadata_by_key[key])}
    tables = [table for table in metadata.sorted_tables if table.name in names]
    data = read_data_state(run.conn, tables, config.campaign_year)
    return StepState(asset, config.campaign_year, data, _hash_rules(config))


def read_source_step_state(
    context: dg.AssetExecutionContext, run: AssetRun, config: CampaignConfig, records_hash: str
) -> StepState:
    """Read the state of a step that stores the records of a service in its one table.

    Args:
        records_hash: hash of the records, and of settings that are not in the configuration of the year.

    """
    asset = context.asset_key.to_user_string()
    data = read_source_state(run.conn, metadata.tables[f"{SCHEMA}.{asset}"], (asset, check_source(asset)))
    return StepState(asset, config.campaign_year, data, _hash_rules(config, records_hash))


def _hash_rules(config: CampaignConfig, *others: str) -> str:
    parts: Sequence[str] = (hash_sources(), config.model_dump_json(), *map(version, _LIBRARIES), *others)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
