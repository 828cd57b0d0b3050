"""What a run did, gathered from its events: values of assets, checks that did not pass, what failed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from mentorsync_pipeline.domain.errors import MentorSyncError

# "module.Class: CODE: message", as Dagster keeps an error of ours.
_OUR_ERROR = re.compile(r"^[\w.]+: (?P<code>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): (?P<text>.*)$", re.DOTALL)
_INTERRUPTIONS = frozenset({"DagsterExecutionInterruptedError", "KeyboardInterrupt"})


class RunFailedError(MentorSyncError):
    """A run that failed, told by its first failure."""

    code = "RUN_FAILED"


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
    """What a run did: each asset with the values that it reported, the checks that did not pass, what failed."""

    run_id: str
    job: str
    year: int | None
    success: bool = False
    seconds: float = 0.0
    assets: dict[str, dict[str, Any]] = field(default_factory=dict)
    checks: list[CheckOutcome] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def raise_on_failure(self) -> None:
        """Raise RunFailedError with the first failure's code when the run failed."""
        if self.success:
            return
        if not self.failures:
            raise RunFailedError(f"Run {self.run_id} ended early.", "Look at it in Dagster's UI.")
        first = self.failures[0]
        raise RunFailedError(first.message, f"(step {first.step}, run {self.run_id})", code=first.code)

    def take(self, event: dg.DagsterEvent) -> None:
        """Add one event of the run."""
        kind = event.event_type
        if kind == dg.DagsterEventType.RUN_SUCCESS:
            self.success = True
        elif kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
            materialization = event.step_materialization_data.materialization
            self.assets[materialization.asset_key.to_user_string()] = _plain_values(materialization.metadata)
        elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            outcome = event.asset_check_evaluation_data
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
        elif kind == dg.DagsterEventType.STEP_FAILURE:
            self.failures.append(_failure(event.step_key or "", event.step_failure_data.error, self.checks))
        elif kind == dg.DagsterEventType.RUN_FAILURE and not self.failures and event.job_failure_data.error:
            self.failures.append(_failure("run", event.job_failure_data.error, self.checks))


def is_interruption(event: dg.DagsterEvent) -> bool:
    """Whether a step or the run ended because of Ctrl-C or a termination.

    Dagster does not say so plainly: it lets a step's retry policy answer to it, and calls the run failed.
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
    """An error as Dagster keeps it, and what it was raised from."""
    while error is not None:
        yield error
        error = error.cause


def _plain_values(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers and texts among metadata; schemas and lineage are for the UI."""
    values = {name: entry.value for name, entry in metadata.items()}
    return {name: value for name, value in values.items() if isinstance(value, (str, int, float, list, dict))}


def _failure(step: str, error: Any, checks: Sequence[CheckOutcome]) -> Failure:
    """Our own error's code and text, found along the causes; of any other only its kind: its text may be private."""
    kind = "unknown"
    for cause in _causes(error):
        ours = _OUR_ERROR.match(cause.message.strip())
        if ours:
            return Failure(step, ours["code"], " ".join(ours["text"].split()))
        kind = cause.cls_name or kind
    if kind == "DagsterAssetCheckFailedError":
        failures = " ".join(f"{check.asset}: {check.description}" for check in checks if check.severity == "ERROR")
        return Failure(step, "CHECK_FAILED", failures)
    return Failure(step, "UNEXPECTED_ERROR", f"{kind}; Dagster's UI shows where.")
