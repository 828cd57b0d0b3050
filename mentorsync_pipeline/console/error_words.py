"""The open errors of a year and the words by which they are found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console.finding_text import ERROR_TITLES
from mentorsync_pipeline.domain.word_index import index_words
from mentorsync_pipeline.review.error_list import ErrorFilter, read_errors
from mentorsync_pipeline.review.finding_details import FindingDetail, read_error_details


@dataclass(frozen=True, slots=True)
class IndexedError:
    """An open error, its details, and the words by which it is found."""

    row: Mapping[str, Any]
    detail: FindingDetail
    words: frozenset[str]

    def fits(self, words: Sequence[str]) -> bool:
        """Return whether each of the words begins one of the error's words."""
        return all(any(name.startswith(word) for name in self.words) for word in words)


def read_indexed_errors(conn: sa.Connection, year: int) -> list[IndexedError]:
    """Read the open errors of a year, and those of no year."""
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
