"""The check-in page for phones; its script loads the roster and sends check-ins through the API."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from mentorsync_pipeline.attendance import queries
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.services import DbConn
from mentorsync_pipeline.console.years import Year

router = APIRouter()


@router.get("/{year}/checkin")
def checkin_page(request: Request, year: Year, conn: DbConn) -> Response:
    """Show the page with the earlier sessions."""
    return render(request, "checkin.html", sessions=queries.sessions(conn, year))
