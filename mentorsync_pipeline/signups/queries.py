"""Read submissions, deduplicated sign-ups and form entries."""

from collections.abc import Mapping
from typing import Any

import pydantic
import sqlalchemy as sa

from mentorsync_pipeline.db.record_cache import kept_until_changed
from mentorsync_pipeline.db.row_records import columns_of, read_records
from mentorsync_pipeline.db.tables import (
    deduplicated_signups,
    placeholder_keys,
    raw_mn_signups,
)
from mentorsync_pipeline.db.tables import known_mentors as known_mentors_table
from mentorsync_pipeline.db.tables.raw import FORM_TABLES
from mentorsync_pipeline.domain.forms import ENTRY_FORMS, Form
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
    table = raw_mn_signups
    columns = (*columns_of(table, Submission), table.c.removed_at.is_not(None).label("removed"))
    return list(read_records(conn, sa.select(*columns).where(table.c.campaign_year == year), Submission))


@kept_until_changed(deduplicated_signups)
def read_signups(conn: sa.Connection, year: int) -> list[Signup]:
    """Read the year's deduplicated sign-ups."""
    table = deduplicated_signups
    query = sa.select(*columns_of(table, Signup)).where(table.c.campaign_year == year)
    return list(read_records(conn, query.order_by(table.c.submission_id), Signup))


def read_placeholder_keys(conn: sa.Connection, year: int) -> frozenset[str]:
    """Read the phones and emails that are not used for matching in a year."""
    table = placeholder_keys
    return frozenset(conn.execute(sa.select(table.c.key).where(table.c.campaign_year == year)).scalars())


def read_form_entries(conn: sa.Connection, year: int) -> dict[str, list[FormEntry]]:
    """Read the entries of a year's forms by the form's name, without deleted and removed ones."""
    return {form.name: _read_entries(conn, form, year) for form in ENTRY_FORMS}


def _read_entries(conn: sa.Connection, form: Form, year: int) -> list[FormEntry]:
    table = FORM_TABLES[form.name]
    is_current = sa.and_(table.c.campaign_year == year, table.c.status != "DELETED", table.c.removed_at.is_(None))
    columns = [*columns_of(table, FormEntry), *(table.c[name] for name in form.answers)]
    query = sa.select(*columns).where(is_current).order_by(table.c.submission_id)

    def get_answers(row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in form.answers if row[name] is not None}

    return list(read_records(conn, query, FormEntry, answers=get_answers))


@kept_until_changed(known_mentors_table)
def read_known_mentors(conn: sa.Connection, year: int) -> dict[str, KnownMentor]:
    """Read the year's known mentors by submission id."""
    table = known_mentors_table
    query = sa.select(table).where(table.c.campaign_year == year).order_by(table.c.submission_id)
    return {known.submission_id: known for known in read_records(conn, query, KnownMentor, last_row=_parse_last_row)}


def _parse_last_row(row: Mapping[str, Any]) -> Mentor | None:
    return None if row["last_row"] is None else _MENTOR.validate_python(row["last_row"])
