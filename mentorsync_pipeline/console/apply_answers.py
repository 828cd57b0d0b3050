"""Start the run that applies answers of a person, after the response to the request that records them.

Each function is a dependency of the routes that record answers. If Dagster does not start the run, the sensor
`decisions` does.
"""

from contextlib import suppress

from fastapi import BackgroundTasks

from mentorsync_pipeline.automation.answer_runs import find_answer_run
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console.auth.user import CurrentUser, Person
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError, RunNotStartedError
from mentorsync_pipeline.console.dependencies import Services, ServicesDep
from mentorsync_pipeline.console.run_launcher import launch
from mentorsync_pipeline.db.plan_status import count_plan_statuses
from mentorsync_pipeline.runtime.dagster_internals import MAX_RETRIES_TAG
from mentorsync_pipeline.runtime.run_attempts import CAUSE


async def apply_answers(year: Year, services: ServicesDep, person: CurrentUser, tasks: BackgroundTasks) -> None:
    """Apply the answers to questions."""
    tasks.add_task(_start_run, services, person, year)


async def apply_approvals(year: Year, services: ServicesDep, person: CurrentUser, tasks: BackgroundTasks) -> None:
    """Apply the approvals of a plan once none is missing: a new plan refuses answers to the plan before it."""
    tasks.add_task(_start_run, services, person, year, is_plan=True)


def _start_run(services: Services, person: Person, year: int, *, is_plan: bool = False) -> None:
    with services.reading() as conn:
        due = find_answer_run(conn, year, configuration.read_config(conn, year))
        if due is None or (is_plan and count_plan_statuses(conn, year)["needs_approval"]):
            return
    tags = {CAUSE: due.cause, MAX_RETRIES_TAG: "0"}  # the sensor repeats it
    with suppress(DagsterUnavailableError, RunNotStartedError):
        launch(services, person, due.job, year=year, tags=tags, queued=True)
