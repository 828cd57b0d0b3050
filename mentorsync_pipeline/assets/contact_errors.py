"""The errors of a load of contacts: contacts that cannot be read, and lists that are not believed.

They have no campaign year: all years share the contacts.
"""

from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.load_record import Loaded
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.review.findings import record_errors

_TABLE = raw_gb_full_contacts.name


def record_unreadable_contacts(conn: sa.Connection, loaded: Loaded, *, log_id: int, now: datetime) -> None:
    """Store the contacts that could not be read, and close the errors of those that were.

    A load of all contacts closes the error of a list that was not believed as well.
    """
    errors = [record.finding("CONTACT_INVALID", noun="contact", source_table=_TABLE) for record in loaded.unreadable]
    subjects = None if loaded.contact_ids is None else frozenset(map(str, loaded.contact_ids))
    record_errors(conn, None, errors, source_table=_TABLE, log_id=log_id, now=now, subjects=subjects)


def record_refused_list(conn: sa.Connection, refused: ErrorFinding, *, log_id: int, now: datetime) -> None:
    """Store that a list of all contacts was not believed; other errors of contacts stay as they are."""
    record_errors(conn, None, [refused], source_table=_TABLE, log_id=log_id, now=now, subjects=())
