"""Write what each mentor still lacks."""

import dagster as dg

from mentorsync_pipeline.assets.year_run import YearRun
from mentorsync_pipeline.db.row_records import to_row
from mentorsync_pipeline.db.tables import mentor_gaps as gaps_table
from mentorsync_pipeline.reports.queries import GAPS, read_progress
from mentorsync_pipeline.reports.rules.gaps import find_gaps


def write_gaps(run: YearRun) -> dg.MaterializeResult[None]:
    """Write what each mentor still lacks."""
    gaps = find_gaps(read_progress(run.conn, run.year), run.config)
    diff = run.write(gaps_table, map(to_row, gaps))
    counts = {f"lack_{gap}": sum(getattr(row, f"lacks_{gap}") for row in gaps) for gap in GAPS}
    return run.report(rows_in=len(gaps), diff=diff, counts=dict(counts))
