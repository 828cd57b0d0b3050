"""The API under /api: one module per subject, all with paging, filters and problem+json errors.

Pages do not belong here; what a route does is in `store`, `archive` and the jobs.
"""

from collections.abc import Sequence

from fastapi import APIRouter

from mentorsync_pipeline.console.api import (
    findings,
    history,
    mentors,
    runs,
    status,
)

API: Sequence[APIRouter] = (
    runs.router,
    status.router,
    mentors.router,
    history.router,
    findings.router,
)
