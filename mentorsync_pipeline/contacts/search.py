"""Find living contacts by what a person types: a name, an email, a phone, a contact id or an External ID.

Keys and ids are found by an index. Names have none, which every upload would have to build: one pass over 40,000
contacts takes a few hundredths of a second.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.filters import active_individuals
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.db.tables.raw import all_of_kind, external_id_key
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import id_key

MOST_FOUND = 20
_LEAST_TYPED = 2
_LARGEST_ID = 2**63 - 1
_T = raw_gb_full_contacts
_SHOWN = (
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


def search_contacts(conn: sa.Connection, text: str, *, limit: int = MOST_FOUND) -> list[dict[str, Any]]:
    """The first contacts that fit, by name and id; nothing for less than two characters.

    A row has `contact_id`, the names, `external_id`, `emails` and `phones` (as Givebutter has them), `tags`,
    `total_contributions` and `last_modified`. A name is found by its beginning; two words are a first and a last name.
    """
    typed = text.strip()
    if len(typed) < _LEAST_TYPED:
        return []
    # By itself: the planner sees an index for each way, and a contact that fits in two ways comes once.
    ways = sa.union(*(sa.select(_T.c.contact_id).where(way, active_individuals()) for way in _ways(typed)))
    ids = conn.execute(sa.select(ways.subquery().c.contact_id).limit(limit * 10)).scalars().all()
    query = (
        sa.select(*_SHOWN)
        .where(_T.c.contact_id == sa.any_(sa.bindparam(None, list(ids), type_=pg.ARRAY(sa.BigInteger))))
        .order_by(_T.c.last_name, _T.c.first_name, _T.c.contact_id)
        .limit(limit)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def _ways(typed: str) -> list[sa.ColumnElement[bool]]:
    if "@" in typed:
        key = next(iter(normalize.email_keys(typed)), None)
        begins = _T.c.email_keys[sa.literal_column("1")].like(_beginning(typed), escape="\\")
        return [begins, *([_among(_T.c.email_keys, key)] if key else [])]
    ways = []
    phone = normalize.phone(typed)
    if phone is not None:
        ways += [_first(_T.c.phone_keys) == phone, _among(_T.c.phone_keys, phone)]
    if typed.isdecimal() and int(typed) <= _LARGEST_ID:
        ways.append(_T.c.contact_id == int(typed))
    ways.append(sa.and_(_T.c.external_id.is_not(None), external_id_key(_T.c.external_id) == id_key(typed)))
    return [*ways, _by_name(typed.split())]


def _by_name(words: list[str]) -> sa.ColumnElement[bool]:
    if len(words) == 1:
        return sa.or_(*(_begins(name, words[0]) for name in ("first_name", "preferred_name", "last_name")))
    first, last = words[0], " ".join(words[1:])
    return sa.or_(
        *(
            sa.and_(_begins(name, one), _begins("last_name", other))
            for name in ("first_name", "preferred_name")
            for one, other in ((first, last), (words[-1], " ".join(words[:-1])))
        )
    )


def _begins(column: str, text: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(_T.c[column]).like(_beginning(text), escape="\\")


def _beginning(text: str) -> str:
    quoted = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{quoted}%"


def _first(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return column[sa.literal_column("1")]


def _among(column: sa.Column[Any], key: str) -> sa.ColumnElement[bool]:
    """As the index is: over all keys of those contacts that have more than one."""
    return sa.and_(
        sa.func.cardinality(column) > sa.literal_column("1"),
        column.contains(sa.cast(pg.array([key]), pg.ARRAY(sa.Text(collation="C")))),
    )
