"""What a sensor has asked for already: every run carries its cause as a tag, and is tried again until it succeeds.

Counting runs instead of remembering them: nothing is lost when the daemon is killed, and a run that a person starts
again in the UI counts as well. A run that was cancelled says nothing about its cause, so it is no failed attempt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import dagster as dg

from mentorsync_pipeline.runtime.dagster_internals import MAX_RETRIES_TAG
from mentorsync_pipeline.runtime.run_options import config_dict

CAUSE = "mentorsync/cause"
PARTITION = "dagster/partition"
MAX_ATTEMPTS = 3
# However often a cause's runs are cancelled: at some time somebody means it.
MAX_RUNS = 10

State = Literal["due", "in_flight", "succeeded", "given_up"]


@dataclass(frozen=True, slots=True)
class Attempts:
    """How far the runs of one cause are; `number` have been asked for. `due`: the next one may be asked for."""

    state: State
    number: int = 0


def attempts(instance: dg.DagsterInstance, cause: str) -> Attempts:
    """The runs of a cause so far."""
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
    so_far: Attempts,
    *,
    year: int | None = None,
    config: dg.RunConfig | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.RunRequest:
    """Ask for one more run; its key is the cause and the number of the run, as a key is remembered for ever.

    Dagster does not start it again by itself when its process is gone: the sensor does.
    """
    return dg.RunRequest(
        run_key=f"{cause}#{so_far.number + 1}",
        job_name=job,
        partition_key=None if year is None else str(year),
        run_config=config_dict(config),
        tags={CAUSE: cause, MAX_RETRIES_TAG: "0", **(tags or {})},
    )


def year_is_busy(instance: dg.DagsterInstance, year: int) -> bool:
    """Whether a run of the year is waiting or under way."""
    unfinished = [
        status
        for status in dg.DagsterRunStatus
        if status not in {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
    ]
    return instance.get_runs_count(dg.RunsFilter(tags={PARTITION: str(year)}, statuses=unfinished)) > 0
