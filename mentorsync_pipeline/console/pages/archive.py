"""Archive plans: contacts with reasons, decisions about them, and applying the plan."""

from datetime import datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from mentorsync_pipeline.archiving import plan_listing, service
from mentorsync_pipeline.archiving.approvals import ArchiveApprovalError
from mentorsync_pipeline.archiving.plan_inputs import PlanOutdatedError
from mentorsync_pipeline.archiving.plan_summary import read_plan_summary
from mentorsync_pipeline.console import archive_runs, flash_messages
from mentorsync_pipeline.console.apply_answers import apply_approvals
from mentorsync_pipeline.console.archive_filter import Filtered, PlanPageFilter
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep, data_version
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError
from mentorsync_pipeline.console.dependencies import DbConn, Services, ServicesDep
from mentorsync_pipeline.console.pages.runs import to_run
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.translation import N_, NN_
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.vocabulary import PLAN_STATUSES
from mentorsync_pipeline.loop.queries import read_loop
from mentorsync_pipeline.review.conflict_detail import read_mentor_names

router = APIRouter()
_ON_A_PAGE = 50

ContactId = Annotated[int, Field(ge=1, le=2**63 - 1)]
PlanSeen = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class DecisionForm(BaseModel):
    """Form of the list: `act` applies to all selected contacts, the other buttons to one contact."""

    seen: PlanSeen
    act: Literal["approve", "reject"] | None = None
    contact: list[ContactId] = []
    approve: ContactId | None = None
    reject: ContactId | None = None
    take_back: ContactId | None = None
    reason: Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")] = ""

    def to(self, what: Literal["approve", "reject"]) -> list[int]:
        """Contacts with this decision."""
        entry: int | None = getattr(self, what)
        if entry is not None:
            return [entry]
        return self.contact if self.act == what else []


@router.get("/{year}/archive")
def plan_page(
    request: Request,
    page_filter: Filtered,
    services: ServicesDep,
    cache: YearCacheDep,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Show the plan with reasons, the guard's result and contacts that need approval."""
    return _plan(request, services, page_filter, cache, page=page)


@router.post("/{year}/archive", dependencies=[Depends(apply_approvals)])
def say(
    request: Request,
    year: Year,
    page_filter: Filtered,
    services: ServicesDep,
    person: CurrentUser,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    """Approve or keep contacts, or withdraw a decision to keep."""
    moment = services.now()
    context, purpose = services.change_context(person, at=moment), page_filter.purpose
    try:
        if approved_ids := form.to("approve"):
            count = service.approve_contacts(context, year, purpose, approved_ids, seen=form.seen)
            text = NN_(
                "%(count)s contact is approved for archiving. The next plan includes it.",
                "%(count)s contacts are approved for archiving. The next plan includes them.",
            )
        elif rejected_ids := form.to("reject"):
            count = service.keep_contacts(context, year, purpose, rejected_ids, reason=form.reason.strip() or None)
            text = NN_(
                "%(count)s contact is kept. It is not archived until somebody approves it.",
                "%(count)s contacts are kept. They are not archived until somebody approves them.",
            )
        elif form.take_back is not None:
            service.withdraw_keep(context, year, [form.take_back])
            flash_messages.add_notice(request, N_("The decision to keep is withdrawn; the next plan decides."))
            return flash_messages.back_to(request, page_filter.path)
        else:
            return flash_messages.back_to(request, page_filter.path)
    except (ArchiveApprovalError, PlanOutdatedError) as problem:
        return _show_problem(request, services, page_filter, problem)
    flash_messages.add_notice(request, text, undo=f"{page_filter.path}/undo", at=moment, count=count)
    return flash_messages.back_to(request, page_filter.path)


@router.post("/{year}/archive/undo", dependencies=[Depends(apply_approvals)])
def undo(
    request: Request,
    year: Year,
    page_filter: Filtered,
    services: ServicesDep,
    person: CurrentUser,
    at: Annotated[datetime, Form()],
) -> Response:
    """Undo the approvals or decisions to keep that the person gave at this moment."""
    count = service.undo_answers(services.change_context(person), year, at=at)
    text = NN_("%(count)s answer is withdrawn.", "%(count)s answers are withdrawn.")
    flash_messages.add_notice(request, text, count=count)
    return flash_messages.back_to(request, page_filter.path)


@router.post("/{year}/archive/plan")
def make_plan(year: Year, page_filter: Filtered, services: ServicesDep, person: CurrentUser) -> Response:
    """Start a run that refreshes the plan."""
    return to_run(year, lambda: archive_runs.make_plan(services, person, year, page_filter.purpose)[0])


@router.post("/{year}/archive/let-through", dependencies=[Depends(apply_approvals)])
def let_through(
    request: Request,
    year: Year,
    page_filter: Filtered,
    services: ServicesDep,
    person: CurrentUser,
    seen: Annotated[PlanSeen, Form()],
) -> Response:
    """Approve the reviewed plan that the guard stopped."""
    moment = services.now()
    context = services.change_context(person, at=moment)
    try:
        count = service.approve_contacts(context, year, page_filter.purpose, [], seen=seen)
    except (ArchiveApprovalError, PlanOutdatedError) as problem:
        return _show_problem(request, services, page_filter, problem)
    text = NN_(
        "Archiving %(count)s contact is approved. Nothing is archived yet.",
        "Archiving %(count)s contacts is approved. Nothing is archived yet.",
    )
    flash_messages.add_notice(request, text, undo=f"{page_filter.path}/undo", at=moment, count=count)
    return flash_messages.back_to(request, page_filter.path)


@router.post("/{year}/archive/apply")
def apply(request: Request, year: Year, page_filter: Filtered, services: ServicesDep, person: CurrentUser) -> Response:
    """Start a run that applies the plan, or queue it behind the present run; the page shows its progress."""
    try:
        run_id = archive_runs.apply(services, person, year, page_filter.purpose)
    except PlanOutdatedError as problem:
        return _show_problem(request, services, page_filter, problem)
    flash_messages.add_notice(request, N_("Archiving is requested."), run=f"/{year}/runs/{run_id}")
    return flash_messages.back_to(request, page_filter.path)


@router.get("/{year}/archive/running")
def running_part(
    request: Request,
    year: Year,
    page_filter: Filtered,
    services: ServicesDep,
    conn: DbConn,
    until_over: Annotated[bool, Query()] = False,
) -> Response:
    """Live part: the run that is archiving, or waits to. When it has ended, the whole page is reloaded."""
    purpose = page_filter.purpose
    try:
        runs = services.dagster.runs(year=year, job=archive_runs.APPLY_JOBS[purpose], unfinished=True)
    except DagsterUnavailableError:
        runs = []
    run = runs[0] if runs else None
    last = plan_listing.read_last_archiving(conn, year, purpose)
    progress = last if run and last and last.run_id == run.run_id else None
    part = render(request, "archive_running.html", run=run, progress=progress, last=last, page_filter=page_filter)
    if until_over and run is None:
        part.headers["HX-Refresh"] = "true"
    return part


def _read_plan_page(
    conn: sa.Connection, year: int, criteria: plan_listing.PlanFilter, page: int
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Read a page of the plan, and the names of its mentors by MN id."""
    rows = plan_listing.list_plan_rows(conn, criteria, limit=_ON_A_PAGE, offset=(page - 1) * _ON_A_PAGE)
    return rows, read_mentor_names(conn, year, [row["mn_id"] for row in rows if row["mn_id"]])


def _count_plan(conn: sa.Connection, _: int, criteria: plan_listing.PlanFilter) -> int:
    return plan_listing.count_plan_rows(conn, criteria)


def _show_problem(
    request: Request, services: Services, page_filter: PlanPageFilter, problem: MentorSyncError
) -> Response:
    """Show the present plan with the reason why an approval or decision was refused."""
    with services.reading() as conn:
        cache = services.cache.of_year(conn, page_filter.criteria.year)
        return _plan(request, services, page_filter, cache, problem=problem)


def _plan(
    request: Request,
    services: Services,
    page_filter: PlanPageFilter,
    cache: YearCache,
    *,
    page: int = 1,
    problem: MentorSyncError | None = None,
) -> Response:
    purpose = page_filter.purpose
    rows, mentor_names = cache.read(_read_plan_page, page_filter.criteria, page)
    total = cache.read(_count_plan, page_filter.criteria)
    summary = cache.read(read_plan_summary, purpose)
    shows_next_step = purpose == "duplicates" and (summary.is_settled or not summary.is_current)
    state = read_loop(cache, now=services.now()) if shows_next_step else None
    return render(
        request,
        "archive.html",
        status_code=409 if problem else 200,
        version=data_version(cache, services.now()),
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // _ON_A_PAGE),
        tally=summary.tally,
        counts=summary.statuses,
        mentor_names=mentor_names,
        is_settled=summary.is_settled,
        is_current=summary.is_current,
        state=state,
        guard=summary.guard,
        causes=summary.causes,
        examples=summary.examples,
        ledger=summary.ledger,
        seen=summary.fingerprint,
        page_filter=page_filter,
        states=PLAN_STATUSES,
        last=summary.last,
        problem=problem,
    )
