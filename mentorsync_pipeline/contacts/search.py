"""Search contacts by name, email, phone, contact id or External ID.

Keys and ids have indexes in the database; names are in memory (`names.read_name_index`).
"""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.contacts.names import read_name_index
from mentorsync_pipeline.db.filters import active_individuals, is_any_of
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.db.tables.raw import all_of_kind, external_id_key
from mentorsync_pipeline.db.versioned_cache import VersionedCache
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.word_index import search_words

MAX_RESULTS = 20
_MIN_CHARACTERS = 2
_CANDIDATES = 10
_MAX_ID = 2**63 - 1
# The beginning of an email, and no word of a name: letters with a dot, a digit or another character of emails.
_EMAIL_START = re.compile(r"(?=[^a-z]*[a-z])(?=[a-z]*[0-9._+-])[a-z0-9._+'-]{4,254}", re.ASCII | re.IGNORECASE)
_T = raw_gb_full_contacts
_RESULT_COLUMNS = (
    _T.c.contact_id,
    _T.c.first_name,
    _T.c.preferred_name,
    _T.c.last_name,
    _T.c.external_id,
    all_of_kind("email").label("emails"),
    all_of_kind("phone").label("phones"),
    _T.c.tags,
    _T.c.total_contributions,
    _T.c.last_modified,
    _T.c.archived_at,
)


class ContactNotFoundError(MentorSyncError):
    """There is no contact with this id in the contact data."""

    code = "CONTACT_NOT_FOUND"


def search_contacts(
    conn: sa.Connection, text: str, cache: VersionedCache, *, with_archived: bool = False, limit: int = MAX_RESULTS
) -> list[dict[str, Any]]:
    """Return the first matching contacts, active ones first, by name and id; none for less than two characters.

    A name matches by the beginnings of its words, whatever their order, accents and case; an email by its beginning; a
    phone in any form.

    Args:
        with_archived: also archived contacts and companies.

    Returns:
        `contact_id`, the names, `external_id`, `emails` and `phones` (as in Givebutter), `tags`, `total_contributions`,
        `last_modified` and `archived_at`.

    """
    typed = text.strip()
    if len(typed) < _MIN_CHARACTERS:
        return []
    is_included = sa.true() if with_archived else active_individuals()
    named = read_name_index(conn, cache).find(search_words(typed), limit=limit * _CANDIDATES)
    conditions = [*_search_conditions(typed), is_any_of(_T.c.contact_id, named)]
    # A UNION, so that the planner uses an index for each condition and returns each contact once.
    matches = sa.union(*(sa.select(_T.c.contact_id).where(condition, is_included) for condition in conditions))
    ids = conn.execute(sa.select(matches.subquery().c.contact_id).limit(limit * _CANDIDATES)).scalars().all()
    query = (
        sa.select(*_RESULT_COLUMNS)
        .where(is_any_of(_T.c.contact_id, ids))
        .order_by(_T.c.archived_at.is_not(None), _T.c.last_name, _T.c.first_name, _T.c.contact_id)
        .limit(limit)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def find_contact(conn: sa.Connection, contact_id: int) -> dict[str, Any]:
    """Read one contact, archived ones too, with the columns of a search. Raises ContactNotFoundError."""
    row = conn.execute(sa.select(*_RESULT_COLUMNS).where(_T.c.contact_id == contact_id)).mappings().first()
    if row is None:
        raise ContactNotFoundError(
            f"There is no contact {contact_id} in the contact data.", "Check the id, or upload a fresh export."
        )
    return dict(row)


def _search_conditions(text: str) -> list[sa.ColumnElement[bool]]:
    starts = _T.c.email_keys[sa.literal_column("1")].like(_like_prefix(text), escape="\\")
    if "@" in text:
        key = next(iter(normalize.email_keys(text)), None)
        return [starts, *([_is_further_key(_T.c.email_keys, key)] if key else [])]
    conditions: list[sa.ColumnElement[bool]] = [starts] if _EMAIL_START.fullmatch(text) else []
    phone = normalize.phone(text)
    if phone is not None:
        conditions += [_first_key(_T.c.phone_keys) == phone, _is_further_key(_T.c.phone_keys, phone)]
    if text.isdecimal() and int(text) <= _MAX_ID:
        conditions.append(_T.c.contact_id == int(text))
    conditions.append(sa.and_(_T.c.external_id.is_not(None), external_id_key(_T.c.external_id) == id_key(text)))
    return conditions


def _like_prefix(text: str) -> str:
    quoted = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{quoted}%"


def _first_key(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return column[sa.literal_column("1")]


def _is_further_key(column: sa.Column[Any], key: str) -> sa.ColumnElement[bool]:
    """Match the index over all keys of contacts with more than one key."""
    return sa.and_(
        sa.func.cardinality(column) > sa.literal_column("1"),
        column.contains(sa.cast(pg.array([key]), pg.ARRAY(sa.Text(collation="C")))),
    )
