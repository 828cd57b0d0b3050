"""The names of all contacts in memory, for searches.

The table has no index of names, because every upload would have to build it, and a scan of its wide rows takes longer
than a person waits. Names change only by a load, so they are read again after one: 40,000 contacts take about 0.2
seconds and 2 MB.
"""

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import gb_contact_loads, raw_gb_full_contacts
from mentorsync_pipeline.db.versioned_cache import VersionedCache
from mentorsync_pipeline.domain.word_index import WordIndex, index_words


def read_contact_names(conn: sa.Connection, cache: VersionedCache) -> WordIndex[int]:
    """Return the contact ids by the words of their names, as of the newest load."""
    load_id = conn.execute(sa.select(sa.func.max(gb_contact_loads.c.id))).scalar()
    return cache.read(_read_index, load_id, lambda: _read_index(conn))


def _read_index(conn: sa.Connection) -> WordIndex[int]:
    c = raw_gb_full_contacts.c
    rows = conn.execute(sa.select(c.contact_id, c.first_name, c.preferred_name, c.last_name))
    return WordIndex(
        (contact_id, index_words(first, preferred, last)) for contact_id, first, preferred, last in rows.yield_per(5000)
    )
