"""Recalculate a year after changed rules, decisions, approvals or check-ins: what the sensors of these do.

The jobs `etl`, `etl_to_plan` and `plan_archive` call no service.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.automation.answer_runs import DueRun, find_answer_run
from mentorsync_pipeline.automation.jobs import ETL, PLAN, READ_MENTORS
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.run_log import read_last_log_id
from mentorsync_pipeline.db.step_inputs import find_missing_inputs
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review import error_list
from mentorsync_pipeline.runtime.code_version import configuration_version
from mentorsync_pipeline.runtime.run_attempts import count_attempts, next_run, year_is_busy

_ARCHIVE = (*ETL, PLAN)


def request_outdated_years(context: dg.SensorEvaluationContext, warehouse: WarehouseResource) -> dg.SensorResult:
    """Request the runs of years whose rules, weights or thresholds changed since their last run."""
    versions = _code_versions(context, _ARCHIVE)
    with warehouse.engine.connect() as conn:
        requests = list(
            _run_requests(context.instance, conn, lambda year, config: _outdated_job(conn, year, config, versions))
        )
    return _to_result(requests, "All active years are calculated with the current rules.")


def request_decided_years(
    context: dg.SensorEvaluationContext, warehouse: WarehouseResource, clock: ClockResource
) -> dg.SensorResult:
    """Request the runs of years with decisions, approvals and check-ins to apply, or errors due for a retry."""
    with warehouse.engine.connect() as conn:
        requests = list(_run_requests(context.instance, conn, partial(find_answer_run, conn)))
        years = sorted(configuration.read_active_years(conn)[0])
    requested_years = {request.partition_key for request in requests}
    for year in years:
        if str(year) not in requested_years and not year_is_busy(context.instance, year):
            requests += _retry_runs(context.instance, warehouse.engine, year, clock)
    return _to_result(requests, "No pending decisions and no errors due for a retry.")


def _run_requests(
    instance: dg.DagsterInstance, conn: sa.Connection, due: Callable[[int, CampaignConfig], DueRun | None]
) -> Iterator[dg.RunRequest]:
    """Yield a run for each active year that needs one, has no run in progress and has attempts left."""
    for year, config in configuration.read_active_years(conn)[0].items():
        due_job = due(year, config)
        if due_job is None or year_is_busy(instance, year):
            continue
        previous = count_attempts(instance, due_job.cause)
        # Not after a success: a repeat would not remove the cause either.
        if previous.state == "due":
            yield next_run(due_job.job, due_job.cause, previous, year=year)


def _code_versions(context: dg.SensorEvaluationContext, assets: Sequence[str]) -> dict[str, str | None]:
    """Return the current code versions of the assets."""
    repository = context.repository_def
    if repository is None:
        return {}
    return {name: repository.asset_graph.get(dg.AssetKey(name)).code_version for name in assets}


def _outdated_job(
    conn: sa.Connection, year: int, config: CampaignConfig, versions: Mapping[str, str | None]
) -> DueRun | None:
    """Return the job for a year whose rows or plan were made with other rules or settings, or None.

    With a plan, one run makes both anew, because a plan of other rows is out of date.
    """
    configured = configuration_version(config)
    rows = find_missing_inputs(conn, year, READ_MENTORS, settings_version=configured)
    plan = find_missing_inputs(conn, year, (PLAN,), settings_version=configured)
    if not read_last_log_id(conn, year, ETL[-1:]):
        return None
    if rows.rules or rows.settings or not rows.is_calculated:
        job, assets = ("etl_to_plan", _ARCHIVE) if plan.is_calculated else ("etl", ETL)
        return DueRun(job, _rules_cause(conn, year, assets, versions, configured))
    if plan.is_calculated and (plan.rules or plan.settings):
        return DueRun("plan_archive", _rules_cause(conn, year, (PLAN,), versions))
    return None


def _rules_cause(
    conn: sa.Connection, year: int, assets: Sequence[str], versions: Mapping[str, str | None], *configured: str
) -> str:
    """Return the cause of a run: the new versions and the last log entry, because rules may return to earlier ones."""
    digest = hashlib.sha256(repr([[versions[name] for name in assets], configured]).encode()).hexdigest()[:16]
    return f"rules:{year}:{digest}:after:{read_last_log_id(conn, year, assets)}"


def _retry_runs(
    instance: dg.DagsterInstance, engine: sa.Engine, year: int, clock: ClockResource
) -> Iterator[dg.RunRequest]:
    """Yield a sync for the due errors of a year. Each retry is counted before the run, so that it cannot loop."""
    with engine.begin() as conn:
        ids = [error["id"] for error in error_list.read_due_errors(conn, now=clock.now(), year=year)]
        retried = error_list.count_retry(conn, ids, now=clock.now())
    if retried:
        latest = max(retried, key=lambda error: (error["retry_count"], error["id"]))
        cause = f"errors:{year}:{latest['id']}:{latest['retry_count'] + 1}"
        yield next_run(
            "sync", cause, count_attempts(instance, cause), year=year, tags={"mentorsync/errors": str(len(retried))}
        )


def _to_result(requests: list[dg.RunRequest], otherwise: str) -> dg.SensorResult:
    return dg.SensorResult(run_requests=requests) if requests else dg.SensorResult(skip_reason=otherwise)
