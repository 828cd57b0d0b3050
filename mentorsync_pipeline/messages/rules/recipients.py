"""Columns of `mentors` that campaign files may use in audience conditions and as variables of texts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal

from mentorsync_pipeline.domain.answers import PASS_THROUGH
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.domain.vocabulary import MENTOR_STATUSES

Kind = Literal["text", "flag", "money", "day", "tags"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a mentor.

    Attributes:
        options: all possible values, if there are few.
        audience: conditions may use it.
        variable: texts may print it. False for the team's notes and tags.

    """

    name: str
    kind: Kind
    meaning: str
    options: tuple[str, ...] = ()
    audience: bool = True
    variable: bool = True


def _text(name: str, meaning: str, **more: Any) -> Column:
    return Column(name=name, kind="text", meaning=meaning, **more)


_ALL = (
    _text("mn_id", "the mentor's id, such as MN0123"),
    _text("first_name", "first name"),
    _text("last_name", "last name"),
    _text("preferred_name", "the preferred name, if the mentor has one"),
    _text("phone", "phone number"),
    _text("personal_email", "personal email"),
    _text("uga_email", "university email"),
    *(_text(answer.name, answer.meaning[0].lower() + answer.meaning[1:].rstrip(".")) for answer in PASS_THROUGH),
    _text("status", "the mentor's progress", options=MENTOR_STATUSES),
    _text("sync_state", "matched or, until the first import, new", options=("matched", "new"), variable=False),
    Column(name="campaign_member", kind="flag", meaning="whether the mentor has a fundraising page"),
    Column(name="amount_raised", kind="money", meaning="the amount raised, in dollars"),
    Column(
        name="amount_left", kind="money", meaning="the amount missing to the goal, in dollars; 0 when it is reached"
    ),
    _text(
        "fundraising_rank",
        "the mentor's place by the amount raised, 1 for the largest; mentors with equal amounts share a place",
        audience=False,
    ),
    _text("fundraising_page_url", "the link of the mentor's fundraising page"),
    Column(name="training_signup", kind="flag", meaning="whether the mentor signed up for training"),
    Column(name="training_signup_at", kind="day", meaning="the day on which the mentor signed up for training"),
    Column(name="attended_training", kind="flag", meaning="whether the mentor came to the training"),
    Column(name="training_at", kind="day", meaning="the day of the mentor's training"),
    _text("partner_mn_id", "the id of the partner that the mentor wishes for"),
    _text("partner_phone", "the partner's phone, as typed on the partner form"),
    _text("partner_notes", "the mentor's note about the partner and the shift", variable=False),
    Column(name="signed_up_at", kind="day", meaning="the day on which the mentor signed up"),
    Column(name="tags", kind="tags", meaning="the contact's tags in Givebutter", variable=False),
    _text("notes", "the team's notes in Givebutter", variable=False),
    Column(name="fundraising_goal", kind="money", meaning="the year's goal, in dollars", audience=False),
    Column(name="event_date", kind="day", meaning="the day of the event", audience=False),
    _text("campaign_year", "the campaign year", audience=False),
)

AUDIENCE: Mapping[str, Column] = {column.name: column for column in _ALL if column.audience}
VARIABLES: Mapping[str, Column] = {column.name: column for column in _ALL if column.variable}
_MENTOR_FIELDS = tuple(field.name for field in fields(Mentor) if field.name in AUDIENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A mentor with the values that campaigns may use, by column; None if unknown."""

    mn_id: str
    blocked: bool
    dropped: bool
    values: Mapping[str, Any] = field(default_factory=dict)


def rank_mentors(mentors: Iterable[Mentor]) -> dict[str, int]:
    """Rank the mentors who raised money and did not drop out by the amount raised, by MN id; 1 for the largest."""
    amounts = {mentor.mn_id: mentor.amount_raised for mentor in mentors if mentor.amount_raised and not mentor.dropped}
    places: dict[Decimal, int] = {}
    for place, amount in enumerate(sorted(amounts.values(), reverse=True), start=1):
        places.setdefault(amount, place)
    return {mn_id: places[amount] for mn_id, amount in amounts.items()}


def build_recipient(mentor: Mentor, config: CampaignConfig, zone: tzinfo, *, rank: int | None = None) -> Recipient:
    """Build the values of a mentor. Times become days in `zone`; blank texts count as unknown.

    `rank` is the mentor's place of `rank_mentors`; None for a mentor who has none.
    """
    values = {name: _convert_value(getattr(mentor, name), zone) for name in _MENTOR_FIELDS}
    values |= {
        "amount_left": max(config.fundraising_goal - mentor.amount_raised, Decimal(0)),
        "fundraising_rank": None if rank is None else str(rank),
        "fundraising_goal": config.fundraising_goal,
        "event_date": config.event_date,
        "campaign_year": str(config.campaign_year),
    }
    return Recipient(
        mn_id=mentor.mn_id,
        blocked=mentor.sync_state == "blocked",
        dropped=mentor.dropped,
        values=values,
    )


def _convert_value(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, datetime):
        return value.astimezone(zone).date()
    return value


def format_value(value: Any) -> str:
    """Format a value for a text: a date in words, money as a plain number, yes or no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return f"{value:%B} {value.day}, {value.year}"
    if isinstance(value, Decimal):
        return f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}"
    return str(value)
