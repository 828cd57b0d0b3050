"""Find mentors, contacts, questions and errors of a year by one typed text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.console.finding_text import ERROR_TITLES
from mentorsync_pipeline.contacts.search import search_contacts
from mentorsync_pipeline.domain.word_index import index_words, search_words
from mentorsync_pipeline.mentors.search import find_mentors
from mentorsync_pipeline.review.conflict_queue import find_open_questions
from mentorsync_pipeline.review.error_list import ErrorFilter, read_errors
from mentorsync_pipeline.review.finding_details import FindingDetail, read_error_details

SHOWN = 6
_ERRORS_READ = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a text finds: rows to show, at most `limit` of each.

    Attributes:
        mentors_total: number of all matching mentors.
        error_details: details by the ids of the errors.

    """

    mentors: Sequence[Mapping[str, Any]] = ()
    mentors_total: int = 0
    contacts: Sequence[Mapping[str, Any]] = ()
    questions: Sequence[Mapping[str, Any]] = ()
    errors: Sequence[Mapping[str, Any]] = ()
    error_details: Mapping[int, FindingDetail]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.mentors or self.contacts or self.questions or self.errors)


def find_anything(conn: sa.Connection, services: Services, year: int, text: str, *, limit: int = SHOWN) -> Found:
    """Find everything that a text names."""
    words = search_words(text)
    if not words:
        return Found(questions=find_open_questions(conn, year, [], text), error_details={})
    found, total = find_mentors(conn, year, text, services.mentor_words, limit=limit)
    errors, details = _find_errors(conn, year, words)
    return Found(
        mentors=found,
        mentors_total=total,
        contacts=search_contacts(conn, text, services.contact_names, with_archived=True, limit=limit),
        questions=find_open_questions(conn, year, [mentor["mn_id"] for mentor in found], text)[:limit],
        errors=errors[:limit],
        error_details=details,
    )


def _find_errors(
    conn: sa.Connection, year: int, words: Sequence[str]
) -> tuple[list[dict[str, Any]], dict[int, FindingDetail]]:
    """Find open errors by the person, the value, the record or the title; each word begins one of their words."""
    rows = read_errors(conn, ErrorFilter(year=year, or_no_year=True))[:_ERRORS_READ]
    if not rows:
        return [], {}
    details = read_error_details(conn, configuration.read_config(conn, year), rows)
    return [row for row in rows if _fits(row, details[row["id"]], words)], details


def _fits(row: Mapping[str, Any], detail: FindingDetail, words: Sequence[str]) -> bool:
    title = ERROR_TITLES.get(row["error_code"])
    named = index_words(detail.name, row["mn_id"], row["subject"], row["error_code"], title, detail.value)
    return all(any(name.startswith(word) for name in named) for word in words)
