"""Names of contacts: of some by id, and of all in memory for searches.

The table has no index of names, because every upload would have to build it, and a scan of its wide rows takes longer
than a person waits. Names change only by a load, so they are read again after one: 40,000 contacts take about 0.2
seconds and 2 MB.
"""

from collections.abc import Collection

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import archived_duplicates, gb_contact_loads, raw_gb_full_contacts
from mentorsync_pipeline.db.versioned_cache import VersionedCache
from mentorsync_pipeline.domain.names.name_parts import join_names
from mentorsync_pipeline.domain.word_index import WordIndex, index_words


def read_contact_names(conn: sa.Connection, contact_ids: Collection[int]) -> dict[int, str]:
    """Return the names of contacts by id. Of an archived contact that is no longer loaded, the name in the ledger."""
    c, entry = raw_gb_full_contacts.c, archived_duplicates.c
    before = entry.before_image
    archived = sa.select(entry.contact_id, before["first_name"].astext, before["last_name"].astext)
    loaded = sa.select(c.contact_id, c.first_name, c.last_name).where(c.contact_id.in_(contact_ids))
    rows = [
        *conn.execute(archived.where(entry.contact_id.in_(contact_ids), before.is_not(None)).order_by(entry.id)),
        *conn.execute(loaded),
    ]
    names = {contact_id: join_names(first, last) for contact_id, first, last in rows}
    return {contact_id: name for contact_id, name in names.items() if name}


def read_name_index(conn: sa.Connection, cache: VersionedCache) -> WordIndex[int]:
    """Return the contact ids by the words of their names, as of the newest load."""
    load_id = conn.execute(sa.select(sa.func.max(gb_contact_loads.c.id))).scalar()
    return cache.read(_read_index, load_id, lambda: _read_index(conn))


def _read_index(conn: sa.Connection) -> WordIndex[int]:
    c = raw_gb_full_contacts.c
    rows = conn.execute(sa.select(c.contact_id, c.first_name, c.preferred_name, c.last_name))
    return WordIndex(
        (contact_id, index_words(first, preferred, last)) for contact_id, first, preferred, last in rows.yield_per(5000)
    )
