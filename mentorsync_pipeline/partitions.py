"""The campaign years, as Dagster's partitions.

What differs between two years does not belong here; see `rules.config`.
"""

from datetime import UTC, datetime

import dagster as dg

from mentorsync_pipeline.settings import load_settings
from mentorsync_pipeline.store.configs import shipped_campaigns


def campaign_years(first: int, this_year: int) -> tuple[int, ...]:
    """All years from the first to the one after this year, so that next year's campaign can be prepared."""
    return tuple(range(first, max(first, this_year + 1) + 1))


def _first_year() -> int:
    return load_settings().first_year or min(shipped_campaigns())


# Static, so that one year can never re-trigger the others; a code location that is loaded again finds a new year.
YEARS = dg.StaticPartitionsDefinition([str(year) for year in campaign_years(_first_year(), datetime.now(UTC).year)])
