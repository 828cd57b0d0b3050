"""Take over single contacts of the API: those that changed, or those of one year's mentors.

Everything happens in the caller's transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.api_rows import API_COLUMNS, ApiReader
from mentorsync_pipeline.contacts.load.copy import copy_contacts
from mentorsync_pipeline.contacts.load.load_record import (
    Loaded,
    LoadRequest,
    count_active_individuals,
    finish_load,
    lock_contacts,
    start_load,
)
from mentorsync_pipeline.contacts.load.missing import known_archived
from mentorsync_pipeline.contacts.rules.as_of import is_shrunk
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.db.tables import (
    contact_candidates,
    gb_contact_loads,
    raw_gb_full_contacts,
    winner_contacts,
)
from mentorsync_pipeline.domain.record_fields import FieldError, UnreadableRecord

# Asked for again, so that a clock that differs or a change under way is not missed.
OVERLAP = timedelta(minutes=10)
_NEW = "changed_contacts"
# So few may all be gone.
_FEW = 5


def changed_since(conn: sa.Connection) -> datetime | None:
    """From when on to ask for changes; None when there has been no load of all contacts yet.

    An export says only roughly when it was taken; the newest change that it holds says that it is not older.
    """
    loads, contacts = gb_contact_loads, raw_gb_full_contacts
    as_of = conn.execute(
        sa.select(loads.c.as_of).where(loads.c.origin != "api_mentors").order_by(loads.c.id.desc()).limit(1)
    ).scalar()
    if as_of is None:
        return None
    partial = sa.select(loads.c.id).where(loads.c.origin == "api_mentors")
    newest = conn.execute(
        sa.select(sa.func.max(contacts.c.last_modified)).where(contacts.c.load_id.not_in(partial))
    ).scalar()
    since: datetime = min(as_of, newest or as_of)
    return since - OVERLAP


def mentors_contact_ids(conn: sa.Connection, year: int) -> list[int]:
    """The contacts that the year's mentors have, or might have: winners and candidates."""
    found = sa.union(
        *(
            sa.select(table.c.contact_id).where(table.c.campaign_year == year, table.c.contact_id.is_not(None))
            for table in (winner_contacts, contact_candidates)
        )
    )
    return sorted(conn.execute(found).scalars())


def take_changes(
    conn: sa.Connection, pages: Iterable[Sequence[Any]], request: LoadRequest, *, as_of: datetime
) -> Loaded:
    """Take over the contacts that changed, read since `as_of`; one that cannot be read stays as it was."""
    return _take(conn, pages, request, origin="api_changes", as_of=as_of)


def take_contacts(
    conn: sa.Connection,
    contacts: Sequence[Mapping[str, Any]],
    gone: Collection[int],
    request: LoadRequest,
    *,
    as_of: datetime,
    unanswered: Collection[int] = (),
) -> Loaded:
    """Take over contacts that were asked for by id; those that Givebutter no longer shows (`gone`) count as archived.

    Those for which no usable answer came (`unanswered`) stay as they were.

    Raises ExportError (CONTACTS_WITHHELD) when more than the allowed share are gone, unless it is forced: a key
    without the right to see them looks the same. Those that we archived ourselves do not count.
    """
    asked = len(contacts) + len(gone) - known_archived(conn, gone)
    if asked > _FEW and is_shrunk(len(contacts), asked, request.max_shrink) and not request.forced_by:
        raise ExportError(
            f"Givebutter does not show {asked - len(contacts)} of {asked} contacts that were asked for.",
            "Check that GIVEBUTTER_API_KEY is the account's key. If they are really gone, force it in your name.",
            code="CONTACTS_WITHHELD",
        )
    loaded = _take(conn, [contacts], request, origin="api_mentors", as_of=as_of, gone=len(gone))
    table = raw_gb_full_contacts
    conn.execute(
        sa.update(table)
        .where(table.c.contact_id.in_(gone), table.c.archived_at.is_(None))
        .values(archived_at=as_of, observed_at=request.loaded_at, load_id=loaded.load_id)
    )
    error = FieldError("the answer", "cannot be read")
    return replace(
        loaded,
        unreadable=(*loaded.unreadable, *(UnreadableRecord.of(None, str(key), error) for key in sorted(unanswered))),
        contact_ids=(*(loaded.contact_ids or ()), *gone),
    )


def _take(
    conn: sa.Connection,
    pages: Iterable[Sequence[Any]],
    request: LoadRequest,
    *,
    origin: str,
    as_of: datetime,
    **details: int,
) -> Loaded:
    lock_contacts(conn)
    load_id = start_load(conn, request, origin=origin)
    previous = count_active_individuals(conn)
    table = raw_gb_full_contacts
    conn.execute(sa.text(f"CREATE TEMP TABLE {_NEW} (LIKE {table} INCLUDING DEFAULTS) ON COMMIT DROP"))
    constants = {"origin": origin, "observed_at": request.loaded_at, "load_id": load_id}
    for name in constants:
        conn.execute(sa.text(f"ALTER TABLE {_NEW} ALTER COLUMN {name} DROP NOT NULL"))
    reader = ApiReader()
    parts = copy_contacts(conn, _NEW, map(reader.convert, pages))
    # The household is not among the columns: it stays as the last export gave it.
    taken = ", ".join((*API_COLUMNS, *constants))
    given = ", ".join((*API_COLUMNS, *(f":{name}" for name in constants)))
    updated = ", ".join(f"{name} = EXCLUDED.{name}" for name in (*API_COLUMNS, *constants) if name != "contact_id")
    conn.execute(
        sa.text(
            f"INSERT INTO {table} ({taken}) SELECT {given} FROM {_NEW} ON CONFLICT (contact_id) DO UPDATE SET {updated}"
        ),
        constants,
    )
    conn.execute(sa.text(f"DROP TABLE {_NEW}"))
    loaded = Loaded(
        load_id=load_id,
        origin=origin,
        as_of=as_of,
        rows=sum(part.rows for part in parts),
        previous_rows=previous,
        details=details,
        unusual=tuple(contact for part in parts for contact in part.unusual),
        unreadable=tuple(reader.unreadable),
        contact_ids=tuple(reader.contact_ids),
    )
    return finish_load(conn, loaded)
