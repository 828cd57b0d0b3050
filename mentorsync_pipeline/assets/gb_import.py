"""Import rows for Givebutter and the import file (rulebook section 9)."""

from typing import TYPE_CHECKING

import dagster as dg

from mentorsync_pipeline.assets.service_policies import FRESH_WEEKLY
from mentorsync_pipeline.assets.year_asset import year_asset, year_step
from mentorsync_pipeline.db.tables import gb_import_files
from mentorsync_pipeline.db.tables import mn_gb_import as rows_table
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.out_folder import OutFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import ExportOptions

if TYPE_CHECKING:
    from mentorsync_pipeline.assets.year_run import YearRun

GROUP = "import"


@year_step(
    group=GROUP,
    deps=[
        "deduplicated_signups",
        "winner_contacts",
        "duplicate_contacts",
        "mentors",
        "raw_gb_full_contacts",
        "campaign_messages",
    ],
    table=rows_table,
)
def mn_gb_import(run: "YearRun") -> dg.MaterializeResult[None]:
    """Import rows for Givebutter: one row per mentor who is not blocked.

    Each column has Givebutter's current value unless there is a newer one, so that an empty cell never deletes a value.
    Emails, phones and tags of a duplicate contact are copied to the kept contact before the duplicate is archived. The
    message columns have the texts of `campaign_messages`. Rulebook section 9.
    """
    from mentorsync_pipeline.assets.steps.gb_import import write_import_rows

    return write_import_rows(run)


@year_asset(
    group=GROUP,
    deps=["mentors", "mn_gb_import", "campaign_messages", "raw_gb_full_contacts", "sync_decisions"],
    table=gb_import_files,
    raises_conflicts=True,
    freshness_policy=FRESH_WEEKLY,
)
def gb_import_file(
    context: dg.AssetExecutionContext,
    config: ExportOptions,
    warehouse: WarehouseResource,
    clock: ClockResource,
    out_folder: OutFolderResource,
) -> dg.MaterializeResult[None]:
    """The CSV file to import into Givebutter, with the rows that Givebutter accepts.

    Every row is checked against Givebutter's import rules and the current contacts. A row that would be rejected is
    left out and becomes an error with the next step. A row that was rejected is left out until its cause is fixed. No
    file is written while the contact data is older than the last file or than a week, because the data does not show
    what the last import changed; a person can force it. Rulebook section 9.
    """
    from mentorsync_pipeline.assets.steps.gb_import import write_file

    return write_file(context, config, warehouse, clock, out_folder)
