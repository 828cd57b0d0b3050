"""Partners and shifts: matched pairs, one-sided wishes, unknown partners and different shifts."""

import re
from typing import Annotated, get_args

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.api.pagination import Pagination
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.listing import Choice, Column, ListingPage, Table, read_list
from mentorsync_pipeline.console.lists import Partners
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.mentors import partners
from mentorsync_pipeline.review.conflict_detail import read_mentor_names

router = APIRouter()
_MN_ID = re.compile(r"\bMN[0-9]{4,20}\b")
TABLE = Table(
    columns=(
        Column("mn_id", N_("Mentor")),
        Column("first_name", N_("First name")),
        Column("last_name", N_("Last name")),
        Column("phone", N_("Phone"), only_file=True),
        Column("shift_preference", N_("Shift")),
        Column("state", N_("State"), "word"),
        Column("reason", N_("Why"), only_file=True),
        Column("partner_mn_id", N_("Partner")),
        Column("partner_first_name", N_("Partner's first name"), only_file=True),
        Column("partner_last_name", N_("Partner's last name"), only_file=True),
        Column("partner_phone", N_("Partner's phone"), only_file=True),
        Column("partner_shift_preference", N_("Partner's shift")),
        Column("typed_partner", N_("As typed"), only_file=True),
        Column("wished_by", N_("Named by")),
        Column("partner_notes", N_("Notes")),
    ),
    sortable=get_args(partners.Column),
    choices=(Choice("state", N_("State"), labels.texts(labels.PARTNER_STATE), N_("every wish")),),
    searched=N_("name, id or phone of either"),
)


@router.get("/{year}/partners")
def partners_page(
    request: Request, cache: YearCacheDep, query: Annotated[Partners, Query()], window: Pagination
) -> Response:
    """Show matching wishes for partners."""
    page = cache.read(read_list, query, window)
    listing_page = ListingPage(table=TABLE, query=query, page=page, window=window, choices=TABLE.choices)
    cited = {mn_id for row in page.rows for mn_id in (*row["wished_by"], *_MN_ID.findall(row["reason"] or ""))}
    names = cache.read(_read_names, *sorted(cited))

    def name_mentors(text: str) -> str:
        return _MN_ID.sub(lambda found: names.get(found[0], found[0]), text)

    return render(request, "partners.html", listing_page=listing_page, names=names, name_mentors=name_mentors)


def _read_names(conn: sa.Connection, year: int, *mn_ids: str) -> dict[str, str]:
    return read_mentor_names(conn, year, mn_ids)


@router.get("/{year}/partners.csv")
def partners_file(year: Year, services: ServicesDep, query: Annotated[Partners, Query()]) -> Response:
    """Download matching wishes for partners."""
    return csv_file(services, query.listing(year), query.order, TABLE.columns, name=f"partners-{year}.csv")
