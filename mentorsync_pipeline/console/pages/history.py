"""History of runs from the tables, independent of Dagster."""

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.archiving.ledger_queries import RunArchiving, count_by_run
from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.api.pagination import Pagination
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.listing import Choice, Column, ListingPage, Table, read_list
from mentorsync_pipeline.console.lists import Syncs
from mentorsync_pipeline.console.rendering import field_label, render
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.db import sync_history

router = APIRouter()
TABLE = Table(
    columns=(
        Column("started_at", N_("Started"), "moment"),
        Column("finished_at", N_("Took"), "moment"),
        Column("status", N_("State"), "word"),
        Column("changes", N_("Changes"), "number"),
        Column("steps", N_("What ran")),
        Column("failed_steps", N_("What failed"), only_file=True),
        Column("campaign_year", N_("Year"), "number", only_file=True),
        Column("run_id", N_("Run")),
    ),
    sortable=("started_at", "status"),
    choices=(
        Choice(
            "status",
            N_("State"),
            {"success": N_("done"), "stopped": N_("stopped"), "failed": N_("failed"), "running": N_("under way")},
            N_("any"),
        ),
    ),
    searched=N_("a run's id"),
)
_FILE_COLUMNS = tuple(
    Column(column.name, N_("Ended"), column.kind) if column.name == "finished_at" else column
    for column in TABLE.columns
)


@router.get("/{year}/history")
def history_page(
    request: Request,
    services: ServicesDep,
    cache: YearCacheDep,
    query: Annotated[Syncs, Query()],
    window: Pagination,
) -> Response:
    """Show matching runs."""
    page = cache.read(read_list, query, window)
    names = cache.read(sync_history.asset_names)
    assets = {name: labels.ASSET.get(name, field_label(name)) for name in names}
    choices = (*TABLE.choices, Choice("asset", N_("What ran"), assets, N_("anything")))
    listing_page = ListingPage(table=TABLE, query=query, page=page, window=window, choices=choices)
    archived = cache.read(_count_archived, *(row["run_id"] for row in page.rows))
    return render(request, "history.html", listing_page=listing_page, archived=archived, link=services.dagster.link)


@router.get("/{year}/history.csv")
def history_file(year: Year, services: ServicesDep, query: Annotated[Syncs, Query()]) -> Response:
    """Download matching runs."""
    return csv_file(services, query.listing(year), query.order, _FILE_COLUMNS, name=f"history-{year}.csv")


def _count_archived(conn: sa.Connection, _: int, *run_ids: str) -> dict[str, RunArchiving]:
    return count_by_run(conn, run_ids)
