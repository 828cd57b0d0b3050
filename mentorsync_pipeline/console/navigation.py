"""The navigation of a year: six places with their pages and counts, and the years to switch between.

A new page is one `PageLink` in the place where people look for it. The first page of a place is the place's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import Request

from mentorsync_pipeline.campaigns.configuration import read_years
from mentorsync_pipeline.console.campaign_year import data_version
from mentorsync_pipeline.console.dependencies import reading_for, services_of
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.mentors.metrics import count_mentors
from mentorsync_pipeline.review.pending_counts import read_pending_counts


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page: path after the year, label (for gettext), and the name of its count in `Navigation.counts`."""

    path: str
    label: str
    count: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An entry of the navigation. `icon` is a name in `icons.html`; `counts` are the counts to add up."""

    label: str
    icon: str
    pages: Sequence[PageLink]
    counts: Sequence[str] = ()


PLACES: Sequence[Place] = (
    Place(label=N_("Overview"), icon="overview", pages=(PageLink("", N_("Overview")),)),
    Place(
        label=N_("To do"),
        icon="to_do",
        pages=(
            PageLink("/conflicts", N_("Questions"), "questions"),
            PageLink("/errors", N_("Errors"), "errors"),
            PageLink("/warnings", N_("Warnings"), "warnings"),
        ),
        counts=("questions", "errors"),
    ),
    Place(
        label=N_("Mentors"),
        icon="mentors",
        pages=(
            PageLink("/mentors", N_("Mentors"), "mentors"),
            PageLink("/partners", N_("Partners")),
            PageLink("/forms", N_("Forms")),
            PageLink("/reports", N_("Reports")),
            PageLink("/checkin", N_("Check-in")),
            PageLink("/messages", N_("Messages")),
            PageLink("/changes", N_("Changes")),
        ),
        counts=("mentors",),
    ),
    Place(label=N_("Import file"), icon="file", pages=(PageLink("/files", N_("Import file")),)),
    Place(
        label=N_("Archive"),
        icon="archive",
        pages=(
            PageLink("/archive", N_("Duplicates"), "approvals"),
            PageLink("/archive/ledger", N_("Archived contacts")),
        ),
        counts=("approvals",),
    ),
    Place(
        label=N_("Season"),
        icon="season",
        pages=(
            PageLink("/runs", N_("Runs")),
            PageLink("/closing", N_("Close the year")),
            PageLink("/opening", N_("Open the next year")),
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """The navigation as a page shows it.

    Attributes:
        year: the year of the links; None when no year is configured.
        years: the configured years, newest first.
        counts: number of open items by name; empty when the database does not answer.
        version: version of the counts' data; None without counts.
        place: the place of the page, None for a page of none.
        page: the page in the place.

    """

    year: int | None
    years: Sequence[int]
    counts: Mapping[str, int]
    version: str | None
    place: Place | None
    page: PageLink | None

    def count(self, place: Place) -> int:
        """Return the sum of a place's counts."""
        return sum(self.counts.get(name, 0) for name in place.counts)

    @property
    def other_year_path(self) -> str:
        """Path after the year for links to another year: the list of the present page."""
        return self.page.path if self.page else ""


def read_navigation(request: Request, path: str | None = None) -> Navigation:
    """Read the navigation of a page, by default the request's. Without a database, it has no counts.

    Args:
        path: path of the page after the year.

    """
    typed = str(request.path_params.get("year", ""))
    requested_year = int(typed) if typed.isascii() and typed.isdecimal() else None
    try:
        years, year, counts, version = _read_years_and_counts(request, requested_year)
    except sa.exc.SQLAlchemyError:
        years, year, counts, version = [], requested_year, {}, None
    if path is None and requested_year is not None and requested_year == year:
        path = request.url.path.removeprefix(f"/{typed}")
    place, page = find_page(path)
    return Navigation(year=year, years=years, counts=counts, version=version, place=place, page=page)


def find_page(path: str | None) -> tuple[Place | None, PageLink | None]:
    """Find the place and page of a path after the year, such as `/conflicts/12`; the longest match wins."""
    matches = [
        (place, page)
        for place in PLACES
        for page in place.pages
        if path is not None and (path == page.path or (page.path and path.startswith(f"{page.path}/")))
    ]
    return max(matches, key=lambda match: len(match[1].path), default=(None, None))


def _read_years_and_counts(
    request: Request, requested_year: int | None
) -> tuple[list[int], int | None, Mapping[str, int], str | None]:
    with reading_for(request) as conn:
        years = sorted(getattr(request.state, "years", None) or read_years(conn), reverse=True)
        year = requested_year if requested_year in years else next(iter(years), None)
        if year is None:
            return years, year, {}, None
        cache: YearCache | None = getattr(request.state, "year_cache", None)
        if cache is None or cache.conn is not conn:
            cache = services_of(request).cache.of_year(conn, year)
        pending = cache.read(read_pending_counts)
        return (
            years,
            year,
            {
                "questions": pending.open_questions,
                "errors": pending.errors,
                "warnings": pending.warnings,
                "approvals": pending.approvals,
                "mentors": cache.read(count_mentors),
            },
            data_version(cache, services_of(request).now()),
        )
