"""Count the runs that a sensor has requested for a cause, and request retries.

Each run has its cause as a tag, so no state is lost when the daemon is killed, and runs that a person repeats in the UI
are counted too. A canceled run does not count as a failed attempt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import dagster as dg

from mentorsync_pipeline.runtime.dagster_internals import MAX_RETRIES_TAG
from mentorsync_pipeline.runtime.run_options import to_config_dict

CAUSE = "mentorsync/cause"
PARTITION = "dagster/partition"
MAX_ATTEMPTS = 3
# Limit of runs per cause, including canceled ones, because repeated cancelling is intentional.
MAX_RUNS = 10

State = Literal["due", "in_flight", "succeeded", "given_up"]


@dataclass(frozen=True, slots=True)
class Attempts:
    """State and number of the runs of one cause. `due`: another run may be requested."""

    state: State
    number: int = 0


def count_attempts(instance: dg.DagsterInstance, cause: str) -> Attempts:
    """Count the runs of a cause and determine their state."""
    runs = instance.get_runs(dg.RunsFilter(tags={CAUSE: cause}))
    if any(run.is_success for run in runs):
        return Attempts("succeeded", len(runs))
    if any(not run.is_finished for run in runs):
        return Attempts("in_flight", len(runs))
    failed = sum(run.is_failure for run in runs)
    return Attempts("due" if failed < MAX_ATTEMPTS and len(runs) < MAX_RUNS else "given_up", len(runs))


def next_run(
    job: str,
    cause: str,
    previous: Attempts,
    *,
    year: int | None = None,
    config: dg.RunConfig | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.RunRequest:
    """Request another run of a cause.

    The run key includes the number of the run, because Dagster ignores a key that it has seen. The sensor retries the
    run if its process dies, so Dagster's own retries are disabled.
    """
    return dg.RunRequest(
        run_key=f"{cause}#{previous.number + 1}",
        job_name=job,
        partition_key=None if year is None else str(year),
        run_config=to_config_dict(config),
        tags={CAUSE: cause, MAX_RETRIES_TAG: "0", **(tags or {})},
    )


def year_is_busy(instance: dg.DagsterInstance, year: int) -> bool:
    """Return whether a run of the year is queued or in progress."""
    unfinished = [
        status
        for status in dg.DagsterRunStatus
        if status not in {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
    ]
    return instance.get_runs_count(dg.RunsFilter(tags={PARTITION: str(year)}, statuses=unfinished)) > 0
