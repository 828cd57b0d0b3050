"""Where the data comes from, as external assets: Dagster does not make them, it shows that lineage starts there."""

import dagster as dg

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
    _source("jotform_signup_form", "jotform", "The year's sign-up form: who wants to be a mentor.", JOTFORM),
    _source(
        "jotform_setup_form", "jotform", "The year's set-up form: which mentors have asked for their page.", JOTFORM
    ),
    _source("jotform_training_form", "jotform", "The year's training form: who comes to which session.", JOTFORM),
    _source(
        "givebutter_campaign", "givebutter", "The year's campaign: its members and what each has raised.", GIVEBUTTER
    ),
    _source(
        "givebutter_contacts",
        "givebutter",
        "All contacts of the account, over the API: donors, parents, mentors of any year, mass-mail stubs.",
        GIVEBUTTER,
    ),
    _source(
        "drop_folder",
        "csv",
        "Contact exports that a person downloaded from Givebutter's dashboard and put into the drop folder.",
    ),
)
