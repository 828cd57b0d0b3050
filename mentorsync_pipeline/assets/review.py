"""Tables that people write through the console or the command line, as external assets in the lineage."""

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.external import OWNERS
from mentorsync_pipeline.assets.metadata import table_metadata
from mentorsync_pipeline.assets.partitions import YEARS
from mentorsync_pipeline.db.tables import message_campaigns, sync_decisions, sync_errors, sync_warnings


def _by_people(table: sa.Table, description: str, *, group: str = "review") -> dg.AssetSpec:
    return dg.AssetSpec(
        table.name,
        group_name=group,
        owners=OWNERS,
        kinds={"postgres"},
        description=description,
        metadata=table_metadata(table),
        partitions_def=YEARS,
    )


BY_PEOPLE = (
    _by_people(sync_decisions, "Decisions on conflicts; the next run applies them."),
    _by_people(
        sync_errors, "Records that could not be used, until they are corrected, retried successfully or ignored."
    ),
    _by_people(
        message_campaigns,
        "Applied message campaigns: the text of each file, and who applied or cleared it.",
        group="messages",
    ),
    _by_people(sync_warnings, "Findings that deserve a look, until their cause is gone; people acknowledge them."),
)
