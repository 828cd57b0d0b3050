"""Find mentors, contacts, questions and errors of a year by one typed text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.console.error_words import read_indexed_errors
from mentorsync_pipeline.contacts.search import search_contacts
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.domain.word_index import search_words
from mentorsync_pipeline.mentors.search import find_mentors
from mentorsync_pipeline.review.conflict_detail import read_mentor_names
from mentorsync_pipeline.review.conflict_queue import find_open_questions
from mentorsync_pipeline.review.finding_details import FindingDetail

SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a text finds: rows to show, at most `limit` of each.

    Attributes:
        mentors_total: number of all matching mentors.
        mentor_names: names of the questions' mentors by MN id.
        error_details: details by the ids of the errors.

    """

    mentors: Sequence[Mapping[str, Any]] = ()
    mentors_total: int = 0
    contacts: Sequence[Mapping[str, Any]] = ()
    questions: Sequence[Mapping[str, Any]] = ()
    errors: Sequence[Mapping[str, Any]] = ()
    mentor_names: Mapping[str, str] = field(default_factory=dict)
    error_details: Mapping[int, FindingDetail]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.mentors or self.contacts or self.questions or self.errors)


def find_anything(cache: YearCache, services: Services, text: str, *, limit: int = SHOWN) -> Found:
    """Find everything that a text names."""
    conn, year = cache.conn, cache.year
    words = search_words(text)
    if not words:
        questions = find_open_questions(conn, year, [], text)
        return Found(questions=questions, mentor_names=_read_names(conn, year, questions), error_details={})
    found, total = find_mentors(conn, year, text, services.cache, limit=limit)
    open_errors = cache.read(read_indexed_errors)
    errors = [error for error in open_errors if error.fits(words)][:limit]
    questions = find_open_questions(conn, year, [mentor["mn_id"] for mentor in found], text)[:limit]
    return Found(
        mentors=found,
        mentors_total=total,
        contacts=search_contacts(conn, text, services.cache, with_archived=True, limit=limit),
        questions=questions,
        mentor_names=_read_names(conn, year, questions),
        errors=[error.row for error in errors],
        error_details={error.row["id"]: error.detail for error in errors},
    )


def _read_names(conn: sa.Connection, year: int, questions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Read the names of the questions' mentors; without questions, nothing is read."""
    mn_ids = [question["mn_id"] for question in questions]
    return read_mentor_names(conn, year, mn_ids) if mn_ids else {}
