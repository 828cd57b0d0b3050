"""List a year's mentors with filters, search and order."""

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.db.paging import Listing, contains_text
from mentorsync_pipeline.db.tables import mentors
from mentorsync_pipeline.domain.vocabulary import MentorStatus, SyncState

Column = Literal[
    "mn_id",
    "first_name",
    "last_name",
    "status",
    "sync_state",
    "dropped",
    "amount_raised",
    "training_signup",
    "personal_email",
    "gb_contact_id",
    "signed_up_at",
]
"""Columns that mentors can be sorted by."""

_SHOWN_COLUMNS = (
    "mn_id",
    "first_name",
    "last_name",
    "preferred_name",
    "phone",
    "personal_email",
    "uga_email",
    "status",
    "sync_state",
    "dropped",
    "amount_raised",
    "fundraising_page_url",
    "campaign_member",
    "training_signup",
    "attended_training",
    "gb_contact_id",
    "signed_up_at",
)
_SEARCHED_COLUMNS = (
    "mn_id",
    "first_name",
    "last_name",
    "preferred_name",
    "phone",
    "personal_email",
    "uga_email",
    "gb_contact_id",
    "submission_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorFilter:
    """Filter of a year's mentors; a field that is None does not restrict.

    `search`: words that must each occur in an id, a name, an email or a phone.
    """

    year: int
    status: MentorStatus | None = None
    sync_state: SyncState | None = None
    dropped: bool | None = None
    training_signup: bool | None = None
    attended_training: bool | None = None
    search: str | None = None


def list_mentors(filters: MentorFilter) -> Listing:
    """List the matching mentors by MN id."""
    c = mentors.c
    required_values: dict[sa.Column[Any], Any] = {
        c.status: filters.status,
        c.sync_state: filters.sync_state,
        c.dropped: filters.dropped,
        c.training_signup: filters.training_signup,
        c.attended_training: filters.attended_training,
    }
    conditions = [column == value for column, value in required_values.items() if value is not None]
    searched_columns = [c[name] for name in _SEARCHED_COLUMNS]
    conditions += [contains_text(word, *searched_columns) for word in (filters.search or "").split()]
    query = sa.select(*(c[name] for name in _SHOWN_COLUMNS)).where(c.campaign_year == filters.year, *conditions)
    return Listing(query, (), (c.mn_id,))
