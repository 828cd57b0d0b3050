"""The campaign years, as Dagster's partitions."""

from datetime import UTC, datetime

import dagster as dg

from mentorsync_pipeline.campaigns.configuration import shipped_campaigns
from mentorsync_pipeline.runtime.settings import load_settings


def campaign_years(first: int, this_year: int) -> tuple[int, ...]:
    """All years from the first to the one after this year, so that next year's campaign can be prepared."""
    return tuple(range(first, max(first, this_year + 1) + 1))


def _first_year() -> int:
    return load_settings().first_year or min(shipped_campaigns())


# Static, so that one year can never re-trigger the others; a code location that is loaded again finds a new year.
YEARS = dg.StaticPartitionsDefinition([str(year) for year in campaign_years(_first_year(), datetime.now(UTC).year)])
