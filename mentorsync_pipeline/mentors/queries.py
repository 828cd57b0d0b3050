"""Read the stored mentors."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from sys import intern
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.record_cache import kept_until_changed
from mentorsync_pipeline.db.row_records import read_dicts, record
from mentorsync_pipeline.db.tables import (
    mentors,
)
from mentorsync_pipeline.domain.records import (
    Mentor,
    Provenance,
)

# The rows of a year are read one after the other.
_CACHE_SIZE = 1 << 8
# A mentor with the provenance of every field is several times as large as other records.
_MOST_KEPT = 1 << 13


@kept_until_changed(mentors, most_rows=_MOST_KEPT)
def read_mentors(conn: sa.Connection, year: int) -> dict[str, Mentor]:
    """Read the year's mentors of the last run, by MN id."""
    return {row["mn_id"]: _build_mentor(row) for row in read_dicts(conn, _select_mentors(year, mentors.c.provenance))}


def read_mentors_to_import(conn: sa.Connection, year: int, fields: Collection[str]) -> dict[str, Mentor]:
    """Read the year's mentors by MN id, with the provenance of these fields only, which is most of a row."""
    path = mentors.c.provenance
    provenance = sa.func.jsonb_build_object(*(part for name in fields for part in (name, path[name])))
    return {row["mn_id"]: _build_mentor(row) for row in read_dicts(conn, _select_mentors(year, provenance))}


def _select_mentors(year: int, provenance: sa.ColumnElement[Any]) -> sa.Select[Any]:
    columns = (column for column in mentors.columns if column.name != "provenance")
    return sa.select(*columns, provenance.label("provenance")).where(mentors.c.campaign_year == year)


def _build_mentor(row: Mapping[str, Any]) -> Mentor:
    provenance = {intern(name): _parse_provenance(value) for name, value in row["provenance"].items() if value}
    return record(Mentor, row, provenance=provenance)


def _parse_provenance(value: Mapping[str, Any]) -> Provenance:
    return _make_provenance(value["source_table"], value["source_id"], value["observed_at"], value["rule"])


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
