"""Find mentors, contacts, questions and errors of a year by one typed text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console.finding_text import ERROR_TITLES
from mentorsync_pipeline.contacts.search import search_contacts
from mentorsync_pipeline.db.sync_history import ChangeMarks, read_change_marks
from mentorsync_pipeline.domain.word_index import index_words, search_words
from mentorsync_pipeline.mentors.search import find_mentors
from mentorsync_pipeline.review.conflict_queue import find_open_questions
from mentorsync_pipeline.review.error_list import ErrorFilter, read_errors
from mentorsync_pipeline.review.finding_details import FindingDetail, read_error_details

if TYPE_CHECKING:
    from mentorsync_pipeline.console.dependencies import Services

SHOWN = 6


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


def find_anything(conn: sa.Connection, services: "Services", year: int, text: str, *, limit: int = SHOWN) -> Found:
    """Find everything that a text names."""
    words = search_words(text)
    if not words:
        return Found(questions=find_open_questions(conn, year, [], text), error_details={})
    found, total = find_mentors(conn, year, text, services.mentor_words, limit=limit)
    errors = [error for error in services.error_words.read(conn, year) if error.fits(words)][:limit]
    return Found(
        mentors=found,
        mentors_total=total,
        contacts=search_contacts(conn, text, services.contact_names, with_archived=True, limit=limit),
        questions=find_open_questions(conn, year, [mentor["mn_id"] for mentor in found], text)[:limit],
        errors=[error.row for error in errors],
        error_details={error.row["id"]: error.detail for error in errors},
    )


class ErrorWords:
    """Open errors with their details and words, by year. They are read again after each change of the data."""

    def __init__(self) -> None:
        """Start without errors."""
        self._lock = Lock()
        self._errors: dict[tuple[str, int], tuple[ChangeMarks, list[IndexedError]]] = {}

    def read(self, conn: sa.Connection, year: int) -> "list[IndexedError]":
        """Return the open errors of a year, and those of no year."""
        key, marks = (str(conn.engine.url), year), read_change_marks(conn)
        with self._lock:
            known_marks, errors = self._errors.get(key, (None, []))
        if known_marks != marks:
            errors = _read_errors(conn, year)
            with self._lock:
                self._errors[key] = (marks, errors)
        return errors


@dataclass(frozen=True, slots=True)
class IndexedError:
    """An open error, its details, and the words by which it is found."""

    row: Mapping[str, Any]
    detail: FindingDetail
    words: frozenset[str]

    def fits(self, words: Sequence[str]) -> bool:
        """Return whether each of the words begins one of the error's words."""
        return all(any(name.startswith(word) for name in self.words) for word in words)


def _read_errors(conn: sa.Connection, year: int) -> list[IndexedError]:
    rows = read_errors(conn, ErrorFilter(year=year, or_no_year=True))
    if not rows:
        return []
    details = read_error_details(conn, configuration.read_config(conn, year), rows)
    return [_index_error(row, details[row["id"]]) for row in rows]


def _index_error(row: Mapping[str, Any], detail: FindingDetail) -> IndexedError:
    """Index an error by the person, the value, the record, the code and the title."""
    title = ERROR_TITLES.get(row["error_code"])
    named = index_words(detail.name, row["mn_id"], row["subject"], row["error_code"], title, detail.value)
    return IndexedError(row, detail, frozenset(named))
