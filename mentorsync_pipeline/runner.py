"""Run a job of the code location in this process, on the one instance, so that it is seen in Dagster's UI.

Which jobs there are does not belong here (`jobs`), nor how a run is shown to a person (`cli`).
"""

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.execution.api import execute_run_iterator
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from mentorsync_pipeline.errors import MentorSyncError

LOCATION = "mentorsync"  # as workspace.yaml names it
MODULE = "mentorsync_pipeline.definitions"
STARTED_BY = "mentorsync/started_by"

# "module.Class: CODE: message", as Dagster keeps an error of ours.
_OUR_ERROR = re.compile(r"^[\w.]+: (?P<code>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): (?P<text>.*)$", re.DOTALL)


class UnknownYearError(MentorSyncError):
    """A campaign year that is no partition."""

    code = "YEAR_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Failure:
    """One step that failed: a stable code and one line that a person can act on."""

    step: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """One check that did not pass; only a blocking one of severity ERROR stops the run."""

    asset: str
    check: str
    severity: str
    description: str
    metadata: Mapping[str, Any]


@dataclass(slots=True)
class RunReport:
    """What a run did: each asset with the metadata that it reported, the checks that did not pass, what failed."""

    run_id: str
    job: str
    year: int | None
    success: bool = False
    seconds: float = 0.0
    assets: dict[str, dict[str, Any]] = field(default_factory=dict)
    checks: list[CheckOutcome] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def raise_on_failure(self) -> None:
        """Raise a MentorSyncError with the first failure's code when the run failed."""
        if self.success:
            return
        if not self.failures:
            raise MentorSyncError(f"Run {self.run_id} ended early.", "Look at it in Dagster's UI.", code="RUN_FAILED")
        first = self.failures[0]
        raise RunFailedError(first, self.run_id)


class RunFailedError(MentorSyncError):
    """A run that failed, told by its first failure."""

    def __init__(self, failure: Failure, run_id: str) -> None:
        super().__init__(failure.message, f"(step {failure.step}, run {run_id})", code=failure.code)


Listener = Callable[[dg.DagsterEvent], None]


def run_job(
    instance: dg.DagsterInstance,
    defs: dg.Definitions,
    job: str,
    *,
    year: int | None = None,
    config: Mapping[str, Any] | None = None,
    assets: Sequence[str] | None = None,
    listener: Listener | None = None,
) -> RunReport:
    """Run a job to its end and report; a failing step does not raise, see `RunReport.raise_on_failure`.

    `year` is the partition of a partitioned job, `config` the run configuration (`{"ops": {asset: {"config": …}}}`),
    `assets` restricts the job to some of its assets, `listener` hears every event as it happens. Raises
    UnknownYearError for a year that is no partition.
    """
    definition = defs.resolve_job_def(job)
    tags = {STARTED_BY: "mentorsync", **_partition_tags(definition, year)}
    keys = frozenset(dg.AssetKey(name) for name in assets) if assets is not None else None
    run = instance.create_run_for_job(
        definition.get_subset(asset_selection=keys) if keys else definition,
        run_config=dict(config or {}),
        tags=tags,
        asset_selection=keys,
        remote_job_origin=_origin(job),
    )
    report = RunReport(run_id=run.run_id, job=job, year=year)
    started = time.monotonic()
    with _without_console_log():
        for event in execute_run_iterator(InMemoryJob(definition), run, instance):
            _take(report, event)
            if listener is not None:
                listener(event)
    report.seconds = time.monotonic() - started
    return report


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


def _take(report: RunReport, event: dg.DagsterEvent) -> None:
    """Add one event to the report."""
    kind = event.event_type
    if kind == dg.DagsterEventType.RUN_SUCCESS:
        report.success = True
    elif kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
        materialization = event.step_materialization_data.materialization
        report.assets[materialization.asset_key.to_user_string()] = _plain_values(materialization.metadata)
    elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        outcome = event.asset_check_evaluation_data
        if not outcome.passed:
            report.checks.append(
                CheckOutcome(
                    asset=outcome.asset_key.to_user_string(),
                    check=outcome.check_name,
                    severity=outcome.severity.value,
                    description=outcome.description or "",
                    metadata=_plain_values(outcome.metadata),
                )
            )
    elif kind == dg.DagsterEventType.STEP_FAILURE:
        report.failures.append(_failure(event.step_key or "", event.step_failure_data.error, report.checks))
    elif kind == dg.DagsterEventType.RUN_FAILURE and not report.failures and event.job_failure_data.error:
        report.failures.append(_failure("run", event.job_failure_data.error, report.checks))


def _plain_values(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers and texts among metadata; schemas and lineage are for the UI."""
    values = {name: entry.value for name, entry in metadata.items()}
    return {name: value for name, value in values.items() if isinstance(value, (str, int, float, list, dict))}


def _failure(step: str, error: Any, checks: Sequence[CheckOutcome]) -> Failure:
    """Our own error's code and text, found along the causes; of any other only its kind: its text may be private."""
    kind = "unknown"
    while error is not None:
        ours = _OUR_ERROR.match(error.message.strip())
        if ours:
            return Failure(step, ours["code"], " ".join(ours["text"].split()))
        kind, error = error.cls_name or kind, error.cause
    if kind == "DagsterAssetCheckFailedError":
        said = " ".join(f"{check.asset}: {check.description}" for check in checks if check.severity == "ERROR")
        return Failure(step, "CHECK_FAILED", said)
    return Failure(step, "UNEXPECTED", f"{kind}; Dagster's UI shows where.")
