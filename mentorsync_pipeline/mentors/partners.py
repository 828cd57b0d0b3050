"""Read the mentors' wishes for partners, and list their matches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.db.paging import Listing, contains_text
from mentorsync_pipeline.db.row_records import read_dicts
from mentorsync_pipeline.db.tables import deduplicated_signups, mentors, partner_matches, raw_mn_partner_preference
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.label_matching import match_option
from mentorsync_pipeline.domain.vocabulary import PartnerState
from mentorsync_pipeline.mentors.rules.partner_matches import Wish
from mentorsync_pipeline.mentors.rules.partner_wish import format_typed_partner

Column = Literal["mn_id", "first_name", "last_name", "state", "partner_mn_id", "shift_preference"]
"""Columns that matches can be sorted by."""

PAIRED: tuple[PartnerState, ...] = ("matched", "different_shifts")


def read_wishes(conn: sa.Connection, config: CampaignConfig) -> list[Wish]:
    """Read the wish of each mentor of the year."""
    c, form = mentors.c, raw_mn_partner_preference.c
    columns = (
        *(c.mn_id, c.dropped, c.partner_mn_id, c.partner_phone, c.shift_preference, c.partner_preference),
        c.provenance["partner_mn_id"]["source_table"].astext.label("source_table"),
        *(form.partner_mn_id.label("form_mn_id"), form.partner_phone.label("form_phone")),
    )
    joined = sa.and_(form.campaign_year == c.campaign_year, form.submission_id == c.partner_submission_id)
    query = sa.select(*columns).outerjoin_from(mentors, raw_mn_partner_preference, joined)
    rows = read_dicts(conn, query.where(c.campaign_year == config.campaign_year).order_by(c.mn_id))
    return [
        Wish(
            mn_id=row["mn_id"],
            dropped=row["dropped"],
            partner_mn_id=row["partner_mn_id"],
            partner_phone=row["partner_phone"],
            shift_preference=match_option(config, "shift_preference", row["shift_preference"]),
            typed=format_typed_partner({"partner_mn_id": row["form_mn_id"], "partner_phone": row["form_phone"]})
            or format_typed_partner({"partner_mn_id": row["partner_preference"]}),
            source_table=row["source_table"] if row["partner_mn_id"] is not None else None,
        )
        for row in rows
    ]


def read_present_ids(conn: sa.Connection, year: int) -> Mapping[str, str]:
    """Read the present MN ids by superseded or corrected id."""
    c = deduplicated_signups.c
    rows = conn.execute(sa.select(c.mn_id, c.superseded_mn_ids).where(c.campaign_year == year).order_by(c.mn_id))
    return {former: row.mn_id for row in rows for former in row.superseded_mn_ids}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFilter:
    """Filter of a year's partner matches.

    `state` None: all wishes, without mentors who have none. `search`: words that must each occur in an id,
    a name or a phone of the mentor or the partner.
    """

    year: int
    state: PartnerState | None = None
    search: str | None = None


def list_partner_matches(filters: PartnerFilter) -> Listing:
    """List the matching mentors by MN id. Of a pair only the mentor with the lower id is listed."""
    match, own, other = partner_matches.c, mentors.alias("own"), mentors.alias("other")
    names = (own.c.first_name, own.c.last_name, own.c.phone)
    partner_names = tuple(other.c[name].label(f"partner_{name}") for name in ("first_name", "last_name"))
    phone = sa.func.coalesce(other.c.phone, own.c.partner_phone).label("partner_phone")
    columns = (
        *(match.mn_id, *names, match.state, match.reason, match.partner_mn_id, *partner_names, phone),
        *(match.typed_partner, match.shift_preference, match.partner_shift_preference, match.shifts_agree),
        *(match.wished_by, match.source_table, own.c.partner_notes),
    )
    joined = partner_matches.join(
        own, sa.and_(own.c.campaign_year == match.campaign_year, own.c.mn_id == match.mn_id)
    ).outerjoin(other, sa.and_(other.c.campaign_year == match.campaign_year, other.c.mn_id == match.partner_mn_id))
    conditions = [
        match.campaign_year == filters.year,
        sa.or_(match.state.not_in(PAIRED), match.mn_id < match.partner_mn_id),
    ]
    conditions.append(match.state != "no_wish" if filters.state is None else match.state == filters.state)
    searched = (match.mn_id, *names, match.partner_mn_id, other.c.first_name, other.c.last_name, other.c.phone)
    conditions += [contains_text(word, *searched, match.typed_partner) for word in (filters.search or "").split()]
    return Listing(sa.select(*columns).select_from(joined).where(*conditions), (), (match.mn_id,))
