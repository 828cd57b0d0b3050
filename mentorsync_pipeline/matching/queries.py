"""Read candidates, winners and the mentors of earlier years."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from sys import intern
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.queries import read_contacts_by_id
from mentorsync_pipeline.db.record_cache import kept_until_changed
from mentorsync_pipeline.db.row_records import columns_of, read_dicts, read_records, record
from mentorsync_pipeline.db.tables import (
    contact_candidates,
    deduplicated_signups,
    known_mentors,
    winner_contacts,
)
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.placeholders import mark_placeholders
from mentorsync_pipeline.domain.records import (
    Candidate,
    EarlierMentor,
    Winner,
)
from mentorsync_pipeline.runtime.formatting import format_count
from mentorsync_pipeline.signups.queries import read_placeholder_keys

_CACHE_SIZE = 1 << 10


class CandidatesOutdatedError(MentorSyncError):
    """The contacts have changed since the candidates were calculated."""

    code = "CANDIDATES_OUTDATED"


def read_earlier_mentors(conn: sa.Connection, year: int) -> list[EarlierMentor]:
    """Read the mentors of all earlier years, with all their External IDs and last linked contacts."""
    table, known = deduplicated_signups, known_mentors
    is_same_signup = [known.c[key] == table.c[key] for key in ("campaign_year", "submission_id")]
    query = (
        sa.select(table, known.c.contact_id)
        .join(known, sa.and_(*is_same_signup), isouter=True)
        .where(table.c.campaign_year < year)
    )
    rows = list(read_dicts(conn, query))
    templates = {
        earlier: configuration.read_config(conn, earlier) for earlier in {row["campaign_year"] for row in rows}
    }
    return [
        record(
            EarlierMentor,
            row,
            external_ids=(
                row["external_id"],
                *(templates[row["campaign_year"]].external_id(mn_id) for mn_id in row["superseded_mn_ids"]),
            ),
            emails=tuple(filter(None, (row["personal_email"], row["uga_email"], *row["further_emails"]))),
        )
        for row in rows
    ]


def read_candidates(conn: sa.Connection, year: int) -> list[Candidate]:
    """Read the year's candidates with their contacts.

    Raises CandidatesOutdatedError when one of the contacts no longer exists.
    """
    table, of_year = contact_candidates, contact_candidates.c.campaign_year == year
    contact_ids = set(conn.execute(sa.select(table.c.contact_id).where(of_year)).scalars())
    read_contacts = read_contacts_by_id(conn, contact_ids)
    contacts = {
        contact.contact_id: contact for contact in mark_placeholders(read_contacts, read_placeholder_keys(conn, year))
    }
    missing_ids = contact_ids - contacts.keys()
    if missing_ids:
        raise CandidatesOutdatedError(
            f"Candidates of {year} are no longer among the contacts ({format_count(len(missing_ids), 'contact')}).",
            f"Match the year's mentors with the new contacts first: mentorsync etl --year {year}.",
        )
    candidates = read_records(
        conn,
        sa.select(*columns_of(table, Candidate), table.c.contact_id).where(of_year),
        Candidate,
        contact=lambda row: contacts[row["contact_id"]],
        score_parts=_parse_score_parts,
    )
    return list(candidates)


def _parse_score_parts(row: Mapping[str, Any]) -> dict[str, Decimal]:
    return {intern(name): _parse_points(points) for name, points in row["score_parts"].items()}


@lru_cache(_CACHE_SIZE)
def _parse_points(points: float | str) -> Decimal:
    return Decimal(str(points))


@kept_until_changed(winner_contacts)
def read_winners(conn: sa.Connection, year: int) -> dict[str, Winner]:
    """Read the year's winners by submission id."""
    query = sa.select(winner_contacts).where(winner_contacts.c.campaign_year == year)
    return {winner.submission_id: winner for winner in read_records(conn, query, Winner)}


def read_winner_contact_ids(conn: sa.Connection, years: Collection[int]) -> frozenset[int]:
    """Read the ids of the winning contacts of these years."""
    table = winner_contacts
    contact_ids = conn.execute(
        sa.select(table.c.contact_id).where(table.c.campaign_year.in_(years), table.c.contact_id.is_not(None))
    )
    return frozenset(contact_ids.scalars())
