"""The documentation of the API, from its OpenAPI document; the page loads nothing from elsewhere."""

from itertools import groupby
from operator import attrgetter

from fastapi import APIRouter, Request
from starlette.responses import Response

from mentorsync_pipeline.console.api.document import describe_api, list_operations
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.rendering import render

router = APIRouter()


@router.get("/api/docs")
def api_docs(request: Request, services: ServicesDep) -> Response:
    """Show all routes by subject."""
    operations = list_operations(describe_api(request.app), services.settings.console_url)
    operations.sort(key=attrgetter("subject"))
    subjects = {subject: list(group) for subject, group in groupby(operations, key=attrgetter("subject"))}
    return render(
        request, "api_docs.html", subjects=subjects, count=len(operations), base=services.settings.console_url
    )
