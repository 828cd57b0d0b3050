"""External assets: the data sources, where the lineage starts, and the tables that people edit."""

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.metadata import table_metadata
from mentorsync_pipeline.assets.partitions import YEARS
from mentorsync_pipeline.db.tables import (
    archive_approvals,
    mentor_records,
    message_campaigns,
    sync_decisions,
    sync_errors,
    sync_warnings,
    year_closings,
)
from mentorsync_pipeline.domain.forms import FORMS

GROUP = "sources"
OWNERS = ("team:mentorsync",)

JOTFORM = "https://www.jotform.com/myforms"
GIVEBUTTER = "https://dashboard.givebutter.com"


def _source(key: str, kind: str, description: str, url: str | None = None) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        group_name=GROUP,
        owners=OWNERS,
        kinds={kind},
        description=description,
        metadata={"open": dg.MetadataValue.url(url)} if url else {},
    )


SOURCES = (
    *(_source(form.source, "jotform", form.source_meaning, JOTFORM) for form in FORMS),
    _source(
        "givebutter_campaign",
        "givebutter",
        "The year's campaign: its members and the amount that each has raised.",
        GIVEBUTTER,
    ),
    _source(
        "givebutter_contacts",
        "givebutter",
        "All contacts of the account, over the API: donors, parents, mentors of all years, mass-email stubs.",
        GIVEBUTTER,
    ),
    _source(
        "drop_folder",
        "csv",
        "Contact exports downloaded from Givebutter's dashboard, and files of rejected rows.",
    ),
)


def _manual_table(table: sa.Table, description: str, *, group: str = "review") -> dg.AssetSpec:
    return dg.AssetSpec(
        table.name,
        group_name=group,
        owners=OWNERS,
        kinds={"postgres"},
        description=description,
        metadata=table_metadata(table),
        partitions_def=YEARS,
    )


MANUAL_TABLES = (
    _manual_table(sync_decisions, "Decisions on conflicts. The next run applies them."),
    _manual_table(
        archive_approvals,
        "Approvals of single contacts, or of a whole plan that the guard stopped, and decisions to keep a contact. An "
        "approval becomes invalid when the contact, the sign-up or the kept contact changes.",
        group="archive",
    ),
    _manual_table(
        sync_errors,
        "Records that could not be used. An error is open until the record is corrected, retried or ignored.",
    ),
    _manual_table(
        message_campaigns,
        "Applied message campaigns: the text of each file, and the person who applied or cleared it.",
        group="messages",
    ),
    _manual_table(
        mentor_records,
        "What staff observed: attendance at the training, verified cash and notes, with who recorded or undid each.",
        group="attendance",
    ),
    _manual_table(
        year_closings,
        "Closed campaign years: who closed and reopened each. Closed years are read-only.",
        group="configuration",
    ),
    _manual_table(
        sync_warnings, "Unusual data. A warning is open until its cause is fixed; people can acknowledge it."
    ),
)
