"""The result of a run, collected from its events: values of assets, failed checks and failed steps."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from mentorsync_pipeline.domain.errors import CONNECTION_ERRORS, MentorSyncError, connection_lost

# A stored MentorSyncError: "module.Class: CODE: message".
_MENTORSYNC_ERROR = re.compile(r"^[\w.]+: (?P<code>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): (?P<text>.*)$", re.DOTALL)
_INTERRUPTIONS = frozenset({"DagsterExecutionInterruptedError", "KeyboardInterrupt"})


class RunFailedError(MentorSyncError):
    """A run failed; the error is its first failure."""

    code = "RUN_FAILED"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed step: its error code and one line with the message and the next step."""

    step: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """A failed check. Only a blocking check with severity ERROR stops the run."""

    asset: str
    check: str
    severity: str
    description: str
    metadata: Mapping[str, Any]


@dataclass(slots=True)
class RunReport:
    """The result of a run: reported values of each asset, failed checks and failed steps."""

    run_id: str
    job: str
    year: int | None
    success: bool = False
    seconds: float = 0.0
    assets: dict[str, dict[str, Any]] = field(default_factory=dict)
    checks: list[CheckOutcome] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def raise_on_failure(self) -> None:
        """Raise RunFailedError with the code of the first failure if the run failed."""
        if self.success:
            return
        if not self.failures:
            raise RunFailedError(f"Run {self.run_id} ended early.", "See its events in Dagster's UI.")
        first = self.failures[0]
        raise RunFailedError(first.message, f"(step {first.step}, run {self.run_id})", code=first.code)

    def add_event(self, event: dg.DagsterEvent) -> None:
        """Add an event of the run."""
        kind = event.event_type
        if kind == dg.DagsterEventType.RUN_SUCCESS:
            self.success = True
        elif kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
            self.add_materialization(event.step_materialization_data.materialization)
        elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self.add_check(event.asset_check_evaluation_data)
        elif kind == dg.DagsterEventType.STEP_FAILURE:
            self.add_failure(event.step_key or "", event.step_failure_data.error)
        elif kind == dg.DagsterEventType.RUN_FAILURE and not self.failures and event.job_failure_data.error:
            self.add_failure("run", event.job_failure_data.error)

    def add_materialization(self, materialization: dg.AssetMaterialization) -> None:
        """Add the reported values of an asset."""
        self.assets[materialization.asset_key.to_user_string()] = _plain_values(materialization.metadata)

    def add_check(self, outcome: dg.AssetCheckEvaluation) -> None:
        """Add the result of a check if it failed."""
        if not outcome.passed:
            self.checks.append(
                CheckOutcome(
                    asset=outcome.asset_key.to_user_string(),
                    check=outcome.check_name,
                    severity=outcome.severity.value,
                    description=outcome.description or "",
                    metadata=_plain_values(outcome.metadata),
                )
            )

    def add_failure(self, step: str, error: Any) -> None:
        """Add the stored error of a failed step."""
        self.failures.append(_failure(step, error, self.checks))


def is_interruption(event: dg.DagsterEvent) -> bool:
    """Whether a step or the run ended because of Ctrl-C or a termination.

    Dagster treats an interruption like an error: it applies the step's retry policy, or marks the run as failed.
    """
    kind = event.event_type
    if kind == dg.DagsterEventType.STEP_FAILURE:
        error = event.step_failure_data.error
    elif kind == dg.DagsterEventType.STEP_UP_FOR_RETRY:
        error = event.step_retry_data.error
    elif kind == dg.DagsterEventType.RUN_FAILURE:
        error = event.job_failure_data.error
    else:
        return False
    return any(cause.cls_name in _INTERRUPTIONS for cause in _causes(error))


def _causes(error: Any) -> Iterator[Any]:
    """Yield a stored error and its causes."""
    while error is not None:
        yield error
        error = error.cause


def _plain_values(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of metadata that are plain data; schemas and lineage are left out."""
    values = {name: entry.value for name, entry in metadata.items()}
    return {name: value for name, value in values.items() if isinstance(value, (str, int, float, list, dict))}


def _failure(step: str, error: Any, checks: Sequence[CheckOutcome]) -> Failure:
    """Return code and text of a MentorSyncError among the causes; only the class of others, as texts may be private."""
    kind = "unknown"
    for cause in _causes(error):
        match = _MENTORSYNC_ERROR.match(cause.message.strip())
        if match:
            return Failure(step, match["code"], " ".join(match["text"].split()))
        kind = cause.cls_name or kind
    if kind == "DagsterAssetCheckFailedError":
        failures = " ".join(f"{check.asset}: {check.description}" for check in checks if check.severity == "ERROR")
        return Failure(step, "CHECK_FAILED", failures)
    if kind in CONNECTION_ERRORS:  # of Dagster's storage; those of a step's own connection have a code already
        lost = connection_lost()
        return Failure(step, lost.code, f"{lost.message} {lost.what_to_do}")
    return Failure(step, "UNEXPECTED_ERROR", f"{kind}. See the step's error in Dagster's UI.")
