"""Closing a campaign year, and reopening it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.campaigns import service
from mentorsync_pipeline.campaigns.unfinished import find_unfinished
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.services import DbConn, ServicesDep
from mentorsync_pipeline.console.years import Year

router = APIRouter()


@router.get("/{year}/closing")
def closing_page(request: Request, year: Year, conn: DbConn, person: CurrentUser) -> Response:
    """Show whether the year is closed, what is unfinished, and the button to close or reopen it."""
    unfinished = find_unfinished(conn, year)
    return render(request, "closing.html", person=person, state=service.find_state(conn, year), unfinished=unfinished)


@router.post("/{year}/close")
def close(year: Year, services: ServicesDep, person: CurrentUser, force: Annotated[bool, Form()] = False) -> Response:
    """Close the year."""
    service.close_year(services.change_context(person), year, force=force)
    return RedirectResponse(f"/{year}/closing", status_code=303)


@router.post("/{year}/reopen")
def reopen(year: Year, services: ServicesDep, person: CurrentUser) -> Response:
    """Reopen a closed year."""
    service.reopen_year(services.change_context(person), year)
    return RedirectResponse(f"/{year}/closing", status_code=303)
