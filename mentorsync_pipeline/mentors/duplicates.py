"""Find, store and read the duplicate contacts of a year's mentors (`mentors.rules.losers` has the rules)."""

from collections import defaultdict
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.queries import read_contacts_by_id
from mentorsync_pipeline.db.row_records import read_dicts, record
from mentorsync_pipeline.db.tables import (
    archive_approvals,
    contact_candidates,
    deduplicated_signups,
    duplicate_contacts,
    sync_conflicts,
    sync_decisions,
    winner_contacts,
)
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import NEW_CONTACT
from mentorsync_pipeline.domain.decisions import list_seen_contacts
from mentorsync_pipeline.domain.records import Approval, Approvals
from mentorsync_pipeline.matching import queries as matching_queries
from mentorsync_pipeline.matching.queries import CandidatesOutdatedError
from mentorsync_pipeline.mentors.rules.losers import Cause, Loser, Protected, find_losers, join_causes
from mentorsync_pipeline.runtime.formatting import format_count
from mentorsync_pipeline.signups import queries as signup_queries

IS_COPIED = duplicate_contacts.c.hands_on
"""Contacts whose data is copied to the winner."""
IS_DOUBTED = sa.and_(
    sa.or_(duplicate_contacts.c.state == "needs_approval", duplicate_contacts.c.reason_code == "no_winner_yet"),
    ~duplicate_contacts.c.hands_on,
)
"""Contacts whose data is copied after an approval; `no_winner_yet`: once the import has created the winner, too."""


def find_duplicates(conn: sa.Connection, config: CampaignConfig) -> tuple[Loser, ...]:
    """Evaluate every candidate of the year that is not its mentor's winner.

    Raises CandidatesOutdatedError.
    """
    year = config.campaign_year
    return find_losers(
        signup_queries.read_signups(conn, year),
        matching_queries.read_candidates(conn, year),
        matching_queries.read_winners(conn, year),
        read_protected(conn, year),
        dropped_tags=config.dropped_tags,
    )


def to_table_row(loser: Loser, approved: Approvals) -> dict[str, Any]:
    """Return a row of `duplicate_contacts` without the columns of the scope."""
    approval = approved.get((loser.contact.contact_id, loser.input_fingerprint))
    state, cause = _determine_state(loser)
    return {
        "contact_id": loser.contact.contact_id,
        "submission_id": loser.submission_id,
        "mn_id": loser.mn_id,
        "winner_contact_id": loser.winner_contact_id,
        "is_mass_email": loser.is_mass_email,
        "campaign_member": loser.campaign_member,
        "state": state,
        "reason_code": cause.code,
        "reason": cause.reason,
        "doubts": [asdict(doubt) for doubt in loser.doubts],
        "hands_on": loser.may_transfer_data(approved),
        "emails": loser.emails,
        "phones": loser.phones,
        "tags": loser.tags,
        "clears_external_id": loser.clears,
        "input_fingerprint": loser.input_fingerprint,
        "approved_by": approval.by if approval else None,
        "approved_at": approval.at if approval else None,
    }


def read_losers(conn: sa.Connection, year: int, *, where: sa.ColumnElement[bool] | None = None) -> tuple[Loser, ...]:
    """Read the year's `duplicate_contacts`, sorted by contact id; `where` is a further condition, such as `IS_COPIED`.

    Raises CandidatesOutdatedError if one of them is no longer among the contacts.
    """
    table = duplicate_contacts
    query = sa.select(table).where(table.c.campaign_year == year).order_by(table.c.contact_id)
    rows = list(read_dicts(conn, query if where is None else query.where(where)))
    contacts = {
        contact.contact_id: contact for contact in read_contacts_by_id(conn, {row["contact_id"] for row in rows})
    }
    missing = {row["contact_id"] for row in rows} - contacts.keys()
    if missing:
        raise CandidatesOutdatedError(
            f"Duplicates of {year} are no longer among the contacts ({format_count(len(missing), 'contact')}).",
            f"Match the year's mentors with the new contacts first: mentorsync etl --year {year}.",
        )
    return tuple(
        record(
            Loser,
            row,
            contact=contacts[row["contact_id"]],
            kept=Cause(row["reason_code"], row["reason"]) if row["state"] == "protected" else None,
            doubts=tuple(Cause(**doubt) for doubt in row["doubts"]),
            clears=row["clears_external_id"],
        )
        for row in rows
    )


def _determine_state(loser: Loser) -> tuple[str, Cause]:
    if loser.kept is not None:
        return "protected", loser.kept
    if loser.doubts:
        return "needs_approval", join_causes(loser.doubts)
    if loser.is_mass_email:
        return "duplicate", Cause("mass_email", "It is another mass-email stub of the mentor.")
    return "duplicate", Cause("duplicate", "It is another contact of the mentor.")


def read_protected(conn: sa.Connection, year: int) -> Protected:
    """Read the contacts that mentors of this and all active years need, and people's decisions about contacts."""
    years = {*configuration.read_configured_years(conn), year}
    declined = frozenset[int]().union(*read_declined_contacts(conn, years).values())
    return replace(read_needed_contacts(conn, year), declined_contact_ids=declined)


def read_needed_contacts(conn: sa.Connection, year: int) -> Protected:
    """Read the contacts that mentors of this and all active years need, and the rejected archivings."""
    years = {*configuration.read_configured_years(conn), year}
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
        winner_ids=matching_queries.read_winner_contact_ids(conn, years),
        external_ids=frozenset(key for external_id in external_ids.scalars() if (key := id_key(external_id))),
        blocked_contact_ids=frozenset(blocked.scalars()),
        rejected=read_rejections(conn),
    )


def read_approvals(conn: sa.Connection, year: int) -> Approvals:
    """Read the latest approval of each contact, by contact id and input fingerprint."""
    table = archive_approvals
    rows = conn.execute(
        sa.select(table)
        .where(
            table.c.campaign_year == year,
            table.c.scope == "contact",
            table.c.answer == "yes",
            table.c.withdrawn_at.is_(None),
        )
        .order_by(table.c.id)  # not by time: the clocks of two consoles may differ
    )
    return {
        (row.contact_id, row.input_fingerprint): Approval(id=row.id, by=row.approved_by, at=row.approved_at)
        for row in rows
    }


def read_rejections(conn: sa.Connection) -> dict[int, str]:
    """Read the input fingerprint by contact id of contacts whose archiving a person rejected, in any year.

    A later approval or a withdrawal ends a rejection.
    """
    table = archive_approvals
    rows = conn.execute(
        sa.select(table.c.contact_id, table.c.answer, table.c.input_fingerprint)
        .ext(pg.distinct_on(table.c.contact_id))
        .where(table.c.scope == "contact", table.c.withdrawn_at.is_(None))
        .order_by(table.c.contact_id, table.c.id.desc())
    )
    return {row.contact_id: row.input_fingerprint for row in rows if row.answer == "no"}


def read_declined_contacts(conn: sa.Connection, years: set[int]) -> dict[str, frozenset[int]]:
    """Read the contacts that people saw in conflicts and for which they chose to create a new contact.

    They are by the answer's submission id, or by MN id where that is unknown.
    """
    d, c = sync_decisions.c, sync_conflicts.c
    key = ("campaign_year", "mn_id", "conflict_type", "subject")
    # By its id where a later sign-up of the person is asked again.
    earlier_id = sa.cast(c.previous_decision["id"].astext, sa.BigInteger)
    is_answer = (
        sa.and_(*(d[name] == c[name] for name in key), d.submission_id.is_not_distinct_from(c.submission_id)),
        d.id == sa.func.coalesce(c.decision_id, earlier_id),
    )
    is_declining = sa.and_(
        d.campaign_year.in_(years), d.undone_at.is_(None), d.value == sa.literal(NEW_CONTACT, d.value.type)
    )
    columns = (
        sa.func.coalesce(d.submission_id, d.mn_id).label("owner"),
        *(c.context, c.previous_decision, c.input_fingerprint.label("asked"), d.input_fingerprint.label("answered")),
    )
    queries = (
        sa.select(*columns).join_from(sync_conflicts, sync_decisions, condition).where(is_declining)
        for condition in is_answer
    )
    declined: dict[str, set[int]] = defaultdict(set)
    for row in (row for query in queries for row in conn.execute(query)):
        seen_before = row.previous_decision.get("seen_contacts", ())
        declined[row.owner].update(
            list_seen_contacts(row.context, asked=row.asked, answered=row.answered, seen_before=seen_before)
        )
    return {owner: frozenset(contact_ids) for owner, contact_ids in declined.items()}
