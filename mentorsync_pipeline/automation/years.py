"""The sensors that work a year out again: its rules have changed, or a person has decided something.

No service is called by the job `etl`.
"""

from collections.abc import Callable, Iterator

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.code_version import year_rules
from mentorsync_pipeline.automation.jobs import ETL, job
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review import errors
from mentorsync_pipeline.runtime.attempts import attempts, next_run, year_is_busy
from mentorsync_pipeline.uploads import queries as upload_queries

SECONDS = 60
RULES = "mentorsync/rules"


@dg.sensor(job=job("etl"), minimum_interval_seconds=SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def rules_changed(context: dg.SensorEvaluationContext, warehouse: WarehouseResource) -> dg.SensorResult:
    """Works out again each active year whose tables rest on other rules, weights or thresholds than today's.

    A year that was never worked out waits for its first sync. What people decided stays.
    """
    with warehouse.engine.connect() as conn:
        requests = list(_due(context.instance, conn, lambda year, config: _other_rules(conn, year, config)))
    return _answer(requests, "Every active year rests on today's rules.")


@dg.sensor(
    jobs=[job("etl"), job("sync")], minimum_interval_seconds=SECONDS, default_status=dg.DefaultSensorStatus.RUNNING
)
def decisions(
    context: dg.SensorEvaluationContext, warehouse: WarehouseResource, clock: ClockResource
) -> dg.SensorResult:
    """Applies what people decided, and tries errors again whose time has come.

    A decision needs the year's tables alone. An error that may pass needs fresh data, so the whole year is synced.
    """
    with warehouse.engine.connect() as conn:
        requests = list(_due(context.instance, conn, lambda year, _: _unapplied_decision(conn, year)))
        years = sorted(configuration.active_years(conn)[0])
    asked = {request.partition_key for request in requests}
    for year in years:
        if str(year) not in asked and not year_is_busy(context.instance, year):
            requests += _retries(context.instance, warehouse.engine, year, clock)
    return _answer(requests, "No decision waits, and nothing is due to be tried again.")


def _due(
    instance: dg.DagsterInstance, conn: sa.Connection, cause_of: Callable[[int, CampaignConfig], str | None]
) -> Iterator[dg.RunRequest]:
    """A run of `etl` for each active year that has a cause, no run under way and attempts left."""
    for year, config in configuration.active_years(conn)[0].items():
        cause = cause_of(year, config)
        if cause is None or year_is_busy(instance, year):
            continue
        so_far = attempts(instance, cause)
        # One that succeeded and left the cause standing would do so again.
        if so_far.state == "due":
            yield next_run("etl", cause, so_far, year=year, tags={RULES: year_rules(config)})


def _other_rules(conn: sa.Connection, year: int, config: CampaignConfig) -> str | None:
    last = upload_queries.last_rules(conn, year, ETL)
    now = year_rules(config)
    if last is None or last == {now}:
        return None
    # Rules may come back to what they were: what they follow is a part of the cause.
    return f"rules:{year}:{now}:after:{upload_queries.last_log(conn, year, ETL[-1])}"


def _unapplied_decision(conn: sa.Connection, year: int) -> str | None:
    decided, until = upload_queries.last_decision(conn, year), upload_queries.inputs_seen_until(conn, year, ETL)
    if decided is None or until is None or decided < until:
        return None
    return f"decisions:{year}:{decided.isoformat()}"


def _retries(
    instance: dg.DagsterInstance, engine: sa.Engine, year: int, clock: ClockResource
) -> Iterator[dg.RunRequest]:
    """A sync for the errors of a year that are due; each try is counted before the run, so that it cannot loop."""
    with engine.begin() as conn:
        ids = [one["id"] for one in errors.due(conn, now=clock.now(), year=year)]
        tried = errors.begin_retry(conn, ids, now=clock.now())
    if tried:
        latest = max(tried, key=lambda one: (one["retry_count"], one["id"]))
        cause = f"errors:{year}:{latest['id']}:{latest['retry_count'] + 1}"
        yield next_run("sync", cause, attempts(instance, cause), year=year, tags={"mentorsync/errors": str(len(tried))})


def _answer(requests: list[dg.RunRequest], otherwise: str) -> dg.SensorResult:
    return dg.SensorResult(run_requests=requests) if requests else dg.SensorResult(skip_reason=otherwise)
