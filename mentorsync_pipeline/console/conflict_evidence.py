"""Read a conflict with its evidence: its people, every contact that its text cites, and other records that fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts.queries import read_contacts_by_id
from mentorsync_pipeline.db.row_records import columns_of, read_dicts, record
from mentorsync_pipeline.db.tables import contact_candidates, deduplicated_signups, mentors, raw_gb_campaign_members
from mentorsync_pipeline.domain.conflicts import contact_metadata, signup_metadata
from mentorsync_pipeline.domain.records import Member, Signup
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
    if conflict["conflict_type"] == "fundraising_mismatch":
        people = [*_read_signup(conn, conflict), *people, *_read_other_pages(conn, conflict)]
        return compare_people(people[:_MOST_PEOPLE])
    candidates = _read_candidates(conn, conflict) if conflict["conflict_type"] == "contact_selection" else {}
    ids = [*find_cited_contacts(conflict, people), *candidates]
    known = {person.record_id for person in people}
    missing = [contact_id for contact_id in dict.fromkeys(ids) if str(contact_id) not in known]
    contacts = {contact.contact_id: contact for contact in read_contacts_by_id(conn, missing)}
    people += [
        Person(
            kind="contact",
            record_id=str(contact_id),
            facts={**contact_metadata(contacts[contact_id]), **candidates.get(contact_id, {})},
        )
        for contact_id in missing
        if contact_id in contacts
    ]
    return compare_people(people[:_MOST_PEOPLE])


def _read_signup(conn: sa.Connection, conflict: Mapping[str, Any]) -> list[Person]:
    """Read the sign-up of the mentor whose fundraising pages are compared."""
    c = deduplicated_signups.c
    of_mentor = (c.campaign_year == conflict["campaign_year"], c.mn_id == conflict["mn_id"])
    rows = read_dicts(conn, sa.select(*columns_of(deduplicated_signups, Signup)).where(*of_mentor))
    signups = [record(Signup, row) for row in rows]
    return [
        Person(kind="signup", record_id=signup.submission_id, facts=signup_metadata(signup)) for signup in signups[:1]
    ]


def _read_other_pages(conn: sa.Connection, conflict: Mapping[str, Any]) -> list[Person]:
    """Read the fundraising pages besides A and B, best first."""
    ids = (conflict["context"].get("member_ids") or ())[2:]
    c = raw_gb_campaign_members.c
    query = sa.select(*columns_of(raw_gb_campaign_members, Member)).where(
        c.campaign_year == conflict["campaign_year"], c.member_id.in_(ids)
    )
    members = {row["member_id"]: row for row in read_dicts(conn, query)} if ids else {}
    return [Person(kind="page", record_id=str(id_), facts=members[id_]) for id_ in ids if id_ in members]


def _read_candidates(conn: sa.Connection, conflict: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """Read the contacts that fit the sign-up of the question, best first: how each fits, by contact id."""
    c = contact_candidates.c
    query = (
        sa.select(c.contact_id, c.viability, c.name_agreement)
        .where(
            c.campaign_year == conflict["campaign_year"],
            c.submission_id == conflict["subject"],
            c.viability != "refused",
            ~c.is_mass_email,
        )
        .order_by(c.rank.nulls_last(), c.contact_id)
    )
    return {row["contact_id"]: row for row in read_dicts(conn, query)}
