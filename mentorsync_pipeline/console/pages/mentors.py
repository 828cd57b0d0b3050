"""The year's mentors as a list and as a file."""

from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.api.pagination import Pagination
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.listing import Choice, Column, ListingPage, Table, read_list
from mentorsync_pipeline.console.lists import Mentors
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.mentors import mentor_list

router = APIRouter()
YES_NO = {"true": N_("yes"), "false": N_("no")}
TABLE = Table(
    columns=(
        Column("mn_id", N_("Mentor")),
        Column("first_name", N_("First name")),
        Column("last_name", N_("Last name")),
        Column("preferred_name", N_("Goes by"), only_file=True),
        Column("status", N_("Status"), "word"),
        Column("sync_state", N_("Contact"), "word"),
        Column("dropped", N_("Dropped"), "yes_no", only_file=True),
        Column("amount_raised", N_("Raised"), "money"),
        Column("training_signup", N_("Training"), "yes_no"),
        Column("attended_training", N_("Attended training"), "yes_no", only_file=True),
        Column("personal_email", N_("Email and phone")),
        Column("uga_email", N_("University email"), only_file=True),
        Column("phone", N_("Phone"), only_file=True),
        Column("gb_contact_id", N_("Contact id"), only_file=True),
        Column("fundraising_page_url", N_("Page"), only_file=True),
        Column("signed_up_at", N_("Signed up"), "moment"),
    ),
    sortable=get_args(mentor_list.Column),
    choices=(
        Choice(
            "status",
            N_("Status"),
            labels.texts(labels.MENTOR_STATUS),
            N_("any"),
        ),
        Choice(
            "sync_state",
            N_("Contact"),
            labels.texts(labels.SYNC_STATE),
            N_("any"),
        ),
        Choice("dropped", N_("Dropped"), YES_NO, N_("either")),
        Choice("training_signup", N_("Training"), YES_NO, N_("either")),
        Choice("attended_training", N_("Attended training"), YES_NO, N_("either")),
    ),
    searched=N_("name, id, email or phone"),
)


@router.get("/{year}/mentors")
def mentors_page(
    request: Request, cache: YearCacheDep, query: Annotated[Mentors, Query()], window: Pagination
) -> Response:
    """Show matching mentors."""
    page = cache.read(read_list, query, window)
    listing_page = ListingPage(table=TABLE, query=query, page=page, window=window, choices=TABLE.choices)
    return render(request, "mentors.html", listing_page=listing_page)


@router.get("/{year}/mentors.csv")
def mentors_file(year: Year, services: ServicesDep, query: Annotated[Mentors, Query()]) -> Response:
    """Download matching mentors."""
    return csv_file(services, query.listing(year), query.order, TABLE.columns, name=f"mentors-{year}.csv")
