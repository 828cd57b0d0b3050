"""History over the API: changes of mentors, and runs."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from mentorsync_pipeline.archiving.ledger_queries import NO_ARCHIVING, count_by_run
from mentorsync_pipeline.console.api.pagination import Page, Pagination
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dependencies import DbConn
from mentorsync_pipeline.console.lists import Changes, Syncs
from mentorsync_pipeline.db.paging import read_page
from mentorsync_pipeline.db.sync_history import Status
from mentorsync_pipeline.domain.vocabulary import ChangeType

router = APIRouter(tags=["history"])


class ChangeEntry(BaseModel):
    """A change. `mentor` is the current name; `synced_to_gb` is when contact data confirmed the new value."""

    id: int
    campaign_year: int
    mn_id: str
    mentor: str | None
    change_type: ChangeType
    field: str | None
    old_value: Any
    new_value: Any
    source_table: str
    source: str | None
    sync_log_id: int
    detected_at: datetime
    synced_to_gb: datetime | None
    resolved: bool


class SyncEntry(BaseModel):
    """A run.

    `job` is None for runs before it was recorded, `campaign_year` for all years. `changes` are those after the sync
    `since` up to the sync `upto`.

    `archived` and `restored` are contacts; External IDs that were removed or restored alone are counted apart.
    """

    run_id: str
    job: str | None
    campaign_year: int | None
    status: Status
    started_at: datetime
    finished_at: datetime | None
    assets: int
    steps: list[str]
    failed_steps: list[str]
    changes: int
    since: int | None
    upto: int | None
    archived: int
    external_ids_removed: int
    restored: int
    external_ids_restored: int


@router.get("/{year}/changes")
def list_changes(year: Year, conn: DbConn, query: Annotated[Changes, Query()], window: Pagination) -> Page[ChangeEntry]:
    """Matching changes, newest first; optionally between two syncs (numbers or run ids)."""
    page = read_page(conn, query.listing(conn, year), order=query.order, limit=window.limit, offset=window.offset)
    return Page(items=[ChangeEntry(**row) for row in page.rows], total=page.total, **window.model_dump())


@router.get("/{year}/syncs")
def list_syncs(year: Year, conn: DbConn, query: Annotated[Syncs, Query()], window: Pagination) -> Page[SyncEntry]:
    """Runs of the year and of all years, newest first."""
    page = read_page(conn, query.listing(year), order=query.order, limit=window.limit, offset=window.offset)
    archiving = count_by_run(conn, [row["run_id"] for row in page.rows])
    items = [SyncEntry(**row, **asdict(archiving.get(row["run_id"], NO_ARCHIVING))) for row in page.rows]
    return Page(items=items, total=page.total, **window.model_dump())
