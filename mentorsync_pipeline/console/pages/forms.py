"""Entries of the year's forms, with the mentor to whom each is linked."""

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.console.api.pagination import Pagination, Window
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.listing import Choice, Column, ListingPage, Table
from mentorsync_pipeline.console.lists import FormEntries
from mentorsync_pipeline.console.rendering import field_label, render
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.db.paging import Page, read_page
from mentorsync_pipeline.domain.forms import Form
from mentorsync_pipeline.mentors.form_entries import count_entries, find_form

router = APIRouter()
FormName = Annotated[str, Path(max_length=40, description="The form's name, such as training.")]


def make_table(form: Form) -> Table:
    """Return the list of a form's entries; the answers are columns in the order of the form's declaration."""
    return Table(
        columns=(
            Column("created_at", N_("Submitted"), "moment"),
            Column("mentor", N_("Mentor")),
            Column("mentor_first_name", N_("First name"), only_file=True),
            Column("mentor_last_name", N_("Last name"), only_file=True),
            Column("is_latest", N_("Latest"), "yes_no"),
            Column("submission_id", N_("Submission"), only_file=True),
            *(Column(name, f"{_make_label(name)} as typed", only_file=True) for name in form.key_answers),
            *(Column(name, _make_label(name)) for name in form.answers),
        ),
        sortable=("created_at", "mentor", *form.answers),
        choices=(Choice("linked", N_("Mentor"), {"true": N_("known"), "false": N_("unknown")}, N_("either")),),
        searched=N_("mentor or answer"),
    )


def _make_label(column: str) -> str:
    label = field_label(column).replace("mn id", "MN id")
    return label[0].upper() + label[1:]


@router.get("/{year}/forms")
def forms_page(request: Request, cache: YearCacheDep) -> Response:
    """Show the forms of the year with their numbers of entries."""
    return render(request, "forms.html", forms=cache.read(count_entries))


@router.get("/{year}/forms/{name}.csv")
def entries_file(year: Year, name: FormName, services: ServicesDep, query: Annotated[FormEntries, Query()]) -> Response:
    """Download matching entries of a form."""
    form = find_form(name)
    file_name = f"{form.name}-{year}.csv"
    return csv_file(services, query.listing(year, form), query.order, make_table(form).columns, name=file_name)


@router.get("/{year}/forms/{name}")
def entries_page(
    request: Request, name: FormName, cache: YearCacheDep, query: Annotated[FormEntries, Query()], window: Pagination
) -> Response:
    """Show matching entries of a form."""
    form = find_form(name)
    page = cache.read(_read_entries, form.name, query, window)
    table = make_table(form)
    listing_page = ListingPage(table=table, query=query, page=page, window=window, choices=table.choices)
    return render(request, "form_entries.html", listing_page=listing_page, form=form)


def _read_entries(conn: sa.Connection, year: int, name: str, query: FormEntries, window: Window) -> Page:
    listing = query.listing(year, find_form(name))
    return read_page(conn, listing, order=query.order, limit=window.limit, offset=window.offset)
