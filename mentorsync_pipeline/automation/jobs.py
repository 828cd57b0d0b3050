"""The jobs: named selections of assets that a person, the command line or a sensor starts."""

from collections.abc import Sequence

import dagster as dg

from mentorsync_pipeline.assets.archive_apply import APPLY_JOB
from mentorsync_pipeline.db.step_inputs import CALCULATION
from mentorsync_pipeline.domain.forms import FORMS
from mentorsync_pipeline.runtime.dagster_internals import UnresolvedAssetJobDefinition

RAW_FORMS = tuple(form.table for form in FORMS)
MEMBERS = "raw_gb_campaign_members"
CONTACTS = "raw_gb_full_contacts"
MESSAGES = "campaign_messages"
IMPORT_ROWS = "mn_gb_import"
# Runs before every plan and before archiving, to include decisions and other years' data since the last run.
DUPLICATES = "duplicate_contacts"
# The steps of a calculation that read the mentors.
READ_MENTORS = ("partner_matches", "mentor_gaps", MESSAGES, IMPORT_ROWS)
# Without the import file: only one file is created per load of contacts (`data_staleness`).
ETL = (*CALCULATION, *READ_MENTORS)
FILE = "gb_import_file"
PLAN = "archive_plan"
# In a sync it archives only if the year's `archive_nightly` is `apply`.
ARCHIVE = "archived_duplicates"
RESTORE = "restore_archived"
# Jobs that a closed year allows: contacts archived by mistake can be restored at any time.
JOBS_OF_CLOSED_YEARS = frozenset({RESTORE})


# Groups that jobs select as a whole, so that new assets of a group are included.
_RAW, _MATCHING, _MENTORS = "raw", "matching", "mentors"


def _job(name: str, description: str, *assets: str, groups: Sequence[str] = ()) -> UnresolvedAssetJobDefinition:
    """Build a job of the assets, the assets of the groups, and their checks."""
    selection: dg.AssetSelection = dg.AssetSelection.assets(*assets)
    if groups:
        selection = selection | dg.AssetSelection.groups(*groups)
    return dg.define_asset_job(name, selection=selection, description=description)


JOBS = (
    _job(
        "sync",
        "Sync a campaign year: fetch all sources, match the mentors, create the import file and plan the archiving of "
        "duplicates.",
        MESSAGES,
        IMPORT_ROWS,
        FILE,
        PLAN,
        ARCHIVE,
        groups=(_RAW, _MATCHING, _MENTORS),
    ),
    _job(
        "etl",
        "Recalculate a campaign year from stored data. No service is called.",
        MESSAGES,
        IMPORT_ROWS,
        groups=(_MATCHING, _MENTORS),
    ),
    _job(
        "etl_to_plan",
        "Recalculate a campaign year from stored data after approvals, including the archive plan.",
        MESSAGES,
        IMPORT_ROWS,
        PLAN,
        groups=(_MATCHING, _MENTORS),
    ),
    _job(
        "etl_to_file",
        "Recalculate a campaign year from stored data after an upload, including the import file and the archive plan.",
        MESSAGES,
        IMPORT_ROWS,
        FILE,
        PLAN,
        groups=(_MATCHING, _MENTORS),
    ),
    # Includes the steps before the file, because rows older than the contacts would revert later changes.
    _job(
        "export",
        "Create the year's import file from stored data.",
        MESSAGES,
        IMPORT_ROWS,
        FILE,
        groups=(_MATCHING, _MENTORS),
    ),
    _job("messages", "Apply or clear a message campaign, and update the messages of applied campaigns.", MESSAGES),
    _job("jotform", "Fetch the year's forms.", *RAW_FORMS),
    _job("givebutter", "Fetch the year's campaign members and the contacts.", MEMBERS, CONTACTS),
    _job("rejected_rows", "Record the rows of an import that Givebutter rejected.", "gb_failed_rows"),
    _job("upload_contacts", "Load a contact export.", CONTACTS),
    _job("refresh_contacts", "Fetch contacts over Givebutter's API.", CONTACTS),
    _job(
        "plan_archive", "Plan the archiving of the mentors' duplicate contacts. Nothing is archived.", DUPLICATES, PLAN
    ),
    _job(APPLY_JOB, "Archive the planned duplicate contacts.", DUPLICATES, ARCHIVE),
    _job(RESTORE, "Restore archived contacts.", "restored_duplicates"),
    # Includes the calculation: the plan keeps the contacts of mentors.
    _job(
        "plan_mass_email",
        "Plan the archiving of mass-email stubs. Nothing is archived.",
        MESSAGES,
        IMPORT_ROWS,
        "mass_email_plan",
        groups=(_MATCHING, _MENTORS),
    ),
    _job("mass_email_cleanup", "Archive the planned mass-email stubs.", DUPLICATES, "archived_mass_email"),
    _job("configure", "Store a campaign year's configuration.", "sync_configs"),
)


def find_job(name: str) -> UnresolvedAssetJobDefinition:
    """Return the job with this name."""
    return next(job for job in JOBS if job.name == name)
