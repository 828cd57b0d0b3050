"""The asset of the reports: what each mentor still lacks."""

import dagster as dg

from mentorsync_pipeline.assets.year_asset import YearRun, year_step
from mentorsync_pipeline.db.row_records import to_row
from mentorsync_pipeline.db.tables import mentor_gaps as gaps_table
from mentorsync_pipeline.reports.queries import GAPS, read_progress
from mentorsync_pipeline.reports.rules.gaps import find_gaps


@year_step(group="mentors", deps=["mentors", "partner_matches"], table=gaps_table)
def mentor_gaps(run: YearRun) -> dg.MaterializeResult[None]:
    """One row for each mentor who has not dropped out: whether set-up, page, training or partner is still lacking.

    Class and shift are options of their fields. The console's page Reports and `mentorsync reports` list the rows.
    """
    gaps = find_gaps(read_progress(run.conn, run.year), run.config)
    diff = run.write(gaps_table, map(to_row, gaps))
    counts = {f"lack_{gap}": sum(getattr(row, f"lacks_{gap}") for row in gaps) for gap in GAPS}
    return run.report(rows_in=len(gaps), diff=diff, counts=dict(counts))
