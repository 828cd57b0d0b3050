"""One mentor: every value with where it comes from, and all that belongs to the mentor."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from mentorsync_pipeline.console.list_query import MnId, mn_id_of
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.services import DbConn
from mentorsync_pipeline.console.years import Year
from mentorsync_pipeline.db.paging import Order, read_page
from mentorsync_pipeline.mentors import history
from mentorsync_pipeline.mentors.detail import mentor_record
from mentorsync_pipeline.mentors.rules.rule_words import RULES
from mentorsync_pipeline.mentors.trace import trace

router = APIRouter()
_CHANGES_SHOWN = 40
# A page's address comes from Givebutter; anything that is no plain https address is shown as text.
_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?(/[^\s\"'<>\\]*)?", re.ASCII)


@router.get("/{year}/mentors/{mn_id}")
def mentor_page(request: Request, year: Year, conn: DbConn, mn_id: Annotated[MnId, Path()]) -> Response:
    """The page. Raises MentorNotFoundError, which says where an older id went."""
    wanted = mn_id_of(mn_id) or ""
    traced = trace(conn, year, wanted)
    record = mentor_record(conn, year, wanted)
    changes = read_page(
        conn,
        history.listing(history.ChangeFilter(year=year, mn_id=wanted)),
        order=Order(descending=True),
        limit=_CHANGES_SHOWN,
        offset=0,
    )
    return render(request, "mentor.html", traced=traced, record=record, changes=changes, rules=RULES, safe_url=safe_url)


def safe_url(url: str | None) -> str | None:
    """The address if it may be a link."""
    return url if url and _HTTPS.fullmatch(url) else None
