"""Closing a campaign year, reopening it, and opening the next one."""

from collections.abc import Mapping
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.campaigns import service
from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.campaigns.next_year import YEARLY_KEYS
from mentorsync_pipeline.campaigns.unfinished import Kind, find_unfinished
from mentorsync_pipeline.console.api.closing import OpenRequest
from mentorsync_pipeline.console.auth.user import CurrentUser, Person
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.pages.runs import to_run
from mentorsync_pipeline.console.problems import status_of
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.run_launcher import open_next_year
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.forms import FORMS

# What to do about each kind of unfinished work, and the year's page where it is done.
_NEXT_STEPS: Mapping[Kind, tuple[str, str]] = {
    "archivings_in_progress": (N_("Archive the planned contacts again; what is done is not repeated."), "archive"),
    "calculation_outdated": (N_("Recalculate the year."), "runs"),
    "decisions_not_applied": (N_("Recalculate the year."), "runs"),
    "records_not_applied": (N_("Recalculate the year."), "runs"),
    "import_file_missing": (N_("Create the import file and import it into Givebutter."), "files"),
    "import_file_not_confirmed": (
        N_("Upload a new export, taken after the last file was imported into Givebutter."),
        "files",
    ),
    "changes_not_confirmed": (N_("Create a file, import it into Givebutter and upload a new export."), "files"),
    "tags_without_year": (
        N_("Ask whoever runs MentorSync to give the tags their year; then create a file and import it."),
        "files",
    ),
    "open_conflicts": (N_("Answer the questions."), "conflicts"),
    "open_errors": (N_("Correct or ignore the errors."), "errors"),
    "plan_outdated": (N_("Refresh the archive plan."), "archive"),
    "contacts_to_approve": (N_("Approve or keep the contacts."), "archive"),
    "contacts_to_archive": (N_("Archive the contacts."), "archive"),
    "external_ids_to_remove": (N_("Remove the External IDs."), "archive"),
}

router = APIRouter()


@router.get("/{year}/closing")
def closing_page(request: Request, cache: YearCacheDep, person: CurrentUser) -> Response:
    """Show whether the year is closed, what is unfinished, and the button to close or reopen it."""
    unfinished = [(item, *_NEXT_STEPS[item.kind]) for item in cache.read(find_unfinished)]
    state = service.find_state(cache.conn, cache.year)
    return render(request, "closing.html", person=person, state=state, unfinished=unfinished)


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


@router.get("/{year}/opening")
def opening_page(request: Request, year: Year, conn: DbConn, person: CurrentUser) -> Response:
    """Show the form that opens the next year with the settings of this one."""
    return _show_form(request, conn, person, year, {"campaign_year": year + 1})


@router.post("/{year}/opening")
def open_next(
    request: Request,
    year: Year,
    conn: DbConn,
    services: ServicesDep,
    person: CurrentUser,
    typed: Annotated[OpenRequest, Form()],
) -> Response:
    """Start the run that opens the year; if it is refused, show the form with the reason and what was typed."""
    try:
        return to_run(year, lambda: open_next_year(services, person, typed.campaign_year, year, typed.settings))
    except MentorSyncError as error:
        values = {"campaign_year": typed.campaign_year, **typed.settings}
        return _show_form(request, conn, person, year, values, refused=error)


def _show_form(
    request: Request,
    conn: sa.Connection,
    person: Person,
    year: int,
    values: Mapping[str, Any],
    *,
    refused: MentorSyncError | None = None,
) -> Response:
    config = read_config(conn, year)
    forms = [form for form in FORMS if form.required or config.form_id(form) is not None]
    return render(
        request,
        "opening.html",
        status_code=200 if refused is None else status_of(refused.code),
        person=person,
        config=config,
        forms=forms,
        hints=YEARLY_KEYS,
        values=values,
        refused=refused,
    )
