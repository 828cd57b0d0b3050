"""The pages, one module per menu entry: they read data and render a template, or make a change and redirect."""

from collections.abc import Sequence

from fastapi import APIRouter

from mentorsync_pipeline.console.pages import (
    api_docs,
    archive,
    archive_ledger,
    changes,
    checkin,
    closing,
    conflicts,
    conflicts_bulk,
    dashboard,
    errors,
    files,
    find,
    forms,
    home,
    mentor,
    mentors,
    messages,
    next_step,
    partners,
    places,
    reports,
    runs,
    warnings,
)

PAGES: Sequence[APIRouter] = (
    home.router,
    api_docs.router,
    dashboard.router,
    next_step.router,
    places.router,
    find.router,
    conflicts_bulk.router,  # before single conflicts, whose URL pattern also matches
    conflicts.router,
    archive.router,
    archive_ledger.router,
    checkin.router,
    mentors.router,
    mentor.router,
    partners.router,
    forms.router,
    reports.router,
    changes.router,
    errors.router,
    warnings.router,
    runs.router,
    files.router,
    messages.router,
    closing.router,
)
