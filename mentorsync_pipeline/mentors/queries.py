"""Read the stored mentors."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from sys import intern
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.record_cache import kept_until_changed
from mentorsync_pipeline.db.row_records import read_records
from mentorsync_pipeline.db.tables import (
    mentors,
)
from mentorsync_pipeline.domain.records import (
    Mentor,
    Provenance,
)

# The rows of a year are read one after the other.
_CACHE_SIZE = 1 << 8
_PROVENANCE = itemgetter("source_table", "source_id", "observed_at", "rule")
# A mentor with the provenance of every field is several times as large as other records.
_MOST_KEPT = 1 << 13


@kept_until_changed(mentors, most_rows=_MOST_KEPT)
def read_mentors(conn: sa.Connection, year: int) -> dict[str, Mentor]:
    """Read the year's mentors of the last run, by MN id."""
    return _read_mentors(conn, year, mentors.c.provenance)


def read_mentors_to_import(conn: sa.Connection, year: int, fields: Collection[str]) -> dict[str, Mentor]:
    """Read the year's mentors by MN id, with the provenance of these fields only, which is most of a row."""
    path = mentors.c.provenance
    provenance = sa.func.jsonb_build_object(*(part for name in fields for part in (name, path[name])))
    return _read_mentors(conn, year, provenance)


def _read_mentors(conn: sa.Connection, year: int, provenance: sa.ColumnElement[Any]) -> dict[str, Mentor]:
    columns = (column for column in mentors.columns if column.name != "provenance")
    query = sa.select(*columns, provenance.label("provenance")).where(mentors.c.campaign_year == year)
    rows = read_records(conn, query, Mentor, provenance=_parse_provenance)
    return {mentor.mn_id: mentor for mentor in rows}


def _parse_provenance(row: Mapping[str, Any]) -> dict[str, Provenance]:
    return {intern(name): _make_provenance(*_PROVENANCE(value)) for name, value in row["provenance"].items() if value}


@lru_cache(_CACHE_SIZE)
def _make_provenance(source_table: str, source_id: str | None, observed_at: str | None, rule: str) -> Provenance:
    """Return the same record for equal texts: most fields of a mentor have one source."""
    return Provenance(
        source_table=intern(source_table),
        source_id=None if source_id is None else _share(source_id),
        observed_at=None if observed_at is None else _parse_time(observed_at),
        rule=intern(rule),
    )


_share = lru_cache(_CACHE_SIZE)(str)
_parse_time = lru_cache(_CACHE_SIZE)(datetime.fromisoformat)
