"""The pages: one module per menu entry, each of which reads, renders a template, or acts and goes back.

The API does not belong here; what a page does to the data is in `store`, `archive` and the jobs.
"""

from collections.abc import Sequence

from fastapi import APIRouter

from mentorsync_pipeline.console.pages import (
    changes,
    dashboard,
    errors,
    history,
    home,
    mentor,
    mentors,
    runs,
    warnings,
)

PAGES: Sequence[APIRouter] = (
    home.router,
    runs.router,
    dashboard.router,
    mentors.router,
    changes.router,
    history.router,
    errors.router,
    warnings.router,
    mentor.router,
)
