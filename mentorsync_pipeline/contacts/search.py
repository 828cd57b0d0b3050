"""Search active contacts by name, email, phone, contact id or External ID.

Keys and ids have indexes. Names have none, because every upload would have to build it; a scan of 40,000 contacts takes
a few hundredths of a second.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.filters import active_individuals
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.db.tables.raw import all_of_kind, external_id_key
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import id_key

MAX_RESULTS = 20
_MIN_CHARACTERS = 2
_MAX_ID = 2**63 - 1
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
)


def search_contacts(conn: sa.Connection, text: str, *, limit: int = MAX_RESULTS) -> list[dict[str, Any]]:
    """Return the first matching contacts, sorted by name and id; none for less than two characters.

    A name matches by its beginning; two words are a first and a last name.

    Returns:
        `contact_id`, the names, `external_id`, `emails` and `phones` (as in Givebutter), `tags`, `total_contributions`
        and `last_modified`.

    """
    typed = text.strip()
    if len(typed) < _MIN_CHARACTERS:
        return []
    # A UNION, so that the planner uses an index for each condition and returns each contact once.
    matches = sa.union(
        *(sa.select(_T.c.contact_id).where(condition, active_individuals()) for condition in _search_conditions(typed))
    )
    ids = conn.execute(sa.select(matches.subquery().c.contact_id).limit(limit * 10)).scalars().all()
    query = (
        sa.select(*_RESULT_COLUMNS)
        .where(_T.c.contact_id == sa.any_(sa.bindparam(None, list(ids), type_=pg.ARRAY(sa.BigInteger))))
        .order_by(_T.c.last_name, _T.c.first_name, _T.c.contact_id)
        .limit(limit)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def _search_conditions(text: str) -> list[sa.ColumnElement[bool]]:
    if "@" in text:
        key = next(iter(normalize.email_keys(text)), None)
        starts = _T.c.email_keys[sa.literal_column("1")].like(_like_prefix(text), escape="\\")
        return [starts, *([_is_further_key(_T.c.email_keys, key)] if key else [])]
    conditions = []
    phone = normalize.phone(text)
    if phone is not None:
        conditions += [_first_key(_T.c.phone_keys) == phone, _is_further_key(_T.c.phone_keys, phone)]
    if text.isdecimal() and int(text) <= _MAX_ID:
        conditions.append(_T.c.contact_id == int(text))
    conditions.append(sa.and_(_T.c.external_id.is_not(None), external_id_key(_T.c.external_id) == id_key(text)))
    return [*conditions, _name_condition(text.split())]


def _name_condition(words: list[str]) -> sa.ColumnElement[bool]:
    if len(words) == 1:
        return sa.or_(*(_starts_with(name, words[0]) for name in ("first_name", "preferred_name", "last_name")))
    first, last = words[0], " ".join(words[1:])
    return sa.or_(
        *(
            sa.and_(_starts_with(name, first_name), _starts_with("last_name", last_name))
            for name in ("first_name", "preferred_name")
            for first_name, last_name in ((first, last), (words[-1], " ".join(words[:-1])))
        )
    )


def _starts_with(column: str, text: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(_T.c[column]).like(_like_prefix(text), escape="\\")


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
