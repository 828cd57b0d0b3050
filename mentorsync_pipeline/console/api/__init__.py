"""The API under /api: one module per subject, all with paging, filters and problem+json errors."""

from collections.abc import Sequence

from fastapi import APIRouter

from mentorsync_pipeline.console.api import (
    archive,
    attendance,
    closing,
    conflicts,
    export,
    findings,
    forms,
    history,
    mentors,
    messages,
    reports,
    run_events,
    runs,
    status,
    uploads,
)

API: Sequence[APIRouter] = (
    status.router,
    closing.router,
    mentors.router,
    forms.router,
    reports.router,
    attendance.router,
    archive.router,
    conflicts.router,
    runs.router,
    run_events.router,
    export.router,
    uploads.router,
    messages.router,
    history.router,
    findings.router,
)
