"""Data sources as external assets: the starting points of the lineage."""

import dagster as dg

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
