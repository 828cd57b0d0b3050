"""The names of all contacts in memory, for searches.

The table has no index of names, because every upload would have to build it, and a scan of its wide rows takes longer
than a person waits. Names change only by a load, so they are read again after one: 40,000 contacts take about 0.2
seconds and 2 MB.
"""

from threading import Lock

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import gb_contact_loads, raw_gb_full_contacts
from mentorsync_pipeline.domain.word_index import WordIndex, index_words


class ContactNames:
    """The names as of the newest load, read at the first search after it. Used by many threads."""

    def __init__(self) -> None:
        """Start without names."""
        self._lock = Lock()
        self._load_id: int | None = None
        self._index: WordIndex[int] = WordIndex(())

    def read(self, conn: sa.Connection) -> WordIndex[int]:
        """Return the contact ids by the words of their names."""
        load_id = conn.execute(sa.select(sa.func.max(gb_contact_loads.c.id))).scalar()
        with self._lock:
            if load_id is None or load_id != self._load_id:
                self._index = _read_index(conn)
                self._load_id = load_id
            return self._index


def _read_index(conn: sa.Connection) -> WordIndex[int]:
    c = raw_gb_full_contacts.c
    rows = conn.execute(sa.select(c.contact_id, c.first_name, c.preferred_name, c.last_name))
    return WordIndex(
        (contact_id, index_words(first, preferred, last)) for contact_id, first, preferred, last in rows.yield_per(5000)
    )
