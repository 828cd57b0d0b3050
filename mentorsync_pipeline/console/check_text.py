"""Describe the failed checks of a run in the words of the pages: what stopped it, and what is open now.

A check counts all rows of its asset, also those without work for a person; a page counts what its list shows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from mentorsync_pipeline.checks.model import CONFLICTS, WARNINGS
from mentorsync_pipeline.checks.partner_wishes import FULFILLED, WISHES
from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.rendering import format_number
from mentorsync_pipeline.console.translation import words
from mentorsync_pipeline.db.paging import count_rows
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.domain.vocabulary import PartnerState
from mentorsync_pipeline.mentors.partners import PartnerFilter, list_partner_matches
from mentorsync_pipeline.review.pending_counts import read_pending_counts
from mentorsync_pipeline.runtime.run_report import CheckOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """Open items that a check has found: their number in words, and the path of their list after the year."""

    text: str
    path: str


def find_other_checks(checks: Iterable[CheckOutcome]) -> list[CheckOutcome]:
    """Return the failed checks whose findings are in no list."""
    return [check for check in checks if check.check not in _FINDERS]


def list_open_work(cache: YearCache, checks: Iterable[CheckOutcome]) -> list[OpenWork]:
    """Return what is open now of the kinds that the failed checks have found, as many as the lists show."""
    kinds = {check.check for check in checks}
    return [work for kind, find in _FINDERS.items() if kind in kinds for work in find(cache)]


def _find_questions(cache: YearCache) -> Iterator[OpenWork]:
    if count := cache.read(read_pending_counts).open_questions:
        text = words().ngettext("%(count)s open question", "%(count)s open questions", count)
        yield OpenWork(text=text % {"count": format_number(count)}, path="/conflicts")


def _find_warnings(cache: YearCache) -> Iterator[OpenWork]:
    if count := cache.read(read_pending_counts).warnings:
        text = words().ngettext("%(count)s warning", "%(count)s warnings", count)
        yield OpenWork(text=text % {"count": format_number(count)}, path="/warnings")


def _find_wishes(cache: YearCache) -> Iterator[OpenWork]:
    for state, (label, _) in labels.PARTNER_STATE.items():
        if state not in FULFILLED and (count := cache.read(_count_wishes, state)):
            text = words().ngettext(
                "%(count)s wish for a partner: %(state)s", "%(count)s wishes for a partner: %(state)s", count
            )
            values = {"count": format_number(count), "state": words().gettext(label)}
            yield OpenWork(text=text % values, path=f"/partners?state={state}")


def _count_wishes(conn: sa.Connection, year: int, state: PartnerState) -> int:
    return count_rows(conn, list_partner_matches(PartnerFilter(year=year, state=state)))


_FINDERS: Mapping[str, Callable[[YearCache], Iterator[OpenWork]]] = {
    CONFLICTS: _find_questions,
    WARNINGS: _find_warnings,
    WISHES: _find_wishes,
}
