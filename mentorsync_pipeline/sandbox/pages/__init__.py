"""The sandbox's pages: what people do in Givebutter's dashboard and in Jotform's inbox, without scripts.

| addresses                | page of                                                              |
|--------------------------|----------------------------------------------------------------------|
| `/dashboard/contacts`    | Givebutter: find, edit, archive and restore contacts; their export   |
| `/dashboard/imports`     | Givebutter: import a file, its result and the file of rejected rows  |
| `/dashboard/pages`, `/c` | Givebutter: the fundraising pages, donations                         |
| `/inbox`                 | Jotform: submit, edit, delete and restore entries of the forms       |
"""

from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mentorsync_pipeline.sandbox.middleware import RequireThisMachine
from mentorsync_pipeline.sandbox.pages.contact_pages import ContactPages
from mentorsync_pipeline.sandbox.pages.fundraising_pages import FundraisingPages
from mentorsync_pipeline.sandbox.pages.import_pages import ImportPages
from mentorsync_pipeline.sandbox.pages.inbox_pages import InboxPages
from mentorsync_pipeline.sandbox.pages.page_templates import render
from mentorsync_pipeline.sandbox.sandbox import Sandbox


def create_pages(sandbox: Sandbox) -> Starlette:
    """Build the application of all pages."""

    async def home(request: Request) -> Response:
        """The two services, and the loop in five steps."""
        return render(request, "home.html", counts=sandbox.state(), form=sandbox.world.config.signup_form_id)

    return Starlette(
        routes=[
            Route("/", home),
            *ContactPages(sandbox).routes(),
            *ImportPages(sandbox).routes(),
            *FundraisingPages(sandbox).routes(),
            *InboxPages(sandbox).routes(),
            Mount("/static", StaticFiles(directory=Path(__file__).with_name("static"))),
        ],
        middleware=[Middleware(RequireThisMachine)],
        exception_handlers={HTTPException: _show_error},
    )


async def _show_error(request: Request, error: Exception) -> Response:
    """Show what is wrong with a request as a page."""
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    if detail == HTTPStatus(status).phrase:  # Starlette's own: an unknown address or method
        detail = "There is no page at this address."
    return render(request, "problem.html", status=status, detail=detail)
