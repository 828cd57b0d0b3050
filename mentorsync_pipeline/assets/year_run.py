"""The run of an asset of a campaign year: transaction, configuration, findings and report."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.column_lineage import find_column_lineage
from mentorsync_pipeline.assets.metadata import diff_metadata
from mentorsync_pipeline.assets.settled_steps import (
    SYNC,
    LastRun,
    StepState,
    may_keep_rows,
    read_source_step_state,
    read_step_state,
)
from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.checks.model import CONFLICTS, STRUCTURE
from mentorsync_pipeline.checks.schemas import BY_ASSET
from mentorsync_pipeline.checks.table_run import check_open_conflicts, run_table_checks
from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.contacts.label_lookup import find_labels
from mentorsync_pipeline.db.asset_run import AssetRun, run_asset
from mentorsync_pipeline.db.diff_write import Diff, sync_rows
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.findings import Conflict, ErrorFinding, WarningFinding
from mentorsync_pipeline.import_file.outdated_rows import CONTACTS_SEEN
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review import finding_store
from mentorsync_pipeline.review.decision_store import end_skips
from mentorsync_pipeline.runtime.code_version import configuration_version

_CONTACTS = dg.AssetKey("raw_gb_full_contacts")
_COLUMN_LINEAGE = "dagster/column_lineage"


@dataclass(frozen=True, slots=True)
class YearRun:
    """A run of one asset for one campaign year.

    Attributes:
        checks: names of the checks that run in the step of the asset.
        warning_counts: number of warnings that the asset recorded, by type.
        state: what the result depends on, if the step may keep its rows.
        last_run: the last run of the asset, if it is settled (`assets.settled_steps`).

    """

    asset_run: AssetRun
    asset: str
    year: int
    config: CampaignConfig
    checks: frozenset[str] = frozenset()
    warning_counts: Counter[str] = field(default_factory=Counter)
    state: StepState | None = None
    last_run: LastRun | None = None

    @property
    def conn(self) -> sa.Connection:
        """The connection of the asset's one transaction."""
        return self.asset_run.conn

    @property
    def now(self) -> datetime:
        """Start time of this run."""
        return self.asset_run.started_at

    def write(
        self,
        table: sa.Table,
        rows: Iterable[Mapping[str, Any]],
        *,
        scope: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Diff:
        """Make the year's rows of a table, or those in `scope`, equal to `rows` (`db.diff_write`)."""
        within = {"campaign_year": self.year, **(scope or {})}
        return sync_rows(self.conn, table, rows, scope=within, log_id=self.asset_run.log_id, **options)

    def record(
        self,
        *,
        conflicts: Sequence[Conflict] = (),
        decisions: Decisions = MappingProxyType({}),
        errors: Sequence[ErrorFinding] = (),
        warnings: Sequence[WarningFinding] = (),
    ) -> dict[str, int]:
        """Store the findings of this asset and close those whose cause is gone; return counts for the report.

        `decisions` are those in force about the conflicts.
        """
        options: dict[str, Any] = {"source_table": self.asset, "log_id": self.asset_run.log_id, "now": self.now}
        counts = {
            "conflicts": finding_store.record_conflicts(
                self.conn, self.year, conflicts, decisions=decisions, **options
            ),
            "errors": finding_store.record_errors(self.conn, self.year, errors, **options),
            "warnings": finding_store.record_warnings(self.conn, self.year, warnings, **options),
        }
        if conflicts and CONFLICTS not in self.checks:
            raise TypeError(f"{self.asset} raises conflicts: declare it with raises_conflicts=True.")
        self.warning_counts.update(warning.warning_type for warning in warnings)
        opened = {f"{kind} new": recorded.opened for kind, recorded in counts.items() if recorded.opened}
        if counts["conflicts"].asked_again:
            opened[finding_store.ASKED_AGAIN] = counts["conflicts"].asked_again
        return {kind: recorded.open for kind, recorded in counts.items()} | opened

    def report(
        self,
        *,
        rows_in: int,
        diff: Diff,
        counts: Mapping[str, int | str],
        lineage: dg.TableColumnLineage | None = None,
    ) -> dg.MaterializeResult[None]:
        """Log the run and return its Dagster metadata: counts and column lineage."""
        self.asset_run.report(rows_in=rows_in, diff=diff, **counts)
        if self.state is not None:
            self.state.store(self.asset_run, counts, self.warning_counts)
        columns = {_COLUMN_LINEAGE: lineage} if lineage else {}
        readable = {name.replace("_", " "): count for name, count in counts.items()}
        return dg.MaterializeResult(
            metadata={"rows read": rows_in, **diff_metadata(diff), **readable, **columns},
            check_results=self._run_checks(),
        )

    def settle(self, context: dg.AssetExecutionContext, records_hash: str | None) -> "YearRun":
        """Return this run with `last_run` if its service returned the same records then, and nothing else has changed.

        Args:
            records_hash: hash of the returned records, and of settings that are not in the configuration of the year;
                None if they cannot be compared.

        """
        if records_hash is None or context.run.job_name != SYNC or not may_keep_rows(context.run):
            return self
        state = read_source_step_state(context, self.asset_run, self.config, records_hash)
        return replace(self, state=state, last_run=state.read_last_run(self.conn))

    def report_settled(self, last_run: LastRun) -> dg.MaterializeResult[None]:
        """Log a run that keeps the rows of `last_run`, and return its metadata (as `report`). Due skips end."""
        self.warning_counts.update(last_run.warning_counts)
        self.asset_run.details |= {**last_run.details, **self.asset_run.details}
        if CONFLICTS in self.checks:
            end_skips(self.conn, self.year, self.asset, now=self.now)
        result = self.report(rows_in=last_run.rows_in, diff=Diff(unchanged=last_run.rows), counts=last_run.counts)
        kept = f"data, settings and program unchanged since before the run of {last_run.started_at:%Y-%m-%d %H:%M} UTC"
        return result._replace(metadata={**(result.metadata or {}), "rows kept": kept})

    def _run_checks(self) -> list[dg.AssetCheckResult]:
        """Run the checks on the written rows, in the same transaction."""
        results = []
        if STRUCTURE in self.checks:
            results += run_table_checks(
                self.conn,
                BY_ASSET[self.asset],
                year=self.year,
                log_id=self.asset_run.log_id,
                now=self.now,
                warning_counts=self.warning_counts,
            )
        if CONFLICTS in self.checks:
            results.append(check_open_conflicts(self.conn, self.asset, self.year))
        return results


@contextmanager
def year_run(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    clock: ClockResource,
    *,
    in_closed_year: bool = False,
    may_settle: bool = False,
) -> Iterator[YearRun]:
    """Run the asset of `context` for its campaign year, in one transaction (`db.asset_run`).

    `in_closed_year` allows the run in a year that is closed. With `may_settle`, the run has `last_run` if the step is
    settled: it depends on nothing but tables, rules and settings.

    Raises:
        ConfigMissingError: the year is not configured; the error names the command to run.
        YearClosedError: the year is closed.

    """
    asset, year = context.asset_key.to_user_string(), int(context.partition_key)
    with run_asset(
        warehouse.engine,
        asset=asset,
        run_id=context.run.run_id,
        job=context.run.job_name,
        now=clock.now,
        year=year,
        open_years=() if in_closed_year else None,
    ) as current:
        configured = read_config(current.conn, year)
        config = find_labels(current.conn, configured).config
        current.details |= {
            "code_version": context.assets_def.code_versions_by_key[context.asset_key],
            "configuration": configuration_version(configured),
        }
        if _CONTACTS in context.assets_def.asset_deps[context.asset_key]:
            current.details[CONTACTS_SEEN] = contact_queries.read_last_change_log_id(current.conn)
        checks = frozenset(spec.name for spec in context.assets_def.check_specs)
        state = last_run = None
        if may_settle and may_keep_rows(context.run):
            state = read_step_state(context, current, config)
            last_run = state.read_last_run(current.conn)
        yield YearRun(current, asset, year, config, checks, state=state, last_run=last_run)


def run_step(
    calculate: Callable[[YearRun], dg.MaterializeResult[None]],
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    clock: ClockResource,
) -> dg.MaterializeResult[None]:
    """Run a step (`year_asset.year_step`), or keep its rows if it is settled; add the column lineage of its table."""
    with year_run(context, warehouse, clock, may_settle=True) as run:
        result = calculate(run) if run.last_run is None else run.report_settled(run.last_run)
    lineage = find_column_lineage(run.asset)
    columns = {_COLUMN_LINEAGE: lineage} if lineage else {}
    return result._replace(metadata={**(result.metadata or {}), **columns})
