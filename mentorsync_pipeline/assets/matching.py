"""Matching assets: from raw sign-ups to the winner contact of each mentor (rulebook, sections 2 to 4)."""

from typing import TYPE_CHECKING

import dagster as dg

from mentorsync_pipeline.assets.year_asset import year_step
from mentorsync_pipeline.db.tables import contact_candidates as candidates_table
from mentorsync_pipeline.db.tables import deduplicated_signups as signups_table
from mentorsync_pipeline.db.tables import placeholder_keys
from mentorsync_pipeline.db.tables import winner_contacts as winners_table

if TYPE_CHECKING:
    from mentorsync_pipeline.assets.year_run import YearRun

GROUP = "matching"


@year_step(
    group=GROUP,
    deps=["raw_mn_signups", "raw_gb_full_contacts", "sync_decisions"],
    raises_conflicts=True,
    table=signups_table,
    writes=(placeholder_keys,),
)
def deduplicated_signups(run: "YearRun") -> dg.MaterializeResult[None]:
    """One row for each person who signed up this year, even if the person signed up several times.

    Two sign-ups belong to one person if they share a phone or an email and their names agree; the newest sign-up is
    used, and the row lists the superseded ones. Deleted sign-ups are left out. Sign-ups without a usable mentor id are
    left out and become errors that name the field to correct. In unclear cases both sign-ups are kept and a conflict
    is opened. Rulebook section 2.
    """
    from mentorsync_pipeline.assets.steps.matching import write_signups

    return write_signups(run)


@year_step(
    group=GROUP,
    deps=["deduplicated_signups", "raw_gb_full_contacts", "raw_gb_campaign_members", "sync_decisions"],
    table=candidates_table,
)
def contact_candidates(run: "YearRun") -> dg.MaterializeResult[None]:
    """Givebutter contacts that may belong to this year's mentors, with scores and reasons.

    A contact is a candidate if it has the mentor's id as External ID, shares a primary or additional phone or email, or
    was linked to the mentor by the last run or a decision. Relatives and new owners of a phone number are refused. In
    unclear cases the contact is doubtful: it is neither chosen nor archived without a decision. Rulebook section 3.
    """
    from mentorsync_pipeline.assets.steps.matching import write_candidates

    return write_candidates(run)


@year_step(
    group=GROUP,
    deps=["deduplicated_signups", "contact_candidates", "raw_gb_full_contacts", "sync_decisions"],
    raises_conflicts=True,
    table=winners_table,
)
def winner_contacts(run: "YearRun") -> dg.MaterializeResult[None]:
    """The contact that is kept for each mentor, and the rule that chose it.

    The rules in order: a reviewer's decision, the contact with the mentor's id as External ID, the only candidate, the
    candidate with a clearly higher score or clearly newer activity. If none applies, the mentor is `blocked` until the
    conflict is decided. For a mentor without a contact, the import creates one. Rulebook section 4.
    """
    from mentorsync_pipeline.assets.steps.matching import write_winners

    return write_winners(run)
