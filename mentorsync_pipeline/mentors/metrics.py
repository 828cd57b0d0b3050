"""The figures of one campaign year: how many mentors are how far, and how much money there is of how much."""

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import mentors
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.vocabulary import MENTOR_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A year in figures, in dollars where it is money.

    `taking_part` are those who have not dropped; the states (`needs_setup` to `complete`), `training_signups` and
    `attended_training` count them alone. `raised` is the money of all mentors, `goal` what those who take part are to
    raise together.
    """

    mentors: int
    taking_part: int
    dropped: int
    blocked: int
    new: int
    needs_setup: int
    needs_page: int
    needs_fundraising: int
    complete: int
    training_signups: int
    attended_training: int
    raised: Decimal
    goal_each: Decimal
    goal: Decimal


def figures(conn: sa.Connection, config: CampaignConfig) -> Figures:
    """A year's figures as the mentors stand now."""
    c = mentors.c
    number, taking_part = sa.func.count(), ~c.dropped
    row = (
        conn.execute(
            sa.select(
                number.label("mentors"),
                number.filter(taking_part).label("taking_part"),
                number.filter(c.dropped).label("dropped"),
                number.filter(c.sync_state == "blocked").label("blocked"),
                number.filter(c.sync_state == "new").label("new"),
                *(number.filter(taking_part, c.status == state).label(state) for state in MENTOR_STATUSES),
                number.filter(taking_part, c.training_signup).label("training_signups"),
                number.filter(taking_part, c.attended_training).label("attended_training"),
                sa.func.coalesce(sa.func.sum(c.amount_raised), 0).label("raised"),
            ).where(c.campaign_year == config.campaign_year)
        )
        .mappings()
        .one()
    )
    each = config.fundraising_goal
    return Figures(**row, goal_each=each, goal=each * row["taking_part"])
