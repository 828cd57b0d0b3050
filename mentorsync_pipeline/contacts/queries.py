"""Read contacts, members and the age of the contact data."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.filters import active_individuals
from mentorsync_pipeline.db.records import record, to_dicts
from mentorsync_pipeline.db.tables import (
    gb_contact_loads,
    raw_gb_campaign_members,
    raw_gb_full_contacts,
    sync_log,
)
from mentorsync_pipeline.db.tables.raw import external_id_key
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.match_keys import MatchKeys
from mentorsync_pipeline.domain.normalize import UGA_DOMAIN
from mentorsync_pipeline.domain.records import (
    Contact,
    Member,
)

# How the emails and phones of a text are read, and how one of them is compared.
_KEY_OF: Mapping[str, tuple[Callable[[str | None], tuple[str, ...]], Callable[[str], str]]] = {
    "email": (normalize.emails, normalize.email_key),
    "phone": (normalize.phones, str),
}


class ContactsMissingError(MentorSyncError):
    """No contact data has ever been loaded, so nothing can be matched."""

    code = "CONTACTS_MISSING"


def members(conn: sa.Connection, year: int) -> list[Member]:
    """The members of the year's campaign, with normalised email and phone."""
    table = raw_gb_campaign_members
    rows = to_dicts(conn.execute(sa.select(table).where(table.c.campaign_year == year).order_by(table.c.member_id)))
    return [record(Member, row, email=row["email_key"], phone=row["phone_key"]) for row in rows]


def contacts_matching(conn: sa.Connection, keys: MatchKeys, linked: Collection[int] = ()) -> list[Contact]:
    """The living individual contacts that share a key or are `linked`, found through the table's indexes.

    Each key is looked up by itself, so the cost grows with the keys and not with the contacts.
    """
    table = raw_gb_full_contacts
    held_by = _holders(keys.external_ids)
    lookups = [sa.select(held_by.c.contact_id)]
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
    return contacts_by_id(conn, {*conn.execute(sa.union(*lookups)).scalars(), *linked})


def contacts_by_id(conn: sa.Connection, contact_ids: Collection[int]) -> list[Contact]:
    """The living individual contacts of these ids; ids that are not there, or archived, are simply missing."""
    ids = sa.bindparam(None, sorted(contact_ids), type_=pg.ARRAY(sa.BigInteger))
    return _contacts(conn, raw_gb_full_contacts.c.contact_id == sa.any_(ids))


def stub_contacts(conn: sa.Connection) -> list[Contact]:
    """The living individual contacts that may be mass-email stubs: one university email and no phone.

    Whether one is a stub is for `matching.rules.scoring` to say.
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
    """Which contact holds each of these External IDs, by the id as it is compared; ids that nobody holds are missing.

    Archived contacts count: Givebutter rejects an id that one of them holds (reference/givebutter.md, "Contacts
    IMPORT"). Should a living and an archived one name the same id, the living one is given.
    """
    held_by = _holders(key for external_id in external_ids if (key := id_key(external_id)))
    rows = conn.execute(
        sa.select(held_by.c.key, held_by.c.contact_id).order_by(held_by.c.archived_at.is_(None), held_by.c.contact_id)
    )
    return {row.key: row.contact_id for row in rows}


def _holders(keys: Iterable[str]) -> sa.Subquery:
    """The contacts that hold External IDs, by the ids as they are compared, each looked up by itself in the index."""
    table = raw_gb_full_contacts
    key = sa.func.unnest(_bound(keys)).table_valued("key").render_derived()
    held = sa.and_(table.c.external_id.is_not(None), external_id_key(table.c.external_id) == key.c.key)
    found = (
        sa.select(table.c.contact_id, table.c.archived_at).where(held).offset(sa.literal_column("0")).lateral("holder")
    )
    return (
        sa.select(key.c.key, found.c.contact_id, found.c.archived_at)
        .select_from(key)
        .join(found, sa.true())
        .subquery("held_by")
    )


def contacts_as_of(conn: sa.Connection) -> datetime:
    """When the contact data that the tables now hold was taken at Givebutter.

    Raises ContactsMissingError when there is none yet.
    """
    as_of = conn.execute(_last_as_of()).scalar_one_or_none()
    if as_of is None:
        raise ContactsMissingError(
            "No Givebutter contacts have been loaded yet.",
            "Load them with: mentorsync upload FILE, or mentorsync refresh-contacts --full.",
        )
    return as_of


def last_change_log_id(conn: sa.Connection) -> int:
    """Return the `sync_log` id of the last load that changed a contact, 0 when there is none."""
    log = sync_log.c
    changed = sa.or_(log.rows_added > 0, log.rows_changed > 0, log.rows_removed > 0)
    query = sa.select(sa.func.max(log.id)).where(
        log.asset == raw_gb_full_contacts.name, log.status == "success", changed
    )
    return conn.execute(query).scalar_one() or 0


def _last_as_of() -> sa.Select[datetime]:
    loads = gb_contact_loads
    return sa.select(loads.c.as_of).where(loads.c.origin != "api_mentors").order_by(loads.c.id.desc()).limit(1)


def _last_modified() -> sa.Label[datetime]:
    """When a contact was last changed; one that names a moment after it was loaded counts as changed at the `as_of`."""
    column = raw_gb_full_contacts.c.last_modified
    in_future = column > raw_gb_full_contacts.c.observed_at
    return sa.case((in_future, _last_as_of().scalar_subquery()), else_=column).label(column.name)


def _contacts(conn: sa.Connection, which: sa.ColumnElement[bool]) -> list[Contact]:
    table = raw_gb_full_contacts
    names = [field.name for field in fields(Contact) if field.name in table.c and field.name != "last_modified"]
    rows = to_dicts(
        conn.execute(
            sa.select(
                *(table.c[name] for name in names),
                _last_modified(),
                *(table.c[name] for kind in _KEY_OF for name in (f"additional_{kind}s", f"{kind}_keys")),
            )
            .where(which, active_individuals())
            .order_by(table.c.contact_id)
        )
    )
    return [
        record(
            Contact,
            row,
            emails=_all_of(row, "email"),
            phones=_all_of(row, "phone"),
            total_contributions=row["total_contributions"] or 0,
        )
        for row in rows
    ]


def _bound(values: Iterable[str]) -> sa.BindParameter[Any]:
    return sa.bindparam(None, sorted(values), type_=pg.ARRAY(sa.Text))


def _all_of(row: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    """A contact's emails or phones in their normal form, the primary one first; then keys that none of them has."""
    read, key_of = _KEY_OF[kind]
    texts = (row[f"primary_{kind}"], *row[f"additional_{kind}s"])
    found = dict.fromkeys(one for text in texts for one in read(text))
    known = set(map(key_of, found))
    return (*found, *(key for key in row[f"{kind}_keys"] if key not in known))
