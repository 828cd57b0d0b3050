"""Store the configuration of a campaign year (rulebook section 11)."""

import dagster as dg

from mentorsync_pipeline.assets.metadata import diff_metadata
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.asset_run import run_asset
from mentorsync_pipeline.db.dagster_events import report_manual_change
from mentorsync_pipeline.mentors.rules.fields import APPROVALS
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import CampaignValues


def store_configuration(
    context: dg.AssetExecutionContext, config: CampaignValues, warehouse: WarehouseResource, clock: ClockResource
) -> dg.MaterializeResult[None]:
    """Validate and store the configuration of a year."""
    year = int(context.partition_key)
    campaign = configuration.validate_config(
        {**config.values, "campaign_year": year}, where=f"the configuration of {year}"
    )
    with run_asset(
        warehouse.engine,
        asset="sync_configs",
        run_id=context.run.run_id,
        job=context.run.job_name,
        now=clock.now,
        year=year,
    ) as current:
        diff = configuration.save_config(current.conn, campaign)
        current.report(rows_in=len(config.values), diff=diff)
    _report_no_approvals(context.instance, year)
    return dg.MaterializeResult(metadata=diff_metadata(diff))


def _report_no_approvals(instance: dg.DagsterInstance, year: int) -> None:
    """Report that a new year has no approvals of archives yet.

    Dagster's dialogs warn about inputs without a materialization, and most years never need an approval.
    """
    filters = dg.AssetRecordsFilter(asset_key=dg.AssetKey(APPROVALS), asset_partitions=[str(year)])
    if not instance.fetch_materializations(filters, limit=1).records:
        report_manual_change(instance, APPROVALS, years=[year], did="No approvals yet.", counts={"approvals": 0})
