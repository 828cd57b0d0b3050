"""Archive plans (rulebook section 10)."""

from typing import TYPE_CHECKING

import dagster as dg

from mentorsync_pipeline.assets.year_asset import year_step
from mentorsync_pipeline.db.tables import archive_plan as plan_table
from mentorsync_pipeline.db.tables import mn_changes

if TYPE_CHECKING:
    from mentorsync_pipeline.assets.year_run import YearRun

GROUP = "archive"
# What every plan is computed from.
PLAN_INPUTS = (
    "deduplicated_signups",
    "contact_candidates",
    "winner_contacts",
    "duplicate_contacts",
    "mentors",
    "raw_gb_full_contacts",
)


@year_step(
    group=GROUP,
    deps=[
        *PLAN_INPUTS,
        "archive_approvals",
    ],
    table=plan_table,
    writes=(mn_changes,),
)
def archive_plan(run: "YearRun") -> dg.MaterializeResult[None]:
    """The mentors' duplicate contacts, each with its planned action (archive, needs approval, keep) and the reason.

    A contact is archived only after contact data confirms that its values were copied to the kept contact. Donors and
    contacts with a different name need approval. Winners, other mentors' contacts, doubtful contacts and restored
    contacts are kept. The plan itself does not archive anything. Rulebook section 10.
    """
    from mentorsync_pipeline.assets.steps.archive import write_plan

    return write_plan(run, "duplicates")


@year_step(
    group=GROUP,
    deps=[
        *PLAN_INPUTS,
        "raw_gb_campaign_members",
        "archive_approvals",
        "archived_duplicates",
        "sync_decisions",
    ],
    table=plan_table,
    writes=(mn_changes,),
)
def mass_email_plan(run: "YearRun") -> dg.MaterializeResult[None]:
    """Every mass-email stub of the account (a contact with only a university email) and its planned action.

    The mentors' own stubs follow the archive plan. This asset runs only when a person starts it. Rulebook section 10.
    """
    from mentorsync_pipeline.assets.steps.archive import write_plan

    return write_plan(run, "mass_email")
