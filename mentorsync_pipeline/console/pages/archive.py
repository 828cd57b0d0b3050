"""Archive plans: contacts with reasons, decisions about them, and applying the plan."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.archiving import plan_listing, plan_store, service
from mentorsync_pipeline.archiving.approvals import ArchiveApprovalError
from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_fingerprint
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console import archive_runs
from mentorsync_pipeline.console.archive_filter import STATES, Filtered, PlanPageFilter
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.pages.runs import to_run
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.services import Services, ServicesDep
from mentorsync_pipeline.console.years import Year
from mentorsync_pipeline.domain.errors import MentorSyncError

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
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    struck_out: Annotated[int | None, Query(ge=0)] = None,
    taken_back: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """Show the plan with reasons, the guard's result and contacts that need approval."""
    return _plan(request, services, page_filter, page=page, struck_out=struck_out, taken_back=taken_back)


@router.post("/{year}/archive")
def say(
    request: Request,
    year: Year,
    page_filter: Filtered,
    services: ServicesDep,
    person: CurrentUser,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    """Approve or keep contacts, or withdraw a decision to keep."""
    try:
        if approved_ids := form.to("approve"):
            return to_run(
                year,
                lambda: archive_runs.approve(services, person, year, page_filter.purpose, approved_ids, seen=form.seen),
            )
        if rejected_ids := form.to("reject"):
            reason = form.reason.strip() or None
            count = service.keep_contacts(
                services.change_context(person), year, page_filter.purpose, rejected_ids, reason=reason
            )
            return RedirectResponse(page_filter.address(struck_out=count), status_code=303)
        if form.take_back is not None:
            count = service.withdraw_keep(services.change_context(person), year, [form.take_back])
            return RedirectResponse(page_filter.address(taken_back=count), status_code=303)
    except ArchiveApprovalError as problem:
        return _plan(request, services, page_filter, problem=problem)
    return RedirectResponse(page_filter.address(), status_code=303)


@router.post("/{year}/archive/plan")
def make_plan(year: Year, page_filter: Filtered, services: ServicesDep, person: CurrentUser) -> Response:
    """Start a run that refreshes the plan."""
    return to_run(year, lambda: archive_runs.make_plan(services, person, year, page_filter.purpose))


@router.post("/{year}/archive/let-through")
def let_through(
    request: Request,
    year: Year,
    page_filter: Filtered,
    services: ServicesDep,
    person: CurrentUser,
    seen: Annotated[PlanSeen, Form()],
) -> Response:
    """Approve the reviewed plan that the guard stopped."""
    try:
        return to_run(year, lambda: archive_runs.approve(services, person, year, page_filter.purpose, [], seen=seen))
    except ArchiveApprovalError as problem:
        return _plan(request, services, page_filter, problem=problem)


@router.post("/{year}/archive/apply")
def apply(year: Year, page_filter: Filtered, services: ServicesDep, person: CurrentUser) -> Response:
    """Start a run that applies the plan."""
    return to_run(year, lambda: archive_runs.apply(services, person, year, page_filter.purpose))


def _plan(
    request: Request,
    services: Services,
    page_filter: PlanPageFilter,
    *,
    page: int = 1,
    struck_out: int | None = None,
    taken_back: int | None = None,
    problem: MentorSyncError | None = None,
) -> Response:
    plan_filter, year, purpose = page_filter.criteria, page_filter.criteria.year, page_filter.purpose
    with services.reading() as conn:
        rows = plan_listing.list_plan_rows(conn, plan_filter, limit=_ON_A_PAGE, offset=(page - 1) * _ON_A_PAGE)
        total = plan_listing.count_plan_rows(conn, plan_filter)
        tally = plan_listing.count_plan_by_reason(conn, year, purpose)
        marks = plan_store.read_plan_keys(conn, year, purpose)
        guard = plan_store.read_guard(conn, configuration.read_config(conn, year), purpose, marks)
        causes = plan_store.count_causes(conn, year, purpose) if guard.is_first else []
        ledger = plan_store.count_ledger_statuses(conn, year, purpose)
    counts = {state: sum(entry["count"] for entry in tally if entry["plan_state"] == state) for state in STATES}
    return render(
        request,
        "archive.html",
        status_code=409 if problem else 200,
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // _ON_A_PAGE),
        tally=tally,
        counts=counts,
        archiving=sum(mark.archives for mark in marks),
        guard=guard,
        causes=causes,
        ledger=ledger,
        seen=plan_fingerprint(marks),
        page_filter=page_filter,
        states=STATES,
        struck_out=struck_out,
        taken_back=taken_back,
        problem=problem,
    )
