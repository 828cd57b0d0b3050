"""The navigation of a page as a live part."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.console.campaign_year import known_year
from mentorsync_pipeline.console.navigation import read_navigation
from mentorsync_pipeline.console.rendering import render

router = APIRouter()


@router.get("/{year}/places", dependencies=[Depends(known_year)])
def places(request: Request, path: Annotated[str | None, Query(max_length=40)] = None) -> Response:
    """Live part: the places and the pages with their counts, for the page with this path after the year."""
    return render(request, "places_refresh.html", nav=read_navigation(request, path))
