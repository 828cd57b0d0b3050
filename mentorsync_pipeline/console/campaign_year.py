"""The campaign year of a page or route."""

from typing import Annotated

from fastapi import Depends, Path, Request

from mentorsync_pipeline.campaigns.configuration import read_configured_years
from mentorsync_pipeline.console.dependencies import DbConn
from mentorsync_pipeline.db.closed_years import read_closed_years
from mentorsync_pipeline.domain.errors import MentorSyncError


class YearUnknownError(MentorSyncError):
    """The year has no configuration."""

    code = "YEAR_UNKNOWN"


def known_year(
    request: Request, conn: DbConn, year: Annotated[int, Path(ge=2000, le=2999, description="The campaign year.")]
) -> int:
    """Return the year of the URL, and store in the request whether it is closed (`rendering.render`).

    Raises YearUnknownError if it is not configured.
    """
    if year not in read_configured_years(conn, active_only=False):
        raise YearUnknownError(f"{year} is not configured.", "Load its configuration: mentorsync config load FILE.")
    request.state.year_is_closed = year in read_closed_years(conn)
    return year


Year = Annotated[int, Depends(known_year)]
