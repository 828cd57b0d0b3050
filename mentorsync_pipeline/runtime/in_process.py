"""Run a job of the code location in this process, on the one instance, so that it is seen in Dagster's UI."""

import contextlib
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, cast

import dagster as dg

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.dagster_internals import (
    InMemoryJob,
    LoadableTargetOrigin,
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
    execute_run_iterator,
    partition_loading_context,
)
from mentorsync_pipeline.runtime.interruptible_waits import give_places_back, wait_after
from mentorsync_pipeline.runtime.orphaned_runs import PROCESS_TAG, this_process
from mentorsync_pipeline.runtime.run_options import config_dict
from mentorsync_pipeline.runtime.run_report import RunReport, is_interruption

__all__ = ["Listener", "RunReport", "UnknownYearError", "run_job"]

LOCATION = "mentorsync"  # as workspace.yaml names it
MODULE = "mentorsync_pipeline.definitions"


class UnknownYearError(MentorSyncError):
    """A campaign year that is no partition."""

    code = "YEAR_UNKNOWN"


Listener = Callable[[dg.DagsterEvent], None]


def run_job(
    instance: dg.DagsterInstance,
    defs: dg.Definitions,
    job: str,
    *,
    year: int | None = None,
    config: dg.RunConfig | Mapping[str, Any] | None = None,
    assets: Sequence[str] | None = None,
    listener: Listener | None = None,
) -> RunReport:
    """Run a job to its end and report; a failing step does not raise, see `RunReport.raise_on_failure`.

    `year` is the partition of a partitioned job, `config` the run configuration (`runtime.run_options`),
    `assets` restricts the job to some of its assets, `listener` hears every event as it happens. Raises
    UnknownYearError for a year that is no partition, KeyboardInterrupt when it was stopped; the run is canceled then.
    """
    definition = defs.resolve_job_def(job).with_executor_def(dg.in_process_executor)
    tags = {PROCESS_TAG: this_process(), **_partition_tags(definition, year)}
    keys = frozenset(dg.AssetKey(name) for name in assets) if assets is not None else None
    run = instance.create_run_for_job(
        definition.get_subset(asset_selection=keys) if keys else definition,
        run_config=config_dict(config),
        tags=tags,
        asset_selection=keys,
        remote_job_origin=_origin(job),
    )
    report = RunReport(run_id=run.run_id, job=job, year=year)
    started = time.monotonic()
    try:
        with _without_console_log():
            stopped = _run_to_its_end(instance, InMemoryJob(definition), run, report, listener)
    finally:
        give_places_back(instance, run.run_id)
    report.seconds = time.monotonic() - started
    if stopped:
        raise KeyboardInterrupt
    return report


def _run_to_its_end(
    instance: dg.DagsterInstance, job: InMemoryJob, run: dg.DagsterRun, report: RunReport, listener: Listener | None
) -> bool:
    """Execute the run; say whether it was stopped by Ctrl-C or a termination.

    Dagster would try an interrupted step again if it has a retry policy, and call the run failed if it has none.
    """
    events = cast("Generator[dg.DagsterEvent, None, None]", execute_run_iterator(job, run, instance))
    with contextlib.closing(events):
        for event in events:
            report.take(event)
            interrupted = is_interruption(event)
            if not interrupted and listener is not None:
                listener(event)
            if interrupted or not wait_after(instance, run.run_id, event):
                if event.step_key is not None:  # the run goes on, so its end can still be told from a failure
                    instance.report_run_canceling(run)
                return True
    return False


def _partition_tags(job: dg.JobDefinition, year: int | None) -> Mapping[str, str]:
    if year is None:
        return {}
    keys = job.partitions_def.get_partition_keys() if job.partitions_def else []
    if str(year) not in keys:
        raise UnknownYearError(
            f"{year} is not a campaign year between {keys[0]} and {keys[-1]}." if keys else f"{job.name} has no years.",
            "Give one of these years, or set MENTORSYNC_FIRST_YEAR to an earlier one.",
        )
    with partition_loading_context():
        return job.get_tags_for_partition_key(str(year), selected_asset_keys=None)


def _origin(job: str) -> RemoteJobOrigin:
    """Where the UI finds the job that the run belongs to, so that it links to it and can run it again."""
    target = LoadableTargetOrigin(module_name=MODULE)
    location = ManagedGrpcPythonEnvCodeLocationOrigin(target, location_name=LOCATION)
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job)


@contextlib.contextmanager
def _without_console_log() -> Iterator[None]:
    """Keep Dagster's console log off the terminal; the events are in the instance, and the listener tells the rest."""
    with (
        open(os.devnull, "w") as nowhere,  # noqa: PTH123  # os.devnull is a name, not a path of ours
        contextlib.redirect_stderr(nowhere),
        contextlib.redirect_stdout(nowhere),
    ):
        yield
