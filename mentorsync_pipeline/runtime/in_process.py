"""Run a job of the code location in this process, on the shared instance, so that Dagster's UI shows it."""

import contextlib
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, cast

import dagster as dg

from mentorsync_pipeline.runtime.dagster_internals import (
    InMemoryJob,
    LoadableTargetOrigin,
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
    execute_run_iterator,
    partition_loading_context,
)
from mentorsync_pipeline.runtime.interruptible_waits import release_pool_slots, wait_after
from mentorsync_pipeline.runtime.orphaned_runs import PROCESS_TAG, process_tag_value
from mentorsync_pipeline.runtime.run_options import UnknownYearError, to_config_dict
from mentorsync_pipeline.runtime.run_report import RunReport, is_interruption

__all__ = ["Listener", "RunReport", "UnknownYearError", "run_job"]

LOCATION = "mentorsync"  # as in workspace.yaml
MODULE = "mentorsync_pipeline.definitions"


Listener = Callable[[dg.DagsterEvent], None]


def run_job(
    instance: dg.DagsterInstance,
    defs: dg.Definitions,
    job: str,
    *,
    year: int | None = None,
    config: dg.RunConfig | Mapping[str, Any] | None = None,
    assets: Sequence[str] | None = None,
    tags: Mapping[str, str] | None = None,
    listener: Listener | None = None,
) -> RunReport:
    """Run a job and return its report. A failed step does not raise; see `RunReport.raise_on_failure`.

    Args:
        year: partition of a partitioned job.
        config: run configuration (`runtime.run_options`).
        assets: restrict the job to these assets.
        tags: further tags of the run.
        listener: called with every event of the run.

    Raises:
        UnknownYearError: the year is not a partition.
        KeyboardInterrupt: the run was stopped; it is canceled.

    """
    definition = defs.resolve_job_def(job).with_executor_def(dg.in_process_executor)
    all_tags = {PROCESS_TAG: process_tag_value(), **(tags or {}), **_partition_tags(definition, year)}
    keys = frozenset(dg.AssetKey(name) for name in assets) if assets is not None else None
    run = instance.create_run_for_job(
        definition.get_subset(asset_selection=keys) if keys else definition,
        run_config=to_config_dict(config),
        tags=all_tags,
        asset_selection=keys,
        remote_job_origin=_job_origin(job),
    )
    report = RunReport(run_id=run.run_id, job=job, year=year)
    started = time.monotonic()
    try:
        with _without_console_log():
            stopped = _execute_run(instance, InMemoryJob(definition), run, report, listener)
    finally:
        release_pool_slots(instance, run.run_id)
    report.seconds = time.monotonic() - started
    if stopped:
        raise KeyboardInterrupt
    return report


def _execute_run(
    instance: dg.DagsterInstance, job: InMemoryJob, run: dg.DagsterRun, report: RunReport, listener: Listener | None
) -> bool:
    """Execute the run; return whether Ctrl-C or a termination stopped it.

    Dagster would retry an interrupted step that has a retry policy, and mark the run as failed otherwise.
    """
    events = cast("Generator[dg.DagsterEvent, None, None]", execute_run_iterator(job, run, instance))
    with contextlib.closing(events):
        for event in events:
            report.add_event(event)
            interrupted = is_interruption(event)
            if not interrupted and listener is not None:
                listener(event)
            if interrupted or not wait_after(instance, run.run_id, event):
                if event.step_key is not None:  # Dagster then marks the run as canceled, not failed
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
            "Use one of these years, or set MENTORSYNC_FIRST_YEAR to an earlier year.",
        )
    with partition_loading_context():
        return job.get_tags_for_partition_key(str(year), selected_asset_keys=None)


def _job_origin(job: str) -> RemoteJobOrigin:
    """Return the origin of a job, so that the UI links the run to it and can repeat the run."""
    target = LoadableTargetOrigin(module_name=MODULE)
    location = ManagedGrpcPythonEnvCodeLocationOrigin(target, location_name=LOCATION)
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job)


@contextlib.contextmanager
def _without_console_log() -> Iterator[None]:
    """Suppress Dagster's console log; the instance stores the events, and the listener prints progress."""
    with (
        open(os.devnull, "w") as devnull,  # noqa: PTH123  # os.devnull is a name, not a path
        contextlib.redirect_stderr(devnull),
        contextlib.redirect_stdout(devnull),
    ):
        yield
