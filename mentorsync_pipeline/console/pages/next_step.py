"""The next step of the season's loop, as a live part of other pages."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from mentorsync_pipeline.console.campaign_year import YearCacheDep
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.run_launcher import find_runs_in_progress
from mentorsync_pipeline.loop.queries import read_loop

router = APIRouter()


@router.get("/{year}/next")
def next_step(request: Request, services: ServicesDep, cache: YearCacheDep) -> Response:
    """Live part: the headline and the button of the next step."""
    try:
        unfinished = services.dagster.runs(unfinished=True)
    except DagsterUnavailableError:
        unfinished = []
    runs = [run for run in unfinished if run.year in (cache.year, None)]
    state = read_loop(cache, now=services.now(), runs=find_runs_in_progress(runs))
    return render(request, "next_step.html", state=state)
