"""Archiving over the API: plan, decisions, apply, ledger and restore.

Routes that start a run return its id.
"""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Response

from mentorsync_pipeline.archiving import plan_listing, service
from mentorsync_pipeline.archiving.ledger import Status
from mentorsync_pipeline.archiving.plan_listing import LedgerFilter, PlanFilter
from mentorsync_pipeline.archiving.plan_summary import read_plan_summary
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.console import archive_runs
from mentorsync_pipeline.console.api.archive_models import (
    Approval,
    Cause,
    DecisionCount,
    Guard,
    LedgerEntry,
    PlanRow,
    PlanSelector,
    Rejection,
    Restore,
    Searched,
    Tally,
    WholePlan,
    Withdrawal,
)
from mentorsync_pipeline.console.api.pagination import Page, Pagination, Window
from mentorsync_pipeline.console.api.runs import Started, started
from mentorsync_pipeline.console.apply_answers import apply_approvals
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.domain.vocabulary import PlanStatus

router = APIRouter(tags=["archive"])

Of = Annotated[Purpose, Query(description="The mentors' duplicates, or all mass-email stubs.")]


@router.get("/{year}/archive")
def whole_plan(cache: YearCacheDep, purpose: Of = "duplicates") -> WholePlan:
    """Summary of the plan: fingerprint, counts, the guard's result and the state of the ledger."""
    summary = cache.read(read_plan_summary, purpose)
    return WholePlan(
        purpose=purpose,
        plan_fingerprint=summary.fingerprint,
        is_current=summary.is_current,
        statuses=dict(summary.statuses),
        counts=[Tally.model_validate(entry) for entry in summary.tally],
        guard=Guard.model_validate(summary.guard),
        causes=[Cause.model_validate(cause) for cause in summary.causes],
        ledger=dict(summary.ledger),
    )


@router.get("/{year}/archive/plan")
def list_plan(
    cache: YearCacheDep,
    window: Pagination,
    purpose: Of = "duplicates",
    status: PlanStatus | None = None,
    reason: Searched | None = None,
    donors: bool | None = None,
    search: Searched | None = None,
) -> Page[PlanRow]:
    """Contacts of the plan with reasons; those that need approval first."""
    row_filter = PlanFilter(
        year=cache.year, purpose=purpose, status=status, reason=reason, donors=donors, search=search
    )
    rows, total = cache.read(_read_plan_page, row_filter, window)
    items = [PlanRow.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=window.limit, offset=window.offset)


def _read_plan_page(
    conn: sa.Connection, _: int, row_filter: PlanFilter, window: Window
) -> tuple[list[dict[str, Any]], int]:
    """Read a page of the plan, and the number of all matching rows."""
    rows = plan_listing.list_plan_rows(conn, row_filter, limit=window.limit, offset=window.offset)
    return rows, plan_listing.count_plan_rows(conn, row_filter)


@router.post("/{year}/archive/plan", status_code=202)
def make_plan(
    year: Year, services: ServicesDep, person: CurrentUser, response: Response, body: PlanSelector
) -> Started:
    """Refresh the plan. Nothing is archived."""
    run_id, job = archive_runs.make_plan(services, person, year, body.purpose)
    return started(services, response, run_id, job, year)


@router.post("/{year}/archive/approve", dependencies=[Depends(apply_approvals)])
def approve(year: Year, services: ServicesDep, person: CurrentUser, body: Approval) -> DecisionCount:
    """Approve contacts, or a plan that the guard stopped; 409 if the plan is out of date.

    The next plan includes the contacts.
    """
    count = service.approve_contacts(
        services.change_context(person), year, body.purpose, body.contact_ids, seen=body.plan_fingerprint
    )
    return DecisionCount(contacts=count)


@router.post("/{year}/archive/reject", dependencies=[Depends(apply_approvals)])
def reject(year: Year, services: ServicesDep, person: CurrentUser, body: Rejection) -> DecisionCount:
    """Keep contacts: they are not archived until a person approves them."""
    count = service.keep_contacts(
        services.change_context(person), year, body.purpose, body.contact_ids, reason=body.reason
    )
    return DecisionCount(contacts=count)


@router.post("/{year}/archive/reject/undo", dependencies=[Depends(apply_approvals)])
def take_back(year: Year, services: ServicesDep, person: CurrentUser, body: Withdrawal) -> DecisionCount:
    """Withdraw decisions to keep contacts; the next plan decides again."""
    return DecisionCount(contacts=service.withdraw_keep(services.change_context(person), year, body.contact_ids))


@router.post("/{year}/archive/apply", status_code=202)
def apply(year: Year, services: ServicesDep, person: CurrentUser, response: Response, body: PlanSelector) -> Started:
    """Archive the planned contacts; 409 while the guard stops the plan, or if it is out of date."""
    run_id = archive_runs.apply(services, person, year, body.purpose)
    return started(services, response, run_id, archive_runs.APPLY_JOBS[body.purpose], year)


@router.get("/{year}/archive/ledger")
def list_ledger(
    year: Year,
    conn: DbConn,
    window: Pagination,
    status: Status | None = None,
    run_id: Searched | None = None,
    search: Searched | None = None,
) -> Page[LedgerEntry]:
    """Ledger of archived, released and restored contacts, newest first."""
    row_filter = LedgerFilter(year=year, status=status, run_id=run_id, search=search)
    tally = plan_listing.count_ledger_by_status(conn, row_filter)
    rows = plan_listing.list_ledger_rows(conn, row_filter, limit=window.limit, offset=window.offset)
    return Page(
        items=[LedgerEntry.model_validate(row) for row in rows],
        total=tally.get(status, 0) if status else sum(tally.values()),
        limit=window.limit,
        offset=window.offset,
    )


@router.post("/{year}/archive/restore", status_code=202)
def restore(year: Year, services: ServicesDep, person: CurrentUser, response: Response, body: Restore) -> Started:
    """Restore one contact, one mentor's contacts or all contacts of one run."""
    run_id = archive_runs.restore(services, person, year, **body.model_dump())
    return started(services, response, run_id, archive_runs.RESTORE_JOB, year)
