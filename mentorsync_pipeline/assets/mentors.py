"""Assets of the mentors, of their duplicate contacts and of their partners (rulebook sections 7 to 10)."""

from typing import TYPE_CHECKING

import dagster as dg

from mentorsync_pipeline.assets.year_asset import year_step
from mentorsync_pipeline.db.tables import duplicate_contacts as duplicates_table
from mentorsync_pipeline.db.tables import known_mentors, mentor_bases, mentor_form_entries, mentor_records, mn_changes
from mentorsync_pipeline.db.tables import mentors as mentors_table
from mentorsync_pipeline.db.tables import partner_matches as matches_table
from mentorsync_pipeline.domain.forms import ENTRY_FORMS

if TYPE_CHECKING:
    from mentorsync_pipeline.assets.year_run import YearRun


@year_step(
    group="mentors",
    deps=[
        "deduplicated_signups",
        "contact_candidates",
        "winner_contacts",
        "raw_gb_full_contacts",
        "archive_approvals",
        "sync_decisions",
    ],
    table=duplicates_table,
)
def duplicate_contacts(run: "YearRun") -> dg.MaterializeResult[None]:
    """Every duplicate contact of a mentor, whether it may be archived, and the values copied to the kept contact.

    Contacts that another mentor of any active year uses are protected. Donors and contacts with a different name need
    approval; none of their values are copied before it. Rulebook sections 9 and 10.
    """
    from mentorsync_pipeline.assets.steps.mentors import write_duplicates

    return write_duplicates(run)


@year_step(
    group="mentors",
    deps=[
        "deduplicated_signups",
        "winner_contacts",
        "duplicate_contacts",
        "raw_gb_full_contacts",
        "raw_gb_campaign_members",
        *(form.table for form in ENTRY_FORMS),
        "mentor_records",
        "sync_decisions",
    ],
    raises_conflicts=True,
    table=mentors_table,
    writes=(mentor_bases, known_mentors, mentor_form_entries, mentor_records, mn_changes),
)
def mentors(run: "YearRun") -> dg.MaterializeResult[None]:
    """One row per mentor: all fields, each with its source.

    Form answers and edits made in Givebutter are merged so that neither is lost. Amounts raised come only from the
    campaign's members; attendance is what staff recorded here or ticked in Givebutter. A blocked mentor keeps the row
    of the last sync. `mn_changes` lists the changes since the last sync. Rulebook sections 7, 8 and 14.
    """
    from mentorsync_pipeline.assets.steps.mentors import write_mentors

    return write_mentors(run)


@year_step(
    group="mentors",
    deps=["mentors", "raw_mn_partner_preference", "deduplicated_signups"],
    table=matches_table,
)
def partner_matches(run: "YearRun") -> dg.MaterializeResult[None]:
    """One row for each mentor who has not dropped out: the partner wished for, and whether the partner wishes back.

    The wish is that of `mentors`: from the latest partner form, the sign-up or Givebutter. Shifts of two mentors who
    wish for each other are compared as options of the shift field.
    """
    from mentorsync_pipeline.assets.steps.mentors import write_partner_matches

    return write_partner_matches(run)
