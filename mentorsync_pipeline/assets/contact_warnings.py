"""Warn of contacts with texts or moments that cannot be as they are (rulebook sections 1, "Every text", and 9)."""

from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.load.load_record import Loaded
from mentorsync_pipeline.db.tables import raw_gb_full_contacts, sync_warnings
from mentorsync_pipeline.domain.findings import WarningFinding, unusual_characters
from mentorsync_pipeline.review.findings import record_warnings

SOURCE_TABLE = raw_gb_full_contacts.name
_WHOLE = frozenset({"export", "api_full"})
# A file with more is damaged as a whole; the count is in the metadata of the load.
_MOST = 100


def record_unusual_contacts(conn: sa.Connection, loaded: Loaded, *, log_id: int, now: datetime) -> None:
    """Record one warning for each contact with unusual characters, or with a modification time in the future.

    They are recorded for every active year, because all years share the contacts. A load of all contacts closes the
    warnings that it no longer finds; a load of some contacts leaves the others'.
    """
    found = [
        unusual_characters("contact", contact.contact_id, contact.fields, source_table=SOURCE_TABLE)
        for contact in loaded.unusual[:_MOST]
    ]
    found += [_changed_in_future(contact_id) for contact_id in loaded.future[:_MOST]]
    for year in configuration.configured_years(conn):
        standing = [] if loaded.origin in _WHOLE else _standing(conn, year)
        record_warnings(conn, year, (*standing, *found), source_table=SOURCE_TABLE, log_id=log_id, now=now)


def _changed_in_future(contact_id: int) -> WarningFinding:
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"{contact_id}:last_modified",
        message=f"Contact {contact_id} has a modification time in the future. It counts as modified when the "
        "contact data was taken, and makes no contact data fresh.",
        source_table=SOURCE_TABLE,
    )


def _standing(conn: sa.Connection, year: int) -> list[WarningFinding]:
    table = sync_warnings
    rows = conn.execute(
        sa.select(table.c.warning_type, table.c.subject, table.c.message, table.c.mn_id).where(
            table.c.campaign_year == year, table.c.source_table == SOURCE_TABLE, table.c.cleared_at.is_(None)
        )
    ).mappings()
    return [WarningFinding(**row, source_table=SOURCE_TABLE) for row in rows]
