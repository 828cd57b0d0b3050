"""Archiving for programs: the plan and its state, a yes or a no, carrying it out, the ledger, bringing back.

What starts a run answers with its id.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from mentorsync_pipeline.archiving import plan_listing, plan_store, service
from mentorsync_pipeline.archiving.ledger import Status
from mentorsync_pipeline.archiving.plan_listing import LedgerFilter, PlanFilter
from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_fingerprint
from mentorsync_pipeline.archiving.rules.plan_records import PlanState, Purpose
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console import archive_runs
from mentorsync_pipeline.console.api.archive_models import (
    Answered,
    Approval,
    Cause,
    Guard,
    LedgerEntry,
    PlanRow,
    Rejection,
    Restore,
    Searched,
    TakenBack,
    Tally,
    Which,
    WholePlan,
)
from mentorsync_pipeline.console.api.paging import Page, Pagination
from mentorsync_pipeline.console.api.runs import Started, started
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.services import DbConn, ServicesDep
from mentorsync_pipeline.console.years import Year

router = APIRouter(tags=["archive"])

Of = Annotated[Purpose, Query(description="The mentors' duplicates, or all mass-email stubs.")]


@router.get("/{year}/archive")
def whole_plan(year: Year, conn: DbConn, purpose: Of = "duplicates") -> WholePlan:
    """The plan as a whole: its fingerprint, its counts, what the guard says, and how far the ledger is."""
    marks = plan_store.read_plan_keys(conn, year, purpose)
    guard = plan_store.read_guard(conn, configuration.read_config(conn, year), purpose, marks)
    return WholePlan(
        purpose=purpose,
        plan_fingerprint=plan_fingerprint(marks),
        counts=[Tally.model_validate(one) for one in plan_listing.count_plan_by_reason(conn, year, purpose)],
        guard=Guard.model_validate(guard),
        causes=[Cause.model_validate(cause) for cause in plan_store.count_causes(conn, year, purpose)],
        ledger=plan_store.count_ledger_statuses(conn, year, purpose),
    )


@router.get("/{year}/archive/plan")
def list_plan(
    year: Year,
    conn: DbConn,
    window: Pagination,
    purpose: Of = "duplicates",
    state: PlanState | None = None,
    reason: Searched | None = None,
    donors: bool | None = None,
    search: Searched | None = None,
) -> Page[PlanRow]:
    """The contacts of the plan with their reasons, those that wait for a yes first."""
    wanted = PlanFilter(year=year, purpose=purpose, state=state, reason=reason, donors=donors, search=search)
    rows = plan_listing.list_plan_rows(conn, wanted, limit=window.limit, offset=window.offset)
    return Page(
        items=[PlanRow.model_validate(row) for row in rows],
        total=plan_listing.count_plan_rows(conn, wanted),
        limit=window.limit,
        offset=window.offset,
    )


@router.post("/{year}/archive/plan", status_code=202)
def make_plan(year: Year, services: ServicesDep, person: CurrentUser, response: Response, given: Which) -> Started:
    """Make the plan anew; nothing is archived."""
    run_id = archive_runs.make_plan(services, person, year, given.purpose)
    return started(services, response, run_id, archive_runs.PLAN_JOBS[given.purpose], year)


@router.post("/{year}/archive/approve", status_code=202)
def approve(year: Year, services: ServicesDep, person: CurrentUser, response: Response, given: Approval) -> Started:
    """Say yes to contacts, or to a plan that the guard has stopped. The next plan takes the contacts in."""
    run_id = archive_runs.approve(services, person, year, given.purpose, given.contact_ids, seen=given.plan_fingerprint)
    return started(services, response, run_id, archive_runs.APPROVE_JOB, year)


@router.post("/{year}/archive/reject")
def reject(year: Year, services: ServicesDep, person: CurrentUser, given: Rejection) -> Answered:
    """Strike contacts out: they are not archived, from this moment on, until somebody approves them."""
    count = service.keep_contacts(
        services.change_context(person), year, given.purpose, given.contact_ids, reason=given.reason
    )
    return Answered(contacts=count)


@router.post("/{year}/archive/reject/undo")
def take_back(year: Year, services: ServicesDep, person: CurrentUser, given: TakenBack) -> Answered:
    """Take a no to contacts back; the next plan decides anew."""
    return Answered(contacts=service.withdraw_keep(services.change_context(person), year, given.contact_ids))


@router.post("/{year}/archive/apply", status_code=202)
def apply(year: Year, services: ServicesDep, person: CurrentUser, response: Response, given: Which) -> Started:
    """Archive what is planned; 409 while the guard stops it."""
    run_id = archive_runs.apply(services, person, year, given.purpose)
    return started(services, response, run_id, archive_runs.APPLY_JOBS[given.purpose], year)


@router.get("/{year}/archive/ledger")
def list_ledger(
    year: Year,
    conn: DbConn,
    window: Pagination,
    status: Status | None = None,
    run_id: Searched | None = None,
    search: Searched | None = None,
) -> Page[LedgerEntry]:
    """What was archived, released and brought back, the newest first."""
    wanted = LedgerFilter(year=year, status=status, run_id=run_id, search=search)
    tally = plan_listing.count_ledger_by_status(conn, wanted)
    rows = plan_listing.list_ledger_rows(conn, wanted, limit=window.limit, offset=window.offset)
    return Page(
        items=[LedgerEntry.model_validate(row) for row in rows],
        total=tally.get(status, 0) if status else sum(tally.values()),
        limit=window.limit,
        offset=window.offset,
    )


@router.post("/{year}/archive/restore", status_code=202)
def restore(year: Year, services: ServicesDep, person: CurrentUser, response: Response, given: Restore) -> Started:
    """Bring back one contact, one mentor's contacts or all that one run archived."""
    run_id = archive_runs.restore(services, person, year, **given.model_dump())
    return started(services, response, run_id, archive_runs.RESTORE_JOB, year)
