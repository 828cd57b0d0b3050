"""Campaign messages: the text message and the email of each mentor (rulebook section 13)."""

import dagster as dg

from mentorsync_pipeline.assets.year_asset import year_asset
from mentorsync_pipeline.db.tables import campaign_messages as table
from mentorsync_pipeline.db.tables import message_campaigns, mn_gb_import
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import MessageOrder

GROUP = "messages"


@year_asset(
    group=GROUP,
    deps=["mentors", "message_campaigns"],
    table=table,
    writes=(message_campaigns, mn_gb_import),
)
def campaign_messages(
    context: dg.AssetExecutionContext,
    config: MessageOrder,
    warehouse: WarehouseResource,
    clock: ClockResource,
    messages_folder: MessagesFolderResource,
) -> dg.MaterializeResult[None]:
    """Messages of the applied campaigns: one row per mentor and message column, emptied when no message applies.

    It also writes the message columns of the import rows, and only those. If a text cannot be filled in for a mentor,
    the mentor gets an error instead of a message; a mentor who leaves the audience loses the message. Updated by
    `mentorsync messages apply` and `clear`, and by every sync. Rulebook section 13.
    """
    from mentorsync_pipeline.assets.steps.messages import write_messages

    return write_messages(context, config, warehouse, clock, messages_folder)
