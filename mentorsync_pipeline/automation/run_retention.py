"""The job that forgets old runs: Dagster keeps every run and each of its events for ever, and so grows without end.

What people rely on stays whatever its age: the run that last made an asset of a campaign year, which says what its
tables rest on, and `sync_log`, the changes, decisions and the archive's ledger, which are tables of our own. Ticks are
purged by `dagster.yaml`; those of sensors that are no more are purged here. When this runs belongs to `schedules`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg
from pydantic import Field

from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.runtime.settings import load_settings

_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_MADE = dg.DagsterEventType.ASSET_MATERIALIZATION


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many runs were old and are gone, and how many of the old ones stay as the last of an asset."""

    gone: int
    kept: int


class OldRuns(dg.Config):
    """Runs that ended more than `days` days ago; without it, MENTORSYNC_KEEP_RUNS_DAYS."""

    days: int | None = Field(default=None, ge=1)


@dg.op
def delete_old_runs(context: dg.OpExecutionContext, config: OldRuns, clock: ClockResource) -> None:
    """Delete what Dagster keeps of old runs: events, logs and the runs themselves."""
    days = config.days or load_settings().keep_runs_days
    forgotten = forget(context.instance, before=clock.now() - timedelta(days=days))
    context.add_output_metadata({"runs deleted": forgotten.gone, "last runs kept": forgotten.kept, "older than": days})


@dg.job
def forget_old_runs() -> None:
    """Delete Dagster's old runs with their logs; the last run of each asset and year stays, and so do our tables."""
    delete_old_runs()


def forget(instance: dg.DagsterInstance, *, before: datetime) -> Forgotten:
    """Delete the runs that ended before the moment, and ticks from before it.

    Interrupted and repeated, it goes on where it was: a run is deleted whole or stays.
    """
    needed = set(_last_runs(instance))
    gone = kept = 0
    for run_id in instance.get_run_ids(dg.RunsFilter(statuses=_FINISHED, updated_before=before)):
        if run_id in needed:
            kept += 1
            continue
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        instance.delete_run(run_id)
        gone += 1
    for state in instance.all_instigator_state():
        instance.purge_ticks(state.instigator_origin_id, state.selector_id, before=before.timestamp())
    return Forgotten(gone, kept)


def _last_runs(instance: dg.DagsterInstance) -> Iterator[str]:
    """The runs that last made each asset, for each of its partitions."""
    for asset in instance.all_asset_keys():
        last = instance.get_latest_materialization_event(asset)
        if last is not None:
            yield last.run_id
        newest = instance.event_log_storage.get_latest_storage_id_by_partition(asset, _MADE)
        if newest:
            found = dg.AssetRecordsFilter(asset, storage_ids=list(newest.values()))
            for record in instance.fetch_materializations(found, limit=len(newest)).records:
                yield record.run_id
