"""List the entries of a year's forms with the mentor to whom each is linked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.db.paging import Listing, contains_text
from mentorsync_pipeline.db.tables import mentor_form_entries, mentors
from mentorsync_pipeline.db.tables.raw import FORM_TABLES
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.forms import ENTRY_FORMS, Form

# Columns of every list, besides those of the form's answers.
MENTOR_COLUMNS = ("created_at", "mentor", "mentor_first_name", "mentor_last_name", "is_latest")


class FormNotFoundError(MentorSyncError):
    """There is no form with this name."""

    code = "FORM_NOT_FOUND"


class ColumnUnknownError(MentorSyncError):
    """A list cannot be sorted by a column that it does not have."""

    code = "COLUMN_UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Filter of a form's entries; a field that is None does not restrict.

    Attributes:
        linked: whether the entry is linked to a mentor.
        search: words that must each occur in an id, a name or an answer.

    """

    year: int
    form: Form
    linked: bool | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCounts:
    """Counts of a form of the year: entries, unlinked entries, and mentors taking part with and without an entry.

    `form_id` is None if the year does not use the form.
    """

    form: Form
    form_id: str | None
    entries: int
    unlinked: int
    mentors: int
    missing: int


def find_form(name: str) -> Form:
    """Return the form with this name. Raises FormNotFoundError."""
    for form in ENTRY_FORMS:
        if form.name == name:
            return form
    names = ", ".join(form.name for form in ENTRY_FORMS)
    raise FormNotFoundError(f"There is no form {name}.", f"Use one of {names}.")


def require_column(form: Form, name: str) -> None:
    """Check that a list of a form's entries has a column. Raises ColumnUnknownError."""
    columns = (*MENTOR_COLUMNS, "submission_id", *form.columns)
    if name not in columns:
        raise ColumnUnknownError(
            f"The entries of the {form.title} have no column {name}.", f"Use one of {', '.join(columns)}."
        )


def list_entries(filters: EntryFilter) -> Listing:
    """List the matching entries of a form, newest first, without deleted ones.

    Columns: `MENTOR_COLUMNS`, `submission_id`, and the columns of the form's answers, of which `mn_id` is as typed.
    """
    raw, link, mentor = FORM_TABLES[filters.form.name], mentor_form_entries.c, mentors.alias("mentor")
    names = tuple(mentor.c[name].label(f"mentor_{name}") for name in ("first_name", "last_name"))
    answers = tuple(raw.c[name] for name in filters.form.columns)
    columns = (raw.c.created_at, link.mn_id.label("mentor"), *names, link.is_latest, raw.c.submission_id, *answers)
    conditions = [raw.c.campaign_year == filters.year, *_is_current(raw)]
    if filters.linked is not None:
        conditions.append(link.mn_id.is_not(None) if filters.linked else link.mn_id.is_(None))
    searched = (raw.c.submission_id, link.mn_id, mentor.c.first_name, mentor.c.last_name, *answers)
    conditions += [contains_text(word, *searched) for word in (filters.search or "").split()]
    joined = raw.outerjoin(mentor_form_entries, _is_link(raw, filters.form)).outerjoin(
        mentor, sa.and_(mentor.c.campaign_year == link.campaign_year, mentor.c.mn_id == link.mn_id)
    )
    query = sa.select(*columns).select_from(joined).where(*conditions)
    return Listing(query, (raw.c.created_at.desc(),), (raw.c.submission_id,))


def count_entries(conn: sa.Connection, year: int) -> list[FormCounts]:
    """Count the entries of each form of the year, and the mentors taking part who have one."""
    config = read_config(conn, year)
    return [_count_form(conn, config, form) for form in ENTRY_FORMS]


def _count_form(conn: sa.Connection, config: CampaignConfig, form: Form) -> FormCounts:
    raw, link, year = FORM_TABLES[form.name], mentor_form_entries.c, config.campaign_year
    linked = raw.outerjoin(mentor_form_entries, _is_link(raw, form))
    entries = sa.select(sa.func.count(), sa.func.count().filter(link.mn_id.is_(None))).select_from(linked)
    total, unlinked = conn.execute(entries.where(raw.c.campaign_year == year, *_is_current(raw))).one()
    has_entry = sa.exists().where(
        link.campaign_year == mentors.c.campaign_year, link.mn_id == mentors.c.mn_id, link.form == form.name
    )
    people = sa.select(sa.func.count().filter(has_entry), sa.func.count().filter(~has_entry))
    with_entry, without = conn.execute(people.where(mentors.c.campaign_year == year, ~mentors.c.dropped)).one()
    return FormCounts(
        form=form,
        form_id=config.form_id(form),
        entries=total,
        unlinked=unlinked,
        mentors=with_entry,
        missing=without,
    )


def _is_current(raw: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    return raw.c.status != "DELETED", raw.c.removed_at.is_(None)


def _is_link(raw: sa.Table, form: Form) -> sa.ColumnElement[bool]:
    link = mentor_form_entries.c
    return sa.and_(
        link.campaign_year == raw.c.campaign_year, link.submission_id == raw.c.submission_id, link.form == form.name
    )


def to_answers(row: Mapping[str, Any], form: Form) -> dict[str, str]:
    """Return the answers of a row of `list_entries` by column, without blank ones."""
    return {name: row[name] for name in form.columns if row[name] is not None}
