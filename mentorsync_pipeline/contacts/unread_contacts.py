"""Store and read what is known of contacts that cannot be read (`unread_contacts`)."""

from collections.abc import Collection
from functools import partial

import sqlalchemy as sa

from mentorsync_pipeline.db.filters import is_any_of
from mentorsync_pipeline.db.row_records import read_records, record, to_row
from mentorsync_pipeline.db.tables import sync_errors, unread_contacts
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.records import ContactIdentity, UnreadContact


def write_unread_contacts(
    conn: sa.Connection,
    unread: Collection[tuple[ErrorFinding, ContactIdentity]],
    *,
    log_id: int,
    read_ids: Collection[int] | None,
) -> None:
    """Store the unreadable contacts of a load, each with its error.

    Args:
        read_ids: contacts that the load read, which are no longer unreadable; None if it read all contacts.

    """
    table = unread_contacts
    replaced = sa.delete(table)
    if read_ids is not None:
        subjects = {*map(str, read_ids), *(error.subject for error, _ in unread)}
        replaced = replaced.where(is_any_of(table.c.subject, subjects))
    conn.execute(replaced)
    rows = [
        {"subject": error.subject, "message": error.message, "sync_log_id": log_id, **to_row(identity)}
        for error, identity in unread
    ]
    if rows:
        conn.execute(sa.insert(table), rows)


def read_unread_contacts(conn: sa.Connection) -> list[UnreadContact]:
    """Read the contacts that cannot be read, without those whose error a person ignored."""
    table, errors = unread_contacts, sync_errors
    is_ignored = sa.exists().where(
        errors.c.campaign_year.is_(None),
        errors.c.subject == table.c.subject,
        errors.c.message == table.c.message,
        errors.c.resolution_method == "ignored",
    )
    query = sa.select(table).where(~is_ignored).order_by(table.c.id)
    return list(read_records(conn, query, UnreadContact, identity=partial(record, ContactIdentity)))
