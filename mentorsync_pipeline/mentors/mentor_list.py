"""A year's mentors as people look for them: filtered, searched, sorted (the rows of `mentors`)."""

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
"""What mentors may be sorted by."""

_SHOWN = (
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
_SEARCHED = (
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
    """Which mentors of a year to find; what is not given does not restrict.

    `search` is a text that occurs in an id, a name, an email or a phone; several words must each occur.
    """

    year: int
    status: MentorStatus | None = None
    sync_state: SyncState | None = None
    dropped: bool | None = None
    training_signup: bool | None = None
    search: str | None = None


def listing(wanted: MentorFilter) -> Listing:
    """The mentors that fit, by MN id."""
    c = mentors.c
    equal: dict[sa.Column[Any], Any] = {
        c.status: wanted.status,
        c.sync_state: wanted.sync_state,
        c.dropped: wanted.dropped,
        c.training_signup: wanted.training_signup,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    searched = [c[name] for name in _SEARCHED]
    conditions += [contains_text(word, *searched) for word in (wanted.search or "").split()]
    query = sa.select(*(c[name] for name in _SHOWN)).where(c.campaign_year == wanted.year, *conditions)
    return Listing(query, (), (c.mn_id,))
