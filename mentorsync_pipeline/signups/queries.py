"""Read submissions, deduplicated sign-ups and form entries."""

from collections.abc import Mapping
from typing import Any

import pydantic
import sqlalchemy as sa

from mentorsync_pipeline.db.records import record, to_dicts
from mentorsync_pipeline.db.tables import (
    deduplicated_signups,
    raw_mn_signups,
)
from mentorsync_pipeline.db.tables import known_mentors as known_mentors_table
from mentorsync_pipeline.domain.known_mentors import KnownMentor
from mentorsync_pipeline.domain.records import (
    FormEntry,
    Mentor,
    Signup,
    Submission,
)

_MENTOR = pydantic.TypeAdapter(Mentor)


def read_submissions(conn: sa.Connection, year: int) -> list[Submission]:
    """Read all submissions of the year, tombstones included."""
    rows = to_dicts(conn.execute(sa.select(raw_mn_signups).where(raw_mn_signups.c.campaign_year == year)))
    return [record(Submission, row, removed=row["removed_at"] is not None) for row in rows]


def read_signups(conn: sa.Connection, year: int) -> list[Signup]:
    """Read the year's deduplicated sign-ups."""
    table = deduplicated_signups
    rows = conn.execute(sa.select(table).where(table.c.campaign_year == year).order_by(table.c.submission_id))
    return [record(Signup, row) for row in to_dicts(rows)]


def read_form_entries(conn: sa.Connection, table: sa.Table, year: int) -> list[FormEntry]:
    """Read the submissions of a year's set-up or training form, without deleted and removed ones."""
    living = sa.and_(table.c.campaign_year == year, table.c.status != "DELETED", table.c.removed_at.is_(None))
    rows = to_dicts(conn.execute(sa.select(table).where(living).order_by(table.c.submission_id)))
    return [record(FormEntry, row) for row in rows]


def read_known_mentors(conn: sa.Connection, year: int) -> dict[str, KnownMentor]:
    """Read the year's known mentors by submission id."""
    table = known_mentors_table
    rows = to_dicts(conn.execute(sa.select(table).where(table.c.campaign_year == year).order_by(table.c.submission_id)))
    return {row["submission_id"]: record(KnownMentor, row, last_row=_parse_mentor(row["last_row"])) for row in rows}


def _parse_mentor(stored: Mapping[str, Any] | None) -> Mentor | None:
    return None if stored is None else _MENTOR.validate_python(stored)
