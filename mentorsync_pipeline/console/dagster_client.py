"""Client of Dagster's GraphQL API: start runs and read their state."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import dagster as dg
import httpx

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.in_process import LOCATION
from mentorsync_pipeline.runtime.run_options import to_config_dict

_SECONDS = 20.0
_REPOSITORY = "__repository__"
_LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on PipelineNotFoundError { message }
    ... on InvalidSubsetError { message }
  }
}
"""
_RUN_STATE = """
fragment RunState on Run {
  runId jobName status startTime endTime tags { key value }
}
"""
_RUN = f"""
query Run($id: ID!) {{
  runOrError(runId: $id) {{ __typename ... on Run {{
    ...RunState stepStats {{ stepKey status }} executionPlan {{ steps {{ key }} }}
  }} }}
}}{_RUN_STATE}"""
_STOP = """
mutation Stop($id: String!) {
  terminateRun(runId: $id) {
    __typename
    ... on TerminateRunFailure { message }
    ... on RunNotFoundError { message }
    ... on PythonError { message }
  }
}
"""
_RUNS = f"""
query Runs($filter: RunsFilter, $limit: Int!) {{
  runsOrError(filter: $filter, limit: $limit) {{ ... on Runs {{ results {{ ...RunState }} }} }}
}}{_RUN_STATE}"""
_DAEMONS = "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"
State = Literal["queued", "starting", "running", "stopping", "success", "failed", "stopped"]
_STATES: Mapping[str, State] = {
    "NOT_STARTED": "queued",
    "QUEUED": "queued",
    "STARTING": "starting",
    "MANAGED": "starting",
    "STARTED": "running",
    "CANCELING": "stopping",
    "SUCCESS": "success",
    "FAILURE": "failed",
    "CANCELED": "stopped",
}
_OVER = frozenset({"SUCCESS", "FAILURE", "CANCELED"})
_UNFINISHED = ("NOT_STARTED", "QUEUED", "STARTING", "MANAGED", "STARTED", "CANCELING")


class DagsterUnavailableError(MentorSyncError):
    """Dagster's web server does not answer, or returns an invalid answer."""

    code = "DAGSTER_UNAVAILABLE"


class RunNotStartedError(MentorSyncError):
    """Dagster refused to start a run."""

    code = "RUN_NOT_STARTED"


class RunNotStoppedError(MentorSyncError):
    """Dagster did not stop a run, for example because it has ended."""

    code = "RUN_NOT_STOPPED"


class RunNotFoundError(MentorSyncError):
    """There is no run with this id."""

    code = "RUN_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run. `status` is Dagster's: QUEUED, STARTED, SUCCESS, FAILURE, CANCELED and others.

    The numbers of steps are known for a single run, not in lists.
    """

    run_id: str
    job: str
    status: str
    year: int | None
    started_at: datetime | None
    ended_at: datetime | None
    steps_done: int = 0
    steps_failed: int = 0
    steps_total: int | None = None

    @property
    def state(self) -> State:
        """The state as the console names it."""
        return _STATES[self.status]

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.status in _OVER

    @property
    def is_stopped(self) -> bool:
        """Whether the run has been stopped, or is being stopped."""
        return self.status in {"CANCELING", "CANCELED"}


class DagsterClient:
    """Client of Dagster's web server.

    `ui_url` is its URL for people's browsers, `start_seconds` the time that Dagster takes at most to start, from now.
    """

    def __init__(self, url: str, *, ui_url: str, start_seconds: float = 0) -> None:
        self._graphql = f"{url}/graphql"
        self.ui_url = ui_url
        self._client = httpx.Client(timeout=_SECONDS, trust_env=False)  # never through a proxy
        self._start_ends = time.monotonic() + start_seconds

    @property
    def is_starting(self) -> bool:
        """Whether a Dagster that does not answer, or whose daemon does not run, may still be starting."""
        return time.monotonic() < self._start_ends

    def launch(
        self,
        job: str,
        *,
        year: int | None = None,
        config: dg.RunConfig | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Add a run of a job (for one campaign year) to Dagster's queue and return its id.

        Run configurations are stored permanently, so they must contain only ids and counts. Raises RunNotStartedError
        and DagsterUnavailableError.
        """
        all_tags = {**({"dagster/partition": str(year)} if year is not None else {}), **(tags or {})}
        answer = self._ask(
            _LAUNCH,
            params={
                "selector": {"repositoryLocationName": LOCATION, "repositoryName": _REPOSITORY, "jobName": job},
                "runConfigData": to_config_dict(config),
                "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in all_tags.items()]},
            },
        )["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            raise RunNotStartedError(
                f"The run was refused ({job}: {answer['__typename']}).",
                "Try again in a minute. If it does not help, start MentorSync again: mentorsync up.",
            )
        run_id: str = answer["run"]["runId"]
        return run_id

    def run(self, run_id: str) -> Run:
        """Read the state of a run. Raises RunNotFoundError and DagsterUnavailableError."""
        answer = self._ask(_RUN, id=run_id)["runOrError"]
        if answer["__typename"] != "Run":
            raise RunNotFoundError(f"There is no run {run_id}.", "Take the id from the list of runs.")
        return _to_run(answer)

    def stop(self, run_id: str) -> None:
        """Stop a run, or take it out of the queue. The step in progress ends first or is interrupted.

        Raises RunNotFoundError, RunNotStoppedError and DagsterUnavailableError.
        """
        answer = self._ask(_STOP, id=run_id)["terminateRun"]
        if answer["__typename"] == "RunNotFoundError":
            raise RunNotFoundError(f"There is no run {run_id}.", "Take the id from the list of runs.")
        if answer["__typename"] != "TerminateRunSuccess":
            raise RunNotStoppedError("The run was not stopped.", "It may have ended: look at its page.")

    def runs(
        self,
        *,
        year: int | None = None,
        job: str | None = None,
        tags: Mapping[str, str] | None = None,
        unfinished: bool = False,
        limit: int = 10,
    ) -> list[Run]:
        """List runs, newest first, optionally of a year, of a job, with tags, or only those that have not ended.

        Raises DagsterUnavailableError.
        """
        all_tags = {**({"dagster/partition": str(year)} if year is not None else {}), **(tags or {})}
        filters = {
            "tags": [{"key": key, "value": value} for key, value in all_tags.items()],
            "pipelineName": job,
            "statuses": list(_UNFINISHED) if unfinished else None,
        }
        run_filter = {name: value for name, value in filters.items() if value}
        result = self._ask(_RUNS, filter=run_filter, limit=limit)["runsOrError"]
        return [_to_run(entry) for entry in result.get("results", [])]

    def daemons_down(self) -> list[str]:
        """Return the names of required daemons that do not run.

        Without them, no file is loaded and no queued run is started. Raises DagsterUnavailableError.
        """
        result = self._ask(_DAEMONS)["instance"]["daemonHealth"]["allDaemonStatuses"]
        return [entry["daemonType"] for entry in result if entry["required"] and not entry["healthy"]]

    def link(self, run_id: str) -> str:
        """Return the URL of a run in Dagster's UI."""
        return f"{self.ui_url}/runs/{run_id}"

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        try:
            answer = self._client.post(self._graphql, json={"query": query, "variables": variables})
            data: dict[str, Any] | None = answer.raise_for_status().json().get("data")
        except (httpx.HTTPError, ValueError):
            data = None
        if data is None and self.is_starting:
            raise DagsterUnavailableError("MentorSync is still starting.", "Try again in a minute.")
        if data is None:
            raise DagsterUnavailableError(
                "Runs cannot be started or shown at the moment.",
                "Try again in a minute. If it does not help, start MentorSync again: mentorsync up.",
            )
        return data


def _to_run(run: Mapping[str, Any]) -> Run:
    partition = next((tag["value"] for tag in run["tags"] if tag["key"] == "dagster/partition"), "")
    steps = [step["status"] for step in run.get("stepStats", ())]
    return Run(
        run_id=run["runId"],
        job=run["jobName"],
        status=run["status"],
        year=int(partition) if partition.isdecimal() else None,
        started_at=_moment(run["startTime"]),
        ended_at=_moment(run["endTime"]),
        steps_done=steps.count("SUCCESS") + steps.count("SKIPPED"),
        steps_failed=steps.count("FAILURE"),
        steps_total=len(plan["steps"]) if (plan := run.get("executionPlan")) else None,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
