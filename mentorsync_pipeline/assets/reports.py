"""The asset of the reports: what each mentor still lacks."""

from typing import TYPE_CHECKING

import dagster as dg

from mentorsync_pipeline.assets.year_asset import year_step
from mentorsync_pipeline.db.tables import mentor_gaps as gaps_table

if TYPE_CHECKING:
    from mentorsync_pipeline.assets.year_run import YearRun


@year_step(group="mentors", deps=["mentors", "partner_matches"], table=gaps_table)
def mentor_gaps(run: "YearRun") -> dg.MaterializeResult[None]:
    """One row for each mentor who has not dropped out: whether set-up, page, training or partner is still lacking.

    Class and shift are options of their fields. The console's page Reports and `mentorsync reports` list the rows.
    """
    from mentorsync_pipeline.assets.steps.reports import write_gaps

    return write_gaps(run)
