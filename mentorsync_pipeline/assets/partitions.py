"""The campaign years, as Dagster's partitions."""

from datetime import UTC, datetime

import dagster as dg

from mentorsync_pipeline.campaigns.configuration import shipped_campaigns
from mentorsync_pipeline.runtime.run_options import UnknownYearError
from mentorsync_pipeline.runtime.settings import load_settings


def campaign_years(first: int, this_year: int) -> tuple[int, ...]:
    """All years from the first to next year, so that next year's campaign can be prepared."""
    return tuple(range(first, max(first, this_year + 1) + 1))


def _first_year() -> int:
    return load_settings().first_year or min(shipped_campaigns())


# Static, so that a new year does not trigger the others. Reloading the code location adds a new year.
YEARS = dg.StaticPartitionsDefinition([str(year) for year in campaign_years(_first_year(), datetime.now(UTC).year)])


def require_partition(year: int) -> None:
    """Raise UnknownYearError when a year is not a partition, so that no run can be started for it."""
    keys = YEARS.get_partition_keys()
    if str(year) not in keys:
        raise UnknownYearError(
            f"{year} is not a campaign year between {keys[0]} and {keys[-1]}.",
            "Use one of these years, or set MENTORSYNC_FIRST_YEAR to an earlier year.",
        )
