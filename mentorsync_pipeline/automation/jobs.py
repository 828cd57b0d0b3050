"""The jobs: what a person or the command line starts, each a selection of assets."""

from collections.abc import Sequence

import dagster as dg

from mentorsync_pipeline.assets.archive_apply import APPLY_JOB
from mentorsync_pipeline.runtime.dagster_internals import UnresolvedAssetJobDefinition

RAW_OF_A_YEAR = ("raw_mn_signups", "raw_mn_funds_setup", "raw_mn_training_signup", "raw_gb_campaign_members")
CONTACTS = "raw_gb_full_contacts"
MESSAGES = "campaign_messages"
IMPORT_ROWS = "mn_gb_import"
# Before every plan and before archiving: what other years and people have said since counts.
DUPLICATES = "duplicate_contacts"
# Without the file: one may leave only once for each state of the contact data (`data_staleness`).
ETL = (
    "deduplicated_signups",
    "contact_candidates",
    "winner_contacts",
    DUPLICATES,
    "mentors",
    MESSAGES,
    IMPORT_ROWS,
)
FILE = "gb_import_file"
PLAN = "archive_plan"
# In a sync it archives only if the year's `archive_nightly` says so.
ARCHIVE = "archived_duplicates"


# Groups that a job takes as a whole; what is added to them belongs to the jobs at once.
_RAW, _MATCHING, _MENTORS = "raw", "matching", "mentors"


def _job(name: str, description: str, *assets: str, groups: Sequence[str] = ()) -> UnresolvedAssetJobDefinition:
    """A job over these assets, over all of these groups, and over their checks."""
    selection: dg.AssetSelection = dg.AssetSelection.assets(*assets)
    if groups:
        selection = selection | dg.AssetSelection.groups(*groups)
    return dg.define_asset_job(name, selection=selection, description=description)


JOBS = (
    _job(
        "sync",
        "One campaign year's whole loop: all sources, who is who, the mentors, the file for Givebutter, and which "
        "duplicates could be archived.",
        MESSAGES,
        IMPORT_ROWS,
        FILE,
        PLAN,
        ARCHIVE,
        groups=(_RAW, _MATCHING, _MENTORS),
    ),
    _job(
        "etl",
        "One campaign year from the tables that are there already: no service is called.",
        MESSAGES,
        IMPORT_ROWS,
        groups=(_MATCHING, _MENTORS),
    ),
    _job(
        "etl_to_file",
        "One campaign year from the tables that are there already, with the import file and the archive plan: what "
        "follows an upload.",
        MESSAGES,
        IMPORT_ROWS,
        FILE,
        PLAN,
        groups=(_MATCHING, _MENTORS),
    ),
    # With the steps before the file: a file of rows older than the contacts would take back what was changed since.
    _job(
        "export",
        "Write the year's import file from the tables that are there already.",
        MESSAGES,
        IMPORT_ROWS,
        FILE,
        groups=(_MATCHING, _MENTORS),
    ),
    _job("messages", "Apply or clear a message campaign, and say what the campaigns say anew.", MESSAGES),
    _job("jotform", "Fetch the year's three forms.", *RAW_OF_A_YEAR[:3]),
    _job("givebutter", "Fetch the year's campaign members, and the contacts.", RAW_OF_A_YEAR[3], CONTACTS),
    _job("rejected_rows", "Record the rows of an import that Givebutter rejected.", "gb_failed_rows"),
    _job("upload_contacts", "Load a contact export that a person downloaded.", CONTACTS),
    _job("refresh_contacts", "Fetch contacts over Givebutter's API.", CONTACTS),
    _job("plan_archive", "Plan which of the mentors' duplicates are archived; nothing is archived.", DUPLICATES, PLAN),
    _job("approve_archive", "Say yes to what an archive plan asks for, by name.", "archive_approvals"),
    _job(APPLY_JOB, "Archive the mentors' duplicates as planned.", DUPLICATES, ARCHIVE),
    _job("restore_archived", "Bring archived contacts back.", "restored_duplicates"),
    _job(
        "plan_mass_email",
        "Plan the clean-up of all mass-email stubs; nothing is archived.",
        DUPLICATES,
        "mass_email_plan",
    ),
    _job("mass_email_cleanup", "Archive the mass-email stubs as planned.", DUPLICATES, "archived_mass_email"),
    _job("configure", "Store a campaign year's configuration.", "sync_configs"),
)


def job(name: str) -> UnresolvedAssetJobDefinition:
    """The job of this name, for what starts it by itself."""
    return next(one for one in JOBS if one.name == name)
