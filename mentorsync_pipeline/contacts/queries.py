"""Read contacts, members and the age of the contact data."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from operator import itemgetter
from sys import intern
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.filters import active_individuals, is_any_of, loads_with_changes, select_contacts_as_of
from mentorsync_pipeline.db.record_cache import kept_until_changed, read_changed_rows, row_version
from mentorsync_pipeline.db.row_records import columns_of, read_records
from mentorsync_pipeline.db.tables import (
    closed_year_tags,
    gb_contact_loads,
    raw_gb_campaign_members,
    raw_gb_full_contacts,
    sync_log,
)
from mentorsync_pipeline.db.tables.raw import external_id_key, has_tidy_external_id
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.normalize import UGA_DOMAIN
from mentorsync_pipeline.domain.placeholders import MAX_CONTACTS
from mentorsync_pipeline.domain.records import (
    Contact,
    MatchKeys,
    Member,
)

# By kind: function that parses the values of a text, and function that returns the match key of a value.
_KEY_OF: Mapping[str, tuple[Callable[[str | None], tuple[str, ...]], Callable[[str], str]]] = {
    "email": (normalize.emails, normalize.email_key),
    "phone": (normalize.phones, str),
}


class ContactsMissingError(MentorSyncError):
    """No contact data has been loaded, so nothing can be matched."""

    code = "CONTACTS_MISSING"


@kept_until_changed(raw_gb_campaign_members)
def read_members(conn: sa.Connection, year: int) -> list[Member]:
    """Read the members of the year's campaign, with normalised email and phone."""
    table = raw_gb_campaign_members
    columns = [*columns_of(table, Member), table.c.email_key, table.c.phone_key]
    query = sa.select(*columns).where(table.c.campaign_year == year).order_by(table.c.member_id)
    return list(read_records(conn, query, Member, email=itemgetter("email_key"), phone=itemgetter("phone_key")))


def read_matching_contacts(conn: sa.Connection, keys: MatchKeys, linked: Collection[int] = ()) -> list[Contact]:
    """Read the active individual contacts that share a key or whose ids are in `linked`.

    Each key is looked up in an index, so that the cost grows with the number of keys, not of contacts.
    """
    return read_contacts_by_id(conn, {*_read_matching_ids(conn, keys), *linked})


def read_contacts_of_crowded_keys(conn: sa.Connection, keys: MatchKeys, linked: Collection[int] = ()) -> list[Contact]:
    """Read the active individual contacts that share a phone or email which many contacts have.

    Considered are `keys`, and the phones and emails of the contacts that match them or are in `linked`.
    `domain.placeholders` decides which of them are placeholders.
    """
    table = raw_gb_full_contacts
    ids = sorted({*_read_matching_ids(conn, keys), *linked})
    near = conn.execute(sa.select(table.c.phone_keys, table.c.email_keys).where(is_any_of(table.c.contact_id, ids)))
    phones, emails = set(keys.phones), set(keys.emails)
    for contact_phones, contact_emails in near:
        phones.update(contact_phones)
        emails.update(contact_emails)
    holders = sa.union_all(*_select_key_holders(phones=phones, emails=emails)).subquery()
    crowded = conn.execute(
        sa.select(holders.c.key)
        .group_by(holders.c.key)
        .having(sa.func.count(holders.c.contact_id.distinct()) > MAX_CONTACTS)
    ).scalars()
    kinds: dict[bool, set[str]] = {True: set(), False: set()}
    for key in crowded:
        kinds["@" in key].add(key)
    shared = MatchKeys(external_ids=frozenset(), phones=frozenset(kinds[False]), emails=frozenset(kinds[True]))
    return read_contacts_by_id(conn, _read_matching_ids(conn, shared))


def _read_matching_ids(conn: sa.Connection, keys: MatchKeys) -> set[int]:
    """Read the ids of the contacts that share a key, archived ones included."""
    holders = _select_holders(keys.external_ids)
    lookups = [sa.select(holders.c.contact_id)]
    lookups += [
        lookup.with_only_columns(lookup.selected_columns.contact_id)
        for lookup in _select_key_holders(phones=keys.phones, emails=keys.emails)
    ]
    return set(conn.execute(sa.union(*lookups)).scalars())


def _select_key_holders(*, phones: Iterable[str], emails: Iterable[str]) -> list[sa.Select[Any]]:
    """Select the keys with the ids of the contacts that have them, by look-ups in the indexes of keys."""
    table = raw_gb_full_contacts
    lookups = []
    for column, values in ((table.c.email_keys, emails), (table.c.phone_keys, phones)):
        key = sa.func.unnest(_bind_texts(values)).table_valued("key").render_derived()
        # As in the indexes: the first key of every contact, and all keys of contacts with more than one.
        first_key = column[sa.literal_column("1")]
        is_first_key = sa.and_(first_key.is_not(None), first_key == key.c.key)
        is_further_key = sa.and_(
            sa.func.cardinality(column) > sa.literal_column("1"), column.contains(pg.array([key.c.key]))
        )
        for condition in (is_first_key, is_further_key):
            # The planner cannot estimate the contacts of a key and would read the whole table. OFFSET 0 keeps each
            # look-up separate; the contacts are read in a second step for the same reason.
            matches = sa.select(table.c.contact_id).where(condition).offset(sa.literal_column("0")).lateral()
            lookups.append(sa.select(key.c.key, matches.c.contact_id).select_from(key).join(matches, sa.true()))
    return lookups


def read_contacts_by_id(conn: sa.Connection, contact_ids: Collection[int]) -> list[Contact]:
    """Read the active individual contacts with these ids. Unknown and archived ids are left out."""
    return _read_contacts(conn, is_any_of(raw_gb_full_contacts.c.contact_id, sorted(contact_ids)))


def read_stub_contacts(conn: sa.Connection) -> list[Contact]:
    """Read the active individual contacts with one university email and no phone.

    `matching.rules.scoring.is_mass_email` decides which of them are mass-email stubs.
    """
    table = raw_gb_full_contacts
    return _read_contacts(
        conn,
        sa.and_(
            sa.func.cardinality(table.c.email_keys) == 1,
            table.c.email_keys[1].endswith(UGA_DOMAIN),
            sa.func.cardinality(table.c.phone_keys) == 0,
        ),
    )


def read_external_id_holders(
    conn: sa.Connection, external_ids: Iterable[str], *, as_written: bool = False
) -> dict[str, int]:
    """Read the contacts that hold these External IDs, by `id_key`. Ids without a holder are left out.

    Archived contacts are included, because Givebutter rejects an id that one of them holds (reference/givebutter.md,
    "Contacts IMPORT"). If an active and an archived contact hold the same id, the active one is returned. A contact
    that has the id with white space in Givebutter comes last, because it does not keep another one from holding it;
    with `as_written` it is left out.
    """
    holders = _select_holders(key for external_id in external_ids if (key := id_key(external_id)))
    rows = conn.execute(
        sa.select(holders.c.key, holders.c.contact_id)
        .where(holders.c.is_tidy if as_written else sa.true())
        .order_by(holders.c.is_tidy, holders.c.archived_at.is_(None), holders.c.contact_id)
    )
    return {row.key: row.contact_id for row in rows}


def _select_holders(keys: Iterable[str]) -> sa.Subquery:
    """Select the contacts that hold External IDs, with one index look-up for each key."""
    table = raw_gb_full_contacts
    key = sa.func.unnest(_bind_texts(keys)).table_valued("key").render_derived()
    is_held = sa.and_(table.c.external_id.is_not(None), external_id_key(table.c.external_id) == key.c.key)
    holder = (
        sa.select(table.c.contact_id, table.c.archived_at, has_tidy_external_id(table).label("is_tidy"))
        .where(is_held)
        .offset(sa.literal_column("0"))
        .lateral("holder")
    )
    return (
        sa.select(key.c.key, holder.c.contact_id, holder.c.archived_at, holder.c.is_tidy)
        .select_from(key)
        .join(holder, sa.true())
        .subquery("held_by")
    )


def read_last_as_of(conn: sa.Connection) -> datetime | None:
    """Return when the loaded contact data was taken at Givebutter, without loads of single mentors' contacts."""
    return conn.execute(select_contacts_as_of()).scalar_one_or_none()


def read_contacts_as_of(conn: sa.Connection) -> datetime:
    """Return when the loaded contact data was taken at Givebutter. Raises ContactsMissingError when there is none."""
    as_of = read_last_as_of(conn)
    if as_of is None:
        raise ContactsMissingError(
            "No Givebutter contacts have been loaded yet.",
            "Load them with: mentorsync upload FILE, or mentorsync refresh-contacts --full.",
        )
    return as_of


def read_contacts_changed_as_of(conn: sa.Connection) -> datetime:
    """Return when contact data was taken that differed from the data before.

    Scores count days until this time, so that equal contacts have equal scores on every day and a sync without news
    writes nothing. Raises ContactsMissingError when no contacts are loaded.
    """
    changed_as_of = conn.execute(_select_changed_as_of()).scalar_one_or_none()
    return read_contacts_as_of(conn) if changed_as_of is None else changed_as_of


def read_last_change_log_id(conn: sa.Connection) -> int:
    """Return the `sync_log` id of the last load that changed a contact, 0 when there is none."""
    log = sync_log.c
    query = sa.select(sa.func.max(log.id)).where(log.status == "success", loads_with_changes())
    return conn.execute(query).scalar_one() or 0


def _select_changed_as_of() -> sa.Select[datetime]:
    """Select the time of the last load that changed contacts; a load without this number replaced them all."""
    return select_contacts_as_of().where(gb_contact_loads.c.changed_count.is_distinct_from(0))


def _effective_last_modified() -> sa.Label[datetime]:
    """Select the time of a contact's last change; a time after its load is replaced by that of the newest data."""
    column = raw_gb_full_contacts.c.last_modified
    in_future = column > raw_gb_full_contacts.c.observed_at
    return sa.case((in_future, _select_changed_as_of().scalar_subquery()), else_=column).label(column.name)


def _ended_tags() -> sa.Label[Any]:
    """Select, by tag, the closed years for which a contact's tags without a year were added."""
    ended = closed_year_tags
    query = sa.select(sa.func.jsonb_object_agg(ended.c.tag_key, ended.c.campaign_year)).where(
        ended.c.contact_id == raw_gb_full_contacts.c.contact_id
    )
    return query.scalar_subquery().label("ended_tags")


def _read_contacts(conn: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Contact]:
    """Read the active individual contacts that fulfil a condition, in order of their ids."""
    table = raw_gb_full_contacts
    # Besides the row itself, a record has these two values of other tables.
    columns = (table.c.contact_id, row_version(table), _effective_last_modified(), _ended_tags())
    query = sa.select(*columns).where(condition, active_individuals()).order_by(table.c.contact_id)
    versions = {row[0]: tuple(row) for row in conn.execute(query)}
    return read_changed_rows(conn.engine, table.name, versions, lambda ids: _read_contact_records(conn, ids))


def _read_contact_records(conn: sa.Connection, contact_ids: Collection[int]) -> dict[int, Contact]:
    table = raw_gb_full_contacts
    names = [field.name for field in fields(Contact) if field.name in table.c and field.name != "last_modified"]
    query = sa.select(
        *(table.c[name] for name in names),
        _effective_last_modified(),
        *(table.c[name] for kind in _KEY_OF for name in (f"additional_{kind}s", f"{kind}_keys")),
        _ended_tags(),
    ).where(is_any_of(table.c.contact_id, contact_ids), active_individuals())
    contacts = read_records(
        conn,
        query,
        Contact,
        emails=lambda row: list_values(row, "email"),
        phones=lambda row: list_values(row, "phone"),
        tags=lambda row: tuple(map(intern, row["tags"])),
        custom_fields=lambda row: {intern(label): text for label, text in row["custom_fields"].items()},
        ended_tags=lambda row: row["ended_tags"] or {},
    )
    return {contact.contact_id: contact for contact in contacts}


def _bind_texts(values: Iterable[str]) -> sa.BindParameter[Any]:
    return sa.bindparam(None, sorted(values), type_=pg.ARRAY(sa.Text))


def list_values(row: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    """Return a contact's emails or phones in normal form, the primary one first, then keys that none of them has."""
    read, key_of = _KEY_OF[kind]
    texts = (row[f"primary_{kind}"], *row[f"additional_{kind}s"])
    values = dict.fromkeys(value for text in texts for value in read(text))
    value_keys = set(map(key_of, values))
    return (*values, *(key for key in row[f"{kind}_keys"] if key not in value_keys))
