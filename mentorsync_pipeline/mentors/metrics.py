"""Count a campaign year's mentors by status and sum the money raised."""

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.db.tables import mentors
from mentorsync_pipeline.domain.vocabulary import MENTOR_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of a year; amounts in dollars.

    `taking_part` counts mentors who have not dropped out; only these are counted in the states (`needs_setup` to
    `complete`), `training_signups`, `attended_training` and `goal` (their common goal). `raised` covers all mentors.
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


def read_figures(conn: sa.Connection, year: int) -> Figures:
    """Read a year's present figures."""
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
            ).where(c.campaign_year == year)
        )
        .mappings()
        .one()
    )
    goal_each = read_config(conn, year).fundraising_goal
    return Figures(**row, goal_each=goal_each, goal=goal_each * row["taking_part"])


def count_mentors(conn: sa.Connection, year: int) -> int:
    """Count the mentors of a year, including those who dropped out (`Figures.mentors`)."""
    return int(conn.execute(sa.select(sa.func.count()).where(mentors.c.campaign_year == year)).scalar_one())
