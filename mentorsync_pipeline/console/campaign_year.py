"""The campaign year of a page or route, and the kept results for its present data."""

from datetime import UTC, datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Path, Request

from mentorsync_pipeline.campaigns.configuration import read_years
from mentorsync_pipeline.console.dependencies import READING, DbConn, ServicesDep
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.domain.errors import MentorSyncError


class YearUnknownError(MentorSyncError):
    """The year has no configuration."""

    code = "YEAR_UNKNOWN"


def known_year(
    request: Request,
    conn: DbConn,
    services: ServicesDep,
    year: Annotated[int, Path(ge=2000, le=2999, description="The campaign year.")],
) -> int:
    """Return the year of the URL, and store in the request what `rendering.render` and `YearCacheDep` need.

    Raises YearUnknownError if it is not configured.
    """
    if request.method in READING:
        request.state.year_cache = cache = services.cache.of_year(conn, year)
        years = cache.read(_read_years)
    else:
        years = read_years(conn)
    if year not in years:
        raise YearUnknownError(f"{year} is not configured.", "Load its configuration: mentorsync config load FILE.")
    request.state.years = list(years)
    request.state.year_is_closed = years[year]
    return year


def _read_years(conn: sa.Connection, _: int) -> dict[int, bool]:
    return read_years(conn)


Year = Annotated[int, Depends(known_year)]


async def _year_cache(request: Request, year: Year) -> YearCache:  # noqa: ARG001  # the year is known first
    cache: YearCache = request.state.year_cache
    return cache


YearCacheDep = Annotated[YearCache, Depends(_year_cache)]
"""Results for the present data of the year, shared with the navigation of the page.

Only for requests that change nothing: what they show is of one moment.
"""


def data_version(cache: YearCache, now: datetime) -> str:
    """Return the version of what live parts of pages show: the marks of the data, and the hour, because of ages."""
    return f"{cache.marks}.{now.astimezone(UTC):%Y%m%d%H}"
