"""Find anything of a year: the page, its part below the field at the top of every page, and a contact's page."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.conflict_text import KINDS
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.find import find_anything
from mentorsync_pipeline.console.finding_text import ERROR_TITLES
from mentorsync_pipeline.console.list_query import Typed
from mentorsync_pipeline.console.record_links import RecordLinks
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.contacts.search import find_contact
from mentorsync_pipeline.domain.forms import SIGNUP
from mentorsync_pipeline.mentors.search import find_mentors_of_contact

router = APIRouter()
_SHOWN_ON_PAGE = 20


@router.get("/{year}/find")
def find_page(
    request: Request, services: ServicesDep, cache: YearCacheDep, q: Annotated[Typed, Query()] = ""
) -> Response:
    """Show what a text finds; to htmx, only the list for below the field."""
    is_part = request.headers.get("HX-Request") == "true"
    found = find_anything(cache, services, q, **({} if is_part else {"limit": _SHOWN_ON_PAGE}))
    template = "found.html" if is_part else "find.html"
    return render(request, template, q=q.strip(), found=found, kind_names=KINDS, error_titles=ERROR_TITLES)


@router.get("/{year}/contacts/{contact_id}")
def contact_page(
    request: Request,
    year: Year,
    services: ServicesDep,
    conn: DbConn,
    contact_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
) -> Response:
    """Show a contact, archived ones too. Raises ContactNotFoundError."""
    config = configuration.read_config(conn, year)
    return render(
        request,
        "contact.html",
        contact=find_contact(conn, contact_id),
        mentors=find_mentors_of_contact(conn, contact_id),
        links=RecordLinks(services.settings, config.form_id(SIGNUP)),
    )
