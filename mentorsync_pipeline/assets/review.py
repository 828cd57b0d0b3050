"""What people write, as external assets: Dagster does not make it, it shows what the runs rest on."""

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
    _by_people(
        sync_decisions, "What people answered to the questions that only they can answer; the next run applies it."
    ),
    _by_people(
        sync_errors, "Records that could not be used, until they are put right, tried again or ignored by a person."
    ),
    _by_people(
        message_campaigns,
        "The message campaigns that people have applied, with the text of each file, and who cleared them.",
        group="messages",
    ),
    _by_people(sync_warnings, "What is worth a look, until its cause is gone; a person says when it has been seen."),
)
