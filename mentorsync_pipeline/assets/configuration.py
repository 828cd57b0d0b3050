"""The configuration of a campaign year as an asset, so that Dagster shows when and by whom it was changed."""

import dagster as dg

from mentorsync_pipeline.assets.external import OWNERS
from mentorsync_pipeline.assets.metadata import table_metadata, with_code_reference
from mentorsync_pipeline.assets.partitions import YEARS
from mentorsync_pipeline.db.tables import sync_configs as table
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import CampaignValues


@with_code_reference
@dg.asset(
    partitions_def=YEARS,
    group_name="configuration",
    owners=OWNERS,
    kinds={"yaml", "postgres"},
    metadata=table_metadata(table),
)
def sync_configs(
    context: dg.AssetExecutionContext, config: CampaignValues, warehouse: WarehouseResource, clock: ClockResource
) -> dg.MaterializeResult[None]:
    """Configuration of a campaign year: forms, tags, goal, weights, thresholds.

    Change it with `mentorsync config load FILE` or `mentorsync config set`. Every asset of the year reads it.
    """
    from mentorsync_pipeline.assets.steps.configuration import store_configuration

    return store_configuration(context, config, warehouse, clock)
