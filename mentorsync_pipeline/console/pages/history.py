"""How the year's runs went, as the tables tell it, whether or not Dagster answers."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.console.api.paging import Pagination
from mentorsync_pipeline.console.csv_file import csv_file
from mentorsync_pipeline.console.listing import Choice, Column, Shown, Table
from mentorsync_pipeline.console.lists import Syncs
from mentorsync_pipeline.console.rendering import field_label, render
from mentorsync_pipeline.console.services import DbConn, ServicesDep
from mentorsync_pipeline.console.translating import N_
from mentorsync_pipeline.console.years import Year
from mentorsync_pipeline.db import sync_history
from mentorsync_pipeline.db.paging import read_page

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
            {"success": N_("done"), "failed": N_("failed"), "running": N_("under way")},
            N_("any"),
        ),
    ),
    searched=N_("a run's id"),
)
_FILE_COLUMNS = tuple(
    Column(one.name, N_("Ended"), one.kind) if one.name == "finished_at" else one for one in TABLE.columns
)


@router.get("/{year}/history")
def history_page(
    request: Request,
    year: Year,
    services: ServicesDep,
    conn: DbConn,
    asked: Annotated[Syncs, Query()],
    window: Pagination,
) -> Response:
    """The runs that fit."""
    found = read_page(conn, asked.listing(year), order=asked.order, limit=window.limit, offset=window.offset)
    assets = {name: field_label(name) for name in sync_history.asset_names(conn, year)}
    choices = (*TABLE.choices, Choice("asset", N_("What ran"), assets, N_("anything")))
    shown = Shown(table=TABLE, asked=asked, part=found, window=window, choices=choices)
    return render(request, "history.html", shown=shown, link=services.dagster.link)


@router.get("/{year}/history.csv")
def history_file(year: Year, services: ServicesDep, asked: Annotated[Syncs, Query()]) -> Response:
    """All of them as a file."""
    return csv_file(services, asked.listing(year), asked.order, _FILE_COLUMNS, name=f"history-{year}.csv")
