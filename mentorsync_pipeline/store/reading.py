"""Read tables as the records that the rules take (`rules.records`); only rows that a rule can use leave the database.

Writing does not belong here, nor does any decision about the rows.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.errors import MentorSyncError
from mentorsync_pipeline.rules.candidates import MatchKeys
from mentorsync_pipeline.rules.records import (
    Candidate,
    Contact,
    EarlierMentor,
    FormEntry,
    Member,
    Mentor,
    Provenance,
    Signup,
    StandingDecision,
    Submission,
    Winner,
)
from mentorsync_pipeline.rules.scoring import UGA_DOMAIN
from mentorsync_pipeline.store import configs
from mentorsync_pipeline.tables import (
    contact_candidates,
    deduplicated_signups,
    gb_contact_loads,
    mentors,
    raw_gb_campaign_members,
    raw_gb_full_contacts,
    raw_mn_signups,
    sync_decisions,
    winner_contacts,
)

Record = TypeVar("Record")


class CandidatesOutdatedError(MentorSyncError):
    """The contacts changed after the candidates were found, so a choice among them would rest on old data."""

    code = "CANDIDATES_OUTDATED"


class ContactsMissingError(MentorSyncError):
    """No contact data has ever been loaded, so nothing can be matched."""

    code = "CONTACTS_MISSING"


def record(kind: type[Record], row: Mapping[Any, Any], **derived: Any) -> Record:
    """Build a record from the columns of the same names; lists become tuples, `derived` fills the rest."""
    names = _names(cast("Any", kind))
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name in names}
    return kind(**(values | derived))


@cache
def _names(kind: type[Any]) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))


def as_dicts(rows: sa.CursorResult[Any]) -> list[dict[str, Any]]:
    """The rows by column name; records are made from these in half the time that SQLAlchemy's own mappings take."""
    names = tuple(rows.keys())
    return [dict(zip(names, row, strict=True)) for row in rows]


def submissions(conn: sa.Connection, year: int) -> list[Submission]:
    """Every sign-up of the year as Jotform gave it, tombstones included."""
    rows = as_dicts(conn.execute(sa.select(raw_mn_signups).where(raw_mn_signups.c.campaign_year == year)))
    return [record(Submission, row, removed=row["removed_at"] is not None) for row in rows]


def signups(conn: sa.Connection, year: int) -> list[Signup]:
    """The year's deduplicated sign-ups."""
    table = deduplicated_signups
    rows = conn.execute(sa.select(table).where(table.c.campaign_year == year).order_by(table.c.submission_id))
    return [record(Signup, row) for row in as_dicts(rows)]


def members(conn: sa.Connection, year: int) -> list[Member]:
    """The members of the year's campaign, with normalised email and phone."""
    table = raw_gb_campaign_members
    rows = as_dicts(conn.execute(sa.select(table).where(table.c.campaign_year == year).order_by(table.c.member_id)))
    return [record(Member, row, email=row["email_key"], phone=row["phone_key"]) for row in rows]


def form_entries(conn: sa.Connection, table: sa.Table, year: int) -> list[FormEntry]:
    """The living submissions of a year's set-up or training form; deleted and removed ones are left out."""
    living = sa.and_(table.c.campaign_year == year, table.c.status != "DELETED", table.c.removed_at.is_(None))
    rows = as_dicts(conn.execute(sa.select(table).where(living).order_by(table.c.submission_id)))
    return [record(FormEntry, row) for row in rows]


def earlier_mentors(conn: sa.Connection, year: int) -> list[EarlierMentor]:
    """The mentors of all earlier years with every External ID that was theirs, superseded ones included."""
    table = deduplicated_signups
    rows = as_dicts(conn.execute(sa.select(table).where(table.c.campaign_year < year)))
    templates = {earlier: configs.read(conn, earlier) for earlier in {row["campaign_year"] for row in rows}}
    return [
        record(
            EarlierMentor,
            row,
            external_ids=(
                row["external_id"],
                *(templates[row["campaign_year"]].external_id(mn_id) for mn_id in row["superseded_mn_ids"]),
            ),
            emails=tuple(email for email in (row["personal_email"], row["uga_email"]) if email),
        )
        for row in rows
    ]


def contacts_matching(conn: sa.Connection, keys: MatchKeys) -> list[Contact]:
    """The living individual contacts that share a key, found through the indexes of the contact table.

    Each key is looked up by itself, so the cost grows with the keys and not with the contacts.
    """
    table = raw_gb_full_contacts
    lookups = [sa.select(table.c.contact_id).where(table.c.external_id == sa.any_(_bound(keys.external_ids)))]
    for column, values in ((table.c.email_keys, keys.emails), (table.c.phone_keys, keys.phones)):
        key = sa.func.unnest(_bound(values)).table_valued("key").render_derived()
        # As the indexes are: over the first key of every contact, and over all keys of those that have more.
        first = column[sa.literal_column("1")]
        known = sa.and_(first.is_not(None), first == key.c.key)
        more = sa.and_(sa.func.cardinality(column) > sa.literal_column("1"), column.contains(pg.array([key.c.key])))
        for condition in (known, more):
            # How many contacts a key has is beyond the planner's guess, and it would read the whole table: the offset
            # keeps each key's look-up a query of its own. For the same reason the contacts are read in a second step.
            found = sa.select(table.c.contact_id).where(condition).offset(sa.literal_column("0")).lateral()
            lookups.append(sa.select(found.c.contact_id).select_from(key).join(found, sa.true()))
    return contacts_by_id(conn, conn.execute(sa.union(*lookups)).scalars().all())


def contacts_by_id(conn: sa.Connection, contact_ids: Collection[int]) -> list[Contact]:
    """The living individual contacts of these ids; ids that are not there, or archived, are simply missing."""
    ids = sa.bindparam(None, sorted(contact_ids), type_=pg.ARRAY(sa.BigInteger))
    return _contacts(conn, raw_gb_full_contacts.c.contact_id == sa.any_(ids))


def stub_contacts(conn: sa.Connection) -> list[Contact]:
    """The living individual contacts that may be mass-email stubs: one university email and no phone.

    Whether one is a stub is for `rules.scoring` to say.
    """
    table = raw_gb_full_contacts
    return _contacts(
        conn,
        sa.and_(
            sa.func.cardinality(table.c.email_keys) == 1,
            table.c.email_keys[1].endswith(UGA_DOMAIN),
            sa.func.cardinality(table.c.phone_keys) == 0,
        ),
    )


def external_id_holders(conn: sa.Connection, external_ids: Iterable[str]) -> dict[str, int]:
    """Which contact holds each of these External IDs; ids that nobody holds are missing.

    Archived contacts count: Givebutter rejects an id that one of them holds (reference/givebutter.md, "Contacts
    IMPORT"). Should a living and an archived one name the same id, the living one is given.
    """
    table = raw_gb_full_contacts
    rows = conn.execute(
        sa.select(table.c.external_id, table.c.contact_id)
        .where(table.c.external_id == sa.any_(_bound(external_ids)))
        .order_by(table.c.archived_at.is_(None), table.c.contact_id)
    )
    return {row.external_id: row.contact_id for row in rows}


def contacts_as_of(conn: sa.Connection) -> datetime:
    """When the contact data that the tables now hold was taken at Givebutter.

    Raises ContactsMissingError when there is none yet.
    """
    loads = gb_contact_loads
    as_of = conn.execute(
        sa.select(loads.c.as_of).where(loads.c.origin != "api_mentors").order_by(loads.c.id.desc()).limit(1)
    ).scalar()
    if as_of is None:
        raise ContactsMissingError(
            "No Givebutter contacts have been loaded yet.",
            "Load them with: mentorsync upload FILE, or mentorsync refresh-contacts --full.",
        )
    moment: datetime = as_of
    return moment


def candidates(conn: sa.Connection, year: int) -> list[Candidate]:
    """The year's contact candidates with their contacts.

    Raises CandidatesOutdatedError when one of these contacts is not there any more.
    """
    table = contact_candidates
    rows = as_dicts(conn.execute(sa.select(table).where(table.c.campaign_year == year)))
    contacts = {one.contact_id: one for one in contacts_by_id(conn, {row["contact_id"] for row in rows})}
    gone = {row["contact_id"] for row in rows} - contacts.keys()
    if gone:
        raise CandidatesOutdatedError(
            f"{len(gone)} candidates of {year} are no longer among the contacts.",
            f"Match the year's mentors with the new contacts first: mentorsync etl --year {year}.",
        )
    return [
        record(
            Candidate,
            row,
            contact=contacts[row["contact_id"]],
            score_parts={name: Decimal(str(points)) for name, points in row["score_parts"].items()},
        )
        for row in rows
    ]


def winners(conn: sa.Connection, year: int) -> dict[str, Winner]:
    """What was decided for each sign-up of the year, by submission id."""
    rows = as_dicts(conn.execute(sa.select(winner_contacts).where(winner_contacts.c.campaign_year == year)))
    return {row["submission_id"]: record(Winner, row) for row in rows}


def winner_contact_ids(conn: sa.Connection, years: Collection[int]) -> frozenset[int]:
    """The contacts that won for any mentor of these years."""
    table = winner_contacts
    found = conn.execute(
        sa.select(table.c.contact_id).where(table.c.campaign_year.in_(years), table.c.contact_id.is_not(None))
    )
    return frozenset(found.scalars())


def standing_decisions(conn: sa.Connection, year: int) -> dict[tuple[str, str, str], StandingDecision]:
    """The decisions of the year that nobody has undone, by (mn_id, conflict type, subject)."""
    table = sync_decisions
    rows = as_dicts(conn.execute(sa.select(table).where(table.c.campaign_year == year, table.c.undone_at.is_(None))))
    return {(row["mn_id"], row["conflict_type"], row["subject"]): record(StandingDecision, row) for row in rows}


def mentor_rows(conn: sa.Connection, year: int) -> dict[str, Mentor]:
    """The year's mentors as the last run left them, by MN id."""
    rows = as_dicts(conn.execute(sa.select(mentors).where(mentors.c.campaign_year == year)))
    return {
        row["mn_id"]: record(
            Mentor, row, provenance={name: _provenance(value) for name, value in row["provenance"].items()}
        )
        for row in rows
    }


def _provenance(value: Mapping[str, Any]) -> Provenance:
    observed = value["observed_at"]
    return Provenance(**(dict(value) | {"observed_at": observed and datetime.fromisoformat(observed)}))


def _contacts(conn: sa.Connection, which: sa.ColumnElement[bool]) -> list[Contact]:
    table = raw_gb_full_contacts
    wanted = [table.c[field.name] for field in fields(Contact) if field.name in table.c]
    rows = as_dicts(
        conn.execute(
            sa.select(*wanted, table.c.email_keys, table.c.phone_keys)
            .where(which, table.c.archived_at.is_(None), table.c.contact_type == "individual")
            .order_by(table.c.contact_id)
        )
    )
    return [
        record(
            Contact,
            row,
            emails=tuple(row["email_keys"]),
            phones=tuple(row["phone_keys"]),
            total_contributions=row["total_contributions"] or 0,
        )
        for row in rows
    ]


def _bound(values: Iterable[str]) -> sa.BindParameter[Any]:
    return sa.bindparam(None, sorted(values), type_=pg.ARRAY(sa.Text))
