"""The check-in page for phones, and cards with QR codes for it.

The script of the check-in page loads the roster and sends check-ins through the API.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from mentorsync_pipeline.attendance import queries
from mentorsync_pipeline.attendance.qr_codes import checkin_text, draw_code
from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.console.api.pagination import Window
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.listing import ListingPage, Table
from mentorsync_pipeline.console.lists import CardMentors
from mentorsync_pipeline.console.pages.reports import read_choices
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.db.paging import Page, read_all
from mentorsync_pipeline.domain.names.name_parts import join_names

router = APIRouter()


@router.get("/{year}/checkin")
def checkin_page(request: Request, year: Year, conn: DbConn) -> Response:
    """Show the page with the earlier sessions."""
    return render(request, "checkin.html", sessions=queries.read_sessions(conn, year))


@router.get("/{year}/checkin/cards")
def cards_page(
    request: Request, year: Year, conn: DbConn, services: ServicesDep, query: Annotated[CardMentors, Query()]
) -> Response:
    """Show the cards of matching mentors, to be printed."""
    config = read_config(conn, year)
    cards = make_cards(read_all(conn, query.listing(config)), year, services.settings.console_public_url)
    listing_page = ListingPage(
        table=Table(columns=(), sortable=(), searched=N_("name, id or phone")),
        query=query,
        page=Page(cards, len(cards)),
        window=Window(limit=len(cards), offset=0),
        choices=read_choices(conn, config, ("missing", "uga_class", "shift_preference")),
    )
    return render(request, "checkin_cards.html", listing_page=listing_page)


def make_cards(rows: Sequence[dict[str, Any]], year: int, public_url: str | None) -> list[dict[str, Any]]:
    """Return each mentor's name, id, shift and QR code."""
    return [
        {
            "mn_id": row["mn_id"],
            "name": join_names(row["preferred_name"] or row["first_name"], row["last_name"]),
            "shift": row["shift_preference"],
            "code": Markup(draw_code(checkin_text(year, row["mn_id"], public_url))),  # noqa: S704  # drawn by segno
        }
        for row in rows
    ]
