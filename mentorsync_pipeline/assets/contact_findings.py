"""Errors and warnings of a load of contacts (rulebook sections 1, "Every text", 2 and 9).

Errors have no campaign year, because all years share the contacts. Warnings are recorded for every configured year.
"""

from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.load.load_record import Loaded
from mentorsync_pipeline.contacts.load.upsert import list_subject
from mentorsync_pipeline.contacts.unread_contacts import write_unread_contacts
from mentorsync_pipeline.db.tables import raw_gb_full_contacts, sync_warnings
from mentorsync_pipeline.domain.findings import ErrorFinding, WarningFinding, warn_unusual_characters
from mentorsync_pipeline.domain.record_fields import build_errors
from mentorsync_pipeline.review.finding_store import record_errors, record_warnings

SOURCE_TABLE = raw_gb_full_contacts.name
_FULL_LOADS = frozenset({"export", "api_full"})
# A file with more is damaged as a whole; the count is in the metadata of the load.
_MAX_WARNINGS = 100


def record_unreadable_contacts(conn: sa.Connection, loaded: Loaded, *, log_id: int, now: datetime) -> None:
    """Store an error and the keys of each unreadable contact, and close the errors of the contacts that were read.

    A load of all contacts also closes the error of a refused list, and a load of some contacts that of its own kind.
    """
    named = {"code": "CONTACT_INVALID", "noun": "contact", "source_table": SOURCE_TABLE}
    errors = build_errors(loaded.unreadable, **named)
    unread = [(record.to_error(**named), identity) for record in loaded.unreadable for identity in record.identities]
    write_unread_contacts(conn, unread, log_id=log_id, read_ids=loaded.contact_ids)
    subjects = None
    if loaded.contact_ids is not None:
        subjects = frozenset((*map(str, loaded.contact_ids), list_subject(loaded.origin)))
    record_errors(conn, None, errors, source_table=SOURCE_TABLE, log_id=log_id, now=now, subjects=subjects)


def record_refused_list(conn: sa.Connection, refused: ErrorFinding, *, log_id: int, now: datetime) -> None:
    """Store the error of a refused list of contacts; other errors of contacts are unchanged."""
    record_errors(conn, None, [refused], source_table=SOURCE_TABLE, log_id=log_id, now=now, subjects=())


def record_unusual_contacts(conn: sa.Connection, loaded: Loaded, *, log_id: int, now: datetime) -> None:
    """Record one warning for each contact with unusual characters, or with a modification time in the future.

    The warnings are recorded for every configured year. A load of all contacts closes the warnings whose cause is
    gone; a load of some contacts keeps all open warnings.
    """
    unusual = [
        warn_unusual_characters("contact", contact.contact_id, contact.fields, source_table=SOURCE_TABLE)
        for contact in loaded.unusual[:_MAX_WARNINGS]
    ]
    unusual += [_changed_in_future(contact_id) for contact_id in loaded.future[:_MAX_WARNINGS]]
    for year in configuration.read_configured_years(conn):
        still_open = [] if loaded.origin in _FULL_LOADS else _open_warnings(conn, year)
        record_warnings(conn, year, (*still_open, *unusual), source_table=SOURCE_TABLE, log_id=log_id, now=now)


def _changed_in_future(contact_id: int) -> WarningFinding:
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"{contact_id}:last_modified",
        message=f"Contact {contact_id} has a modification time in the future. It counts as modified when the "
        "contact data was taken, and makes no contact data fresh.",
        source_table=SOURCE_TABLE,
    )


def _open_warnings(conn: sa.Connection, year: int) -> list[WarningFinding]:
    table = sync_warnings
    rows = conn.execute(
        sa.select(table.c.warning_type, table.c.subject, table.c.message, table.c.mn_id).where(
            table.c.campaign_year == year, table.c.source_table == SOURCE_TABLE, table.c.cleared_at.is_(None)
        )
    ).mappings()
    return [WarningFinding(**row, source_table=SOURCE_TABLE) for row in rows]
