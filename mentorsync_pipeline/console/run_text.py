"""Describe a run for a person: assets, failures with next steps, failed checks, and who started it."""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.console.dagster_client import Run
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.db import audit
from mentorsync_pipeline.db.run_log import AssetRunRecord, read_asset_runs
from mentorsync_pipeline.db.tables import mentors
from mentorsync_pipeline.loop.run_results import RunResult, read_run_result
from mentorsync_pipeline.runtime.run_report import CheckOutcome, Failure, RunReport, is_interruption

_REPORTED_EVENTS = {
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDescription:
    """A run with its assets, failures and result. `checks` are failed checks; `started_by` is None for automatic runs.

    `stopped_by` is the person who stopped the run here. The step that a stop interrupts is no failure.

    `result` is None before the first step has ended.
    """

    run: Run
    assets: Sequence[AssetRunRecord]
    failures: Sequence[Failure]
    checks: Sequence[CheckOutcome]
    started_by: str | None
    stopped_by: str | None
    result: RunResult | None
    link: str

    @property
    def has_calculated(self) -> bool:
        """Whether the run has calculated the mentors."""
        return any(asset.asset == mentors.name and asset.status == "success" for asset in self.assets)


def describe_run(services: Services, conn: sa.Connection, run_id: str) -> RunDescription:
    """Describe a run. Raises RunNotFoundError and DagsterUnavailableError."""
    run = services.dagster.run(run_id)
    report = RunReport(run_id=run_id, job=run.job, year=run.year)
    with services.instance() as instance:
        for entry in instance.all_logs(run_id, of_type=_REPORTED_EVENTS):
            event = entry.dagster_event
            if event is not None and not (run.is_stopped and is_interruption(event)):
                report.add_event(event)
    began = audit.read_latest(conn, "run_started", subject=run_id, limit=1)
    stopped = audit.read_latest(conn, "run_stopped", subject=run_id, limit=1)
    return RunDescription(
        run=run,
        assets=read_asset_runs(conn, run_id),
        failures=report.failures,
        checks=report.checks,
        result=read_run_result(conn, run_id),
        started_by=began[0].who if began else None,
        stopped_by=stopped[0].who if stopped else None,
        link=services.dagster.link(run_id),
    )
