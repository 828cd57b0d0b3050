"""The ledger of archived contacts, and restoring contacts of one id, mentor or run."""

from typing import Annotated, get_args

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from mentorsync_pipeline.archiving import plan_listing
from mentorsync_pipeline.archiving.ledger import Status
from mentorsync_pipeline.console import archive_runs
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.pages.runs import to_run
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.review.conflict_detail import read_mentor_names

router = APIRouter()
_ON_A_PAGE = 50
STATUSES: tuple[str, ...] = get_args(Status)


class Back(BaseModel):
    """What to restore: exactly one of these."""

    contact_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    mn_id: Annotated[str, StringConstraints(pattern=r"^MN\d{4,20}$")] | None = None
    run_id: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]+$")] | None = None


@router.get("/{year}/archive/ledger")
def ledger_page(
    request: Request,
    year: Year,
    conn: DbConn,
    person: CurrentUser,
    status: Annotated[str, Query(max_length=20)] = "",
    run: Annotated[str, Query(max_length=100)] = "",
    search: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Show archived, released and restored contacts, newest first. They can be restored in a closed year too."""
    ledger_filter = plan_listing.LedgerFilter(
        year=year,
        status=status if status in STATUSES else None,
        run_id=run.replace("\x00", "") or None,
        search=search.replace("\x00", "").strip() or None,
    )
    tally = plan_listing.count_ledger_by_status(conn, ledger_filter)
    total = tally.get(ledger_filter.status, 0) if ledger_filter.status else sum(tally.values())
    rows = plan_listing.list_ledger_rows(conn, ledger_filter, limit=_ON_A_PAGE, offset=(page - 1) * _ON_A_PAGE)
    return render(
        request,
        "archive_ledger.html",
        person=person,
        rows=rows,
        mentor_names=read_mentor_names(conn, year, [row["mn_id"] for row in rows if row["mn_id"]]),
        ledger_filter=ledger_filter,
        tally=tally,
        total=total,
        page=page,
        pages=-(-total // _ON_A_PAGE),
        statuses=STATUSES,
    )


@router.post("/{year}/archive/restore")
def restore(year: Year, services: ServicesDep, person: CurrentUser, back: Annotated[Back, Form()]) -> Response:
    """Restore contacts."""
    return to_run(year, lambda: archive_runs.restore(services, person, year, **back.model_dump()))
