"""Read what `mentors.rules.losers` judges by: the year's candidates, and what every active year's mentors need.

Nothing is decided here. The plan and its approvals live in `archiving.plan`.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.tables import (
    archive_approvals,
    contact_candidates,
    deduplicated_signups,
    sync_conflicts,
    sync_decisions,
    winner_contacts,
)
from mentorsync_pipeline.domain.approvals import Approval, Approvals
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import NEW_CONTACT
from mentorsync_pipeline.matching import queries as matching_queries
from mentorsync_pipeline.mentors.rules.losers import Loser, Protected, find_losers
from mentorsync_pipeline.signups import queries as signup_queries


def year_losers(conn: sa.Connection, config: CampaignConfig) -> tuple[Loser, ...]:
    """Every candidate of the year that is not its mentor's winner, judged.

    Raises CandidatesOutdatedError (`store.reading`).
    """
    year = config.campaign_year
    return find_losers(
        signup_queries.signups(conn, year),
        matching_queries.candidates(conn, year),
        matching_queries.winners(conn, year),
        protected(conn, year),
    )


def protected(conn: sa.Connection, year: int) -> Protected:
    """What the mentors of this and of every active year need."""
    years = {*configuration.configured_years(conn), year}
    signups, winners, candidates = deduplicated_signups, winner_contacts, contact_candidates
    external_ids = conn.execute(sa.select(signups.c.external_id).where(signups.c.campaign_year.in_(years)))
    blocked = conn.execute(
        sa.select(candidates.c.contact_id)
        .join(
            winners,
            sa.and_(
                winners.c.campaign_year == candidates.c.campaign_year,
                winners.c.submission_id == candidates.c.submission_id,
            ),
        )
        .where(winners.c.campaign_year.in_(years), winners.c.decision == "blocked")
    )
    return Protected(
        winner_ids=matching_queries.winner_contact_ids(conn, years),
        external_ids=frozenset(key for external_id in external_ids.scalars() if (key := id_key(external_id))),
        blocked_contact_ids=frozenset(blocked.scalars()),
        declined_contact_ids=_declined(conn, years),
        rejected=rejected(conn),
    )


def approvals(conn: sa.Connection, year: int) -> Approvals:
    """The latest yes of a person to each contact, by contact id and input fingerprint."""
    table = archive_approvals
    rows = conn.execute(
        sa.select(table)
        .where(table.c.campaign_year == year, table.c.scope == "contact", table.c.answer == "yes")
        .order_by(table.c.approved_at, table.c.id)
    )
    return {(row.contact_id, row.input_fingerprint): Approval(by=row.approved_by, at=row.approved_at) for row in rows}


def rejected(conn: sa.Connection) -> dict[int, str]:
    """The contacts that a person said no to, in whichever year, by what that person looked at (a fingerprint).

    A yes that came later, or taking the no back, ends it.
    """
    table = archive_approvals
    rows = conn.execute(
        sa.select(table.c.contact_id, table.c.answer, table.c.input_fingerprint)
        .ext(pg.distinct_on(table.c.contact_id))
        .where(table.c.scope == "contact", table.c.withdrawn_at.is_(None))
        .order_by(table.c.contact_id, table.c.approved_at.desc(), table.c.id.desc())
    )
    return {row.contact_id: row.input_fingerprint for row in rows if row.answer == "no"}


def _declined(conn: sa.Connection, years: set[int]) -> frozenset[int]:
    """The contacts that people were asked about and beside which they chose to create a new one."""
    decisions, conflicts = sync_decisions, sync_conflicts
    same = [decisions.c[key] == conflicts.c[key] for key in ("campaign_year", "mn_id", "conflict_type", "subject")]
    contexts = conn.execute(
        sa.select(conflicts.c.context)
        .join(decisions, sa.and_(*same))
        .where(
            decisions.c.campaign_year.in_(years),
            decisions.c.undone_at.is_(None),
            decisions.c.value == sa.literal(NEW_CONTACT, decisions.c.value.type),
        )
    ).scalars()
    found: set[int] = set()
    for context in contexts:
        found.update(context.get("compared_contacts", ()))
        found.update(filter(None, [context.get("contact", {}).get("contact_id")]))
    return frozenset(found)
