"""Read a conflict with its evidence: its people, every contact that its text cites, and other contacts that fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts.queries import read_contacts_by_id
from mentorsync_pipeline.db.tables import contact_candidates, mentors
from mentorsync_pipeline.domain.conflicts import contact_metadata
from mentorsync_pipeline.review.conflict_detail import Rival, read_conflict, read_mentor_names, read_rivals
from mentorsync_pipeline.review.rules.evidence import (
    Evidence,
    Person,
    compare_people,
    find_cited_contacts,
    find_people,
)

_MOST_PEOPLE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A conflict for its page.

    Attributes:
        conflict: as of `review.conflict_detail.read_conflict`.
        rivals: questions of other mentors about the same contact.
        names: names of the mentors by MN id.
        fundraising_url: the mentor's fundraising page.

    """

    conflict: Mapping[str, Any]
    evidence: Evidence
    rivals: Sequence[Rival]
    names: Mapping[str, str]
    fundraising_url: str | None


def read_question(conn: sa.Connection, year: int, conflict_id: int) -> Question:
    """Read a conflict of the year with its evidence. Raises ConflictNotFoundError."""
    conflict = read_conflict(conn, conflict_id, year=year)
    rivals = read_rivals(conn, conflict)
    others = (other.get("mn_id") for other in conflict["context"].get("other_mentors") or ())
    mn_ids = [conflict["mn_id"], *(rival.mn_id for rival in rivals), *filter(None, others)]
    c = mentors.c
    return Question(
        conflict=conflict,
        evidence=read_evidence(conn, conflict),
        rivals=rivals,
        names=read_mentor_names(conn, year, mn_ids),
        fundraising_url=conn.execute(
            sa.select(c.fundraising_page_url).where(c.campaign_year == year, c.mn_id == conflict["mn_id"])
        ).scalar(),
    )


def read_evidence(conn: sa.Connection, conflict: Mapping[str, Any]) -> Evidence:
    """Compare the people of a conflict (`review.conflict_detail.read_conflict`)."""
    people = find_people(conflict)
    ids = find_cited_contacts(conflict, people)
    if conflict["conflict_type"] == "contact_selection":
        ids += _read_candidates(conn, conflict)
    known = {person.record_id for person in people}
    missing = [contact_id for contact_id in dict.fromkeys(ids) if str(contact_id) not in known]
    contacts = {contact.contact_id: contact for contact in read_contacts_by_id(conn, missing)}
    people += [
        Person(kind="contact", record_id=str(contact_id), facts=contact_metadata(contacts[contact_id]))
        for contact_id in missing
        if contact_id in contacts
    ]
    return compare_people(people[:_MOST_PEOPLE])


def _read_candidates(conn: sa.Connection, conflict: Mapping[str, Any]) -> list[int]:
    """Read the contacts that fit the sign-up of the question, best first."""
    c = contact_candidates.c
    query = (
        sa.select(c.contact_id)
        .where(
            c.campaign_year == conflict["campaign_year"],
            c.submission_id == conflict["subject"],
            c.viability != "refused",
            ~c.is_mass_email,
        )
        .order_by(c.rank.nulls_last(), c.contact_id)
    )
    return list(conn.execute(query).scalars())
