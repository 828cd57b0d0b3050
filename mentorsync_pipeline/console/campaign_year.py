"""The campaign year of a page or route."""

from typing import Annotated

from fastapi import Depends, Path, Request

from mentorsync_pipeline.campaigns.configuration import read_years
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.domain.errors import MentorSyncError


class YearUnknownError(MentorSyncError):
    """The year has no configuration."""

    code = "YEAR_UNKNOWN"


def known_year(
    request: Request, conn: DbConn, year: Annotated[int, Path(ge=2000, le=2999, description="The campaign year.")]
) -> int:
    """Return the year of the URL, and store in the request the years and whether it is closed (`rendering.render`).

    Raises YearUnknownError if it is not configured.
    """
    years = read_years(conn)
    if year not in years:
        raise YearUnknownError(f"{year} is not configured.", "Load its configuration: mentorsync config load FILE.")
    request.state.years = list(years)
    request.state.year_is_closed = years[year]
    return year


Year = Annotated[int, Depends(known_year)]


def _year_cache(request: Request, year: Year, conn: DbConn, services: ServicesDep) -> YearCache:
    """Return the results for the present data of the year, also for the navigation of the page.

    Only for requests that change nothing: what they show is of one moment.
    """
    request.state.year_cache = cache = services.cache.of_year(conn, year)
    return cache


YearCacheDep = Annotated[YearCache, Depends(_year_cache)]
