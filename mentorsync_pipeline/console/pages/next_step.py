"""The next step of the season's loop, as a live part of other pages."""

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dependencies import DbConn, Services, ServicesDep
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.loop.queries import LoopState, read_loop

router = APIRouter()


@router.get("/{year}/next")
def next_step(request: Request, year: Year, services: ServicesDep, conn: DbConn) -> Response:
    """Live part: the headline and the button of the next step."""
    return render(request, "next_step.html", state=read_loop_state(services, conn, year))


def read_loop_state(services: Services, conn: sa.Connection, year: int) -> LoopState:
    """Read where the loop of a year stands now."""
    return read_loop(conn, configuration.read_config(conn, year), services.previews, now=services.now())
