"""The job that deletes old runs, because Dagster keeps all runs and events.

The latest run of each asset and campaign year is kept. MentorSync's own tables (`sync_log`, changes, decisions, the
ledger of archived contacts) are not affected. `dagster.yaml` limits ticks; this job also deletes ticks of sensors that
no longer exist.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg
from pydantic import Field

from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.runtime.settings import load_settings

_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_MATERIALIZED = dg.DagsterEventType.ASSET_MATERIALIZATION


@dataclass(frozen=True, slots=True)
class DeletedRuns:
    """Number of old runs that were deleted, and of old runs that are kept as the latest of an asset."""

    deleted: int
    retained: int


class RetentionOptions(dg.Config):
    """Options: delete runs that ended more than `days` days ago (default: MENTORSYNC_KEEP_RUNS_DAYS)."""

    days: int | None = Field(default=None, ge=1)


@dg.op
def delete_old_runs(context: dg.OpExecutionContext, config: RetentionOptions, clock: ClockResource) -> None:
    """Delete old runs with their events and logs."""
    days = config.days or load_settings().keep_runs_days
    result = delete_runs_before(context.instance, before=clock.now() - timedelta(days=days))
    context.add_output_metadata({"runs deleted": result.deleted, "last runs kept": result.retained, "older than": days})


@dg.job
def forget_old_runs() -> None:
    """Delete Dagster's old runs with their logs. The latest run of each asset and year and all tables are kept."""
    delete_old_runs()


def delete_runs_before(instance: dg.DagsterInstance, *, before: datetime) -> DeletedRuns:
    """Delete runs that ended and ticks that happened before a time.

    Safe to interrupt and repeat: a run is deleted completely or not at all.
    """
    latest_runs = set(_last_runs(instance))
    deleted = retained = 0
    for run_id in instance.get_run_ids(dg.RunsFilter(statuses=_FINISHED, updated_before=before)):
        if run_id in latest_runs:
            retained += 1
            continue
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        instance.delete_run(run_id)
        deleted += 1
    for state in instance.all_instigator_state():
        instance.purge_ticks(state.instigator_origin_id, state.selector_id, before=before.timestamp())
    return DeletedRuns(deleted, retained)


def _last_runs(instance: dg.DagsterInstance) -> Iterator[str]:
    """Yield the ids of the latest runs of each asset and partition."""
    for asset in instance.all_asset_keys():
        last = instance.get_latest_materialization_event(asset)
        if last is not None:
            yield last.run_id
        newest = instance.event_log_storage.get_latest_storage_id_by_partition(asset, _MATERIALIZED)
        if newest:
            records_filter = dg.AssetRecordsFilter(asset, storage_ids=list(newest.values()))
            for record in instance.fetch_materializations(records_filter, limit=len(newest)).records:
                yield record.run_id
