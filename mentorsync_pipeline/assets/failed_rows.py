"""Rejected import rows: Givebutter's `*-failed.csv` becomes errors of the mentors (rulebook section 9)."""

import dagster as dg

from mentorsync_pipeline.assets.year_asset import year_asset
from mentorsync_pipeline.db.tables import sync_errors
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import RejectedFile


@year_asset(
    group="import",
    deps=["drop_folder", "mentors", "mn_gb_import", "campaign_messages", "raw_gb_full_contacts"],
    table=sync_errors,
)
def gb_failed_rows(
    context: dg.AssetExecutionContext, config: RejectedFile, warehouse: WarehouseResource, clock: ClockResource
) -> dg.MaterializeResult[None]:
    """Rows of the last import that Givebutter rejected, as errors of the mentors with the next step for each.

    A rejected row is left out of the next files, and its error stays open, until its cause is fixed or a person retries
    it. A question about the mentor's External ID replaces the error. Givebutter provides no file when no row is
    rejected; then the next contact data shows that the rows arrived, and `mentors` closes their errors.
    """
    from mentorsync_pipeline.assets.steps.failed_rows import record_failed_rows

    return record_failed_rows(context, config, warehouse, clock)
