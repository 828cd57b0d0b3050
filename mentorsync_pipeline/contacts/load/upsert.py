"""Load single contacts of the API: changed contacts, or those of one year's mentors.

All functions run in the caller's transaction.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.api_rows import API_COLUMNS, ApiReader
from mentorsync_pipeline.contacts.load.copy_contacts import copy_contacts
from mentorsync_pipeline.contacts.load.edited_labels import follow_edited_labels
from mentorsync_pipeline.contacts.load.load_record import (
    ListRefusedError,
    Loaded,
    LoadRequest,
    count_active_individuals,
    finish_load,
    lock_contacts,
    start_load,
)
from mentorsync_pipeline.contacts.load.missing import (
    count_archived_by_us,
    count_archived_in_ledger,
    find_archived_elsewhere,
)
from mentorsync_pipeline.contacts.load.unusable_cells import count_cells
from mentorsync_pipeline.contacts.queries import read_last_as_of
from mentorsync_pipeline.contacts.rules.as_of import is_shrunk
from mentorsync_pipeline.contacts.rules.contact_rows import AMOUNTS
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.db.filters import active_individuals, is_any_of
from mentorsync_pipeline.db.tables import (
    contact_candidates,
    gb_contact_loads,
    raw_gb_full_contacts,
    winner_contacts,
)
from mentorsync_pipeline.domain.list_findings import check_cells, check_list
from mentorsync_pipeline.domain.record_fields import FieldError, UnreadableRecord

# Overlap of two requests for changes, so that no change is missed because of different clocks.
OVERLAP = timedelta(minutes=10)
_NEW = sa.table("changed_contacts", *(sa.column(column.name, column.type) for column in raw_gb_full_contacts.columns))
# Up to this many contacts may all be missing.
_FEW = 5
# More requests of single contacts would take minutes, as after an import, which changes all mentors' contacts.
_MOST_PERHAPS_MERGED = 50


def read_changed_since(conn: sa.Connection) -> datetime | None:
    """Return the time from which to request changes; None when all contacts were never loaded.

    The time of an export is approximate; it is not earlier than its newest change.
    """
    loads, contacts = gb_contact_loads, raw_gb_full_contacts
    as_of = read_last_as_of(conn)
    if as_of is None:
        return None
    partial = sa.select(loads.c.id).where(loads.c.origin == "api_mentors")
    newest = conn.execute(
        sa.select(sa.func.max(contacts.c.last_modified)).where(contacts.c.load_id.not_in(partial))
    ).scalar()
    since: datetime = min(as_of, newest or as_of)
    return since - OVERLAP


def read_mentors_contact_ids(conn: sa.Connection, year: int) -> list[int]:
    """Read the ids of the year's winners and candidates."""
    return sorted(conn.execute(_select_mentors_contact_ids(year)).scalars())


def _select_mentors_contact_ids(year: int | None = None) -> sa.CompoundSelect[int]:
    """Select the ids of the winners and candidates of a year, or of all years."""
    return sa.union(
        *(
            sa.select(table.c.contact_id).where(
                table.c.contact_id.is_not(None), sa.true() if year is None else table.c.campaign_year == year
            )
            for table in (winner_contacts, contact_candidates)
        )
    )


def list_subject(origin: str) -> str:
    """Return the subject of the error of a refused list of some contacts."""
    return f"{raw_gb_full_contacts.name}:{origin}"


def load_changed_contacts(
    conn: sa.Connection,
    pages: Iterable[Sequence[Any]],
    request: LoadRequest,
    *,
    as_of: datetime,
    gone: Collection[int] = (),
    find_gone: Callable[[Sequence[int]], Collection[int]] = lambda _: (),
) -> Loaded:
    """Load changed contacts, read since `as_of`. Unreadable contacts are not changed.

    Args:
        gone: ids that Givebutter no longer returns, complete when all pages are read; they count as archived.
        find_gone: returns those of some ids that Givebutter no longer returns. It is called with the contacts that
            may have been merged into a changed one; Givebutter does not list a merge as a change of the other contact.
            If there are many, the next full load finds the merged ones.

    Raises:
        ListRefusedError: as `load_requested_contacts`.

    """
    loaded = _upsert_contacts(conn, pages, request, origin="api_changes", as_of=as_of)
    perhaps_merged = _read_perhaps_merged(conn, loaded.load_id)
    merged = find_gone(perhaps_merged) if len(perhaps_merged) <= _MOST_PERHAPS_MERGED else ()
    return finish_load(conn, _archive_gone(conn, loaded, {*gone, *merged}, request, as_of=as_of))


def _read_perhaps_merged(conn: sa.Connection, load_id: int) -> list[int]:
    """Read the mentors' contacts that share a phone or an email with a contact of this load, and are not in it."""
    table = raw_gb_full_contacts
    key = sa.func.unnest(table.c.email_keys + table.c.phone_keys).label("key")
    is_new = table.c.load_id == load_id
    changed = sa.select(key).where(is_new, active_individuals()).subquery()
    others = (
        sa.select(table.c.contact_id, key)
        .where(~is_new, active_individuals(), table.c.contact_id.in_(_select_mentors_contact_ids()))
        .subquery()
    )
    query = sa.select(others.c.contact_id).join(changed, changed.c.key == others.c.key).distinct()
    return sorted(conn.execute(query).scalars())


def load_requested_contacts(
    conn: sa.Connection,
    contacts: Sequence[Mapping[str, Any]],
    gone: Collection[int],
    request: LoadRequest,
    *,
    as_of: datetime,
    unanswered: Collection[int] = (),
) -> Loaded:
    """Load contacts that were requested by id.

    Args:
        gone: ids that Givebutter no longer returns; they count as archived.
        unanswered: ids without a usable answer; their rows are not changed.

    Raises:
        ExportError: CONTACTS_WITHHELD, when more than the allowed share are gone, unless it is forced, because a key
            without access has the same effect. Contacts that we archived do not count.
        ListRefusedError: more than the allowed share of all contacts are archived, or many of the contacts lost a cell
            (`unusable_cells`), unless it is forced.

    """
    requested = len(contacts) + len(gone) - count_archived_in_ledger(conn, gone)
    if is_withheld(requested, requested - len(contacts), request):
        raise ExportError(
            f"Givebutter does not return {requested - len(contacts)} of {requested} requested contacts.",
            "Check that GIVEBUTTER_API_KEY is the account's key. If they are really gone, force the load.",
            code="CONTACTS_WITHHELD",
        )
    loaded = _upsert_contacts(conn, [contacts], request, origin="api_mentors", as_of=as_of, gone=len(gone))
    loaded = _archive_gone(conn, loaded, gone, request, as_of=as_of)
    error = FieldError("the answer", "cannot be read")
    unreadable = (UnreadableRecord.from_error(None, str(key), error) for key in sorted(unanswered))
    return finish_load(conn, replace(loaded, unreadable=(*loaded.unreadable, *unreadable)))


def is_withheld(requested: int, gone: int, request: LoadRequest) -> bool:
    """Return whether so many of the requested contacts are gone that the key may have no access to them."""
    return requested > _FEW and is_shrunk(requested - gone, requested, request.max_shrink) and not request.forced_by


def _archive_gone(
    conn: sa.Connection, loaded: Loaded, gone: Collection[int], request: LoadRequest, *, as_of: datetime
) -> Loaded:
    """Mark contacts that Givebutter no longer returns as archived; return the load with them."""
    table = raw_gb_full_contacts
    archived = conn.execute(
        sa.update(table)
        .where(is_any_of(table.c.contact_id, gone), table.c.archived_at.is_(None))
        .values(archived_at=as_of, observed_at=request.loaded_at, load_id=loaded.load_id)
    ).rowcount
    return replace(loaded, changed=(loaded.changed or 0) + archived, contact_ids=(*(loaded.contact_ids or ()), *gone))


def _refuse_damaged(conn: sa.Connection, request: LoadRequest, *, origin: str, rows: int, previous: int) -> None:
    """Raise ListRefusedError if too many of all contacts are archived now, or too many new contacts lost a cell."""
    table = raw_gb_full_contacts
    refused = check_list(
        table.name,
        before=previous - count_archived_by_us(conn),
        missing=find_archived_elsewhere(conn, _NEW),
        limits=request.limits,
    ).refused
    if refused is None:
        stored = sa.select(table).where(table.c.contact_id.in_(sa.select(_NEW.c.contact_id))).subquery()
        before = count_cells(conn, stored, rows=rows, only_changes=True)
        after = count_cells(conn, _NEW, rows=rows, earlier=table, only_changes=True)
        refused = check_cells(table.name, before, after, limits=request.limits).refused
    if refused is not None:
        finding = replace(refused, subject=list_subject(origin))
        raise ListRefusedError(finding.message, finding.what_to_do, finding=finding, code=finding.error_code)


def _count_changed(conn: sa.Connection) -> int:
    """Count the new contacts that differ from the stored ones, and those that are not stored."""
    columns = [name for name in API_COLUMNS if name not in ("contact_id", "payload")]
    differs = " OR ".join(f"n.{name} IS DISTINCT FROM t.{name}" for name in columns)
    return int(
        conn.execute(
            sa.text(
                f"SELECT count(*) FROM {_NEW} n LEFT JOIN {raw_gb_full_contacts} t USING (contact_id) "
                f"WHERE t.contact_id IS NULL OR {differs}"
            )
        ).scalar_one()
    )


def _upsert_contacts(
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
    parts = copy_contacts(conn, _NEW.name, map(reader.convert, pages))
    # The household is not among the columns; the last export's is kept.
    columns = ", ".join((*API_COLUMNS, *constants))
    values = ", ".join((*API_COLUMNS, *(f":{name}" for name in constants)))
    # An answer without amounts does not change what is known of the donations.
    kept = ", ".join(f"{name} = coalesce(n.{name}, t.{name})" for name in AMOUNTS)
    is_missing = " OR ".join(f"n.{name} IS NULL" for name in AMOUNTS)
    conn.execute(
        sa.text(f"UPDATE {_NEW} n SET {kept} FROM {table} t WHERE t.contact_id = n.contact_id AND ({is_missing})")
    )
    updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in (*API_COLUMNS, *constants) if name != "contact_id")
    rows = sum(part.rows for part in parts)
    if rows and not request.forced_by:
        _refuse_damaged(conn, request, origin=origin, rows=rows, previous=previous)
    changed = _count_changed(conn)
    conn.execute(
        sa.text(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM {_NEW} "
            f"ON CONFLICT (contact_id) DO UPDATE SET {updates}"
        ),
        constants,
    )
    labels = follow_edited_labels(conn, _NEW.name)
    conn.execute(sa.text(f"DROP TABLE {_NEW}"))
    return Loaded(
        load_id=load_id,
        origin=origin,
        as_of=as_of,
        rows=rows,
        previous_rows=previous,
        changed=changed,
        details=details,
        unusual=tuple(contact for part in parts for contact in part.unusual),
        unreadable=tuple(reader.unreadable),
        contact_ids=tuple(reader.contact_ids),
        labels=labels,
    )
