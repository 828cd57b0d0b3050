"""The root URL, which redirects to the newest active campaign year."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.campaigns.configuration import read_configured_years
from mentorsync_pipeline.console.dependencies import DbConn
from mentorsync_pipeline.console.rendering import render

router = APIRouter()


@router.get("/")
def home(request: Request, conn: DbConn) -> Response:
    """Redirect to the newest active year, or show that there is none."""
    years = read_configured_years(conn) or read_configured_years(conn, active_only=False)
    if not years:
        return render(request, "no_year.html")
    return RedirectResponse(f"/{max(years)}", status_code=303)
