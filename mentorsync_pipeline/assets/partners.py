"""The asset of the mentors' partners and shifts."""

from collections import Counter

import dagster as dg

from mentorsync_pipeline.assets.year_asset import YearRun, year_step
from mentorsync_pipeline.db.row_records import to_row
from mentorsync_pipeline.db.tables import partner_matches as matches_table
from mentorsync_pipeline.mentors.partners import read_present_ids, read_wishes
from mentorsync_pipeline.mentors.rules.partner_matches import match_partners


@year_step(
    group="mentors",
    deps=["mentors", "raw_mn_partner_preference", "deduplicated_signups"],
    table=matches_table,
)
def partner_matches(run: YearRun) -> dg.MaterializeResult[None]:
    """One row for each mentor who has not dropped out: the partner wished for, and whether the partner wishes back.

    The wish is that of `mentors`: from the latest partner form, the sign-up or Givebutter. Shifts of two mentors who
    wish for each other are compared as options of the shift field.
    """
    wishes = read_wishes(run.conn, run.config)
    matches = match_partners(wishes, read_present_ids(run.conn, run.year))
    diff = run.write(matches_table, map(to_row, matches))
    return run.report(rows_in=len(wishes), diff=diff, counts=dict(Counter[str](match.state for match in matches)))
