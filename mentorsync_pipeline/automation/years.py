"""The sensors that recalculate a year: its rules have changed, or a person has decided, approved or recorded something.

The jobs `etl` and `plan_archive` call no service.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.code_version import configuration_version
from mentorsync_pipeline.attendance import queries as attendance_queries
from mentorsync_pipeline.automation.jobs import ETL, PLAN, job
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review import errors
from mentorsync_pipeline.runtime.attempts import count_attempts, next_run, year_is_busy
from mentorsync_pipeline.uploads import queries as upload_queries

SECONDS = 60
_ARCHIVE = (*ETL, PLAN)


@dataclass(frozen=True, slots=True)
class _Due:
    """A job that a year needs, and what for."""

    job: str
    cause: str


@dg.sensor(
    jobs=[job("etl"), job("plan_archive")],
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def rules_changed(context: dg.SensorEvaluationContext, warehouse: WarehouseResource) -> dg.SensorResult:
    """Recalculates each active year whose tables were made by other rules, weights or thresholds than today's.

    A year that was never calculated is left for its first sync. What people decided stays.
    """
    versions = _code_versions(context, _ARCHIVE)
    with warehouse.engine.connect() as conn:
        requests = list(_requests(context.instance, conn, lambda year, config: _outdated(conn, year, config, versions)))
    return _answer(requests, "Every active year rests on today's rules.")


@dg.sensor(
    jobs=[job("etl"), job("plan_archive"), job("sync")],
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def decisions(
    context: dg.SensorEvaluationContext, warehouse: WarehouseResource, clock: ClockResource
) -> dg.SensorResult:
    """Applies what people decided, approved and recorded, and tries errors again that are due.

    Decisions, check-ins and answers to the archive plan need the year's tables alone. An error that may pass needs
    fresh data, so the whole year is synced.
    """
    with warehouse.engine.connect() as conn:
        requests = list(_requests(context.instance, conn, lambda year, _: _unapplied(conn, year)))
        years = sorted(configuration.active_years(conn)[0])
    asked = {request.partition_key for request in requests}
    for year in years:
        if str(year) not in asked and not year_is_busy(context.instance, year):
            requests += _retries(context.instance, warehouse.engine, year, clock)
    return _answer(requests, "No decision waits, and nothing is due to be tried again.")


def _requests(
    instance: dg.DagsterInstance, conn: sa.Connection, due: Callable[[int, CampaignConfig], _Due | None]
) -> Iterator[dg.RunRequest]:
    """A run for each active year that needs one, has no run in flight and has attempts left."""
    for year, config in configuration.active_years(conn)[0].items():
        needed = due(year, config)
        if needed is None or year_is_busy(instance, year):
            continue
        so_far = count_attempts(instance, needed.cause)
        # One that succeeded and left the cause standing would do so again.
        if so_far.state == "due":
            yield next_run(needed.job, needed.cause, so_far, year=year)


def _code_versions(context: dg.SensorEvaluationContext, assets: Sequence[str]) -> dict[str, str | None]:
    """Today's code versions of these assets."""
    repository = context.repository_def
    if repository is None:
        return {}
    return {name: repository.asset_graph.get(dg.AssetKey(name)).code_version for name in assets}


def _outdated(
    conn: sa.Connection, year: int, config: CampaignConfig, versions: Mapping[str, str | None]
) -> _Due | None:
    """What a year needs whose rows were made by other code or another configuration; see `assets.code_version`."""
    made = upload_queries.last_versions(conn, year, _ARCHIVE)
    configured = configuration_version(config)
    if ETL[-1] not in made:
        return None
    if any(made.get(name) != (versions[name], configured) for name in ETL):
        return _Due("etl", _rules_cause(conn, year, ETL, versions, configured))
    # Of the configuration the guard alone depends on its own values, and it is judged when a plan is carried out.
    if PLAN in made and made[PLAN][0] != versions[PLAN]:
        return _Due("plan_archive", _rules_cause(conn, year, (PLAN,), versions))
    return None


def _rules_cause(
    conn: sa.Connection, year: int, assets: Sequence[str], versions: Mapping[str, str | None], *configured: str
) -> str:
    """The rules that these assets lack, and what they follow: rules may come back to what they were."""
    today = hashlib.sha256(repr([[versions[name] for name in assets], configured]).encode()).hexdigest()[:16]
    return f"rules:{year}:{today}:after:{upload_queries.last_log(conn, year, assets)}"


def _unapplied(conn: sa.Connection, year: int) -> _Due | None:
    """What a year needs because of a decision, a check-in or an answer to its archive plan that its tables lack."""
    calculated = upload_queries.inputs_seen_until(conn, year, ETL)
    planned = upload_queries.inputs_seen_until(conn, year, (PLAN,))
    decided = upload_queries.last_decision(conn, year)
    answered = upload_queries.last_archive_answer(conn, year)
    observed = attendance_queries.last_change(conn, year)
    if decided is not None and calculated is not None and decided >= calculated:
        return _Due("etl", f"decisions:{year}:{decided.isoformat()}")
    if observed is not None and calculated is not None and observed >= calculated:
        return _Due("etl", f"attendance:{year}:{observed.isoformat()}")
    if answered is not None and calculated is not None and answered >= calculated:
        return _Due("etl", f"approvals:{year}:{answered.isoformat()}")
    if answered is not None and planned is not None and answered >= planned:
        return _Due("plan_archive", f"approvals:{year}:{answered.isoformat()}:plan")
    return None


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
        yield next_run(
            "sync", cause, count_attempts(instance, cause), year=year, tags={"mentorsync/errors": str(len(tried))}
        )


def _answer(requests: list[dg.RunRequest], otherwise: str) -> dg.SensorResult:
    return dg.SensorResult(run_requests=requests) if requests else dg.SensorResult(skip_reason=otherwise)
