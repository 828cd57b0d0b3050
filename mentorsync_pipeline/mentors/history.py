"""Read the changes between two syncs from `mn_changes` (rulebook section 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.db.paging import Listing, contains_text, read_all
from mentorsync_pipeline.db.tables import mentors, mn_changes, sync_log
from mentorsync_pipeline.domain.errors import MentorSyncError

_SHORTEST_RUN_ID = 8

Column = Literal["mn_id", "mentor", "change_type", "field", "source_table", "detected_at", "synced_to_gb"]
"""Columns that changes can be sorted by."""


class SyncNotFoundError(MentorSyncError):
    """There is no sync with this number or run id."""

    code = "SYNC_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """One run that changed mentors; `id` is its `sync_log` number."""

    id: int
    campaign_year: int
    asset: str
    run_id: str
    started_at: Any
    changes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Filter of changes; a field that is None does not restrict.

    Attributes:
        after: number in `sync_log` of the last sync to exclude.
        upto: number in `sync_log` of the last sync to include.
        search: text in the mentor's id or name, the field, or a value.
        net: only the difference between the first and the last value.

    """

    year: int | None = None
    after: int | None = None
    upto: int | None = None
    mn_id: str | None = None
    change_type: str | None = None
    field: str | None = None
    search: str | None = None
    net: bool = False


def read_syncs(conn: sa.Connection, year: int | None = None, *, limit: int | None = None) -> list[Sync]:
    """Read the syncs with changes, newest first."""
    log, c = sync_log, mn_changes.c
    # Counted before the join: with a limit only the newest changes are read.
    newest = (
        sa.select(c.sync_log_id, c.campaign_year, sa.func.count().label("changes"))
        .where(*([] if year is None else [c.campaign_year == year]))
        .group_by(c.campaign_year, c.sync_log_id)
        .order_by(c.sync_log_id.desc())
        .limit(limit)
        .subquery()
    )
    query = (
        sa.select(log.c.id, newest.c.campaign_year, log.c.asset, log.c.run_id, log.c.started_at, newest.c.changes)
        .join_from(newest, log, log.c.id == newest.c.sync_log_id)
        .order_by(log.c.id.desc())
    )
    return [Sync(**row) for row in conn.execute(query).mappings()]


def find_sync_id(conn: sa.Connection, reference: str) -> int:
    """Return the `sync_log` number of a sync, from that number or a Dagster run id (or its beginning).

    A run id gives the sync of the run's last asset. Raises SyncNotFoundError.
    """
    log = sync_log
    if reference.isdecimal() and reference.isascii() and len(reference) < _SHORTEST_RUN_ID:
        query = sa.select(log.c.id).where(log.c.id == int(reference))
    elif len(reference) >= _SHORTEST_RUN_ID:
        query = sa.select(sa.func.max(log.c.id)).where(log.c.run_id.startswith(reference, autoescape=True))
    else:
        query = sa.select(log.c.id).where(sa.false())
    sync_id: int | None = conn.execute(query).scalar()
    if sync_id is None:
        raise SyncNotFoundError(f"There is no sync {reference}.", "List the numbers with: mentorsync changes --syncs.")
    return sync_id


def list_changes(filters: ChangeFilter) -> Listing:
    """List the matching rows of `mn_changes` with the mentor's present name (`mentor`), oldest first."""
    changes = (
        _select_net_changes(filters)
        if filters.net
        else sa.select(mn_changes).where(*_make_conditions(filters)).subquery()
    )
    c = changes.c
    name = sa.func.concat_ws(" ", sa.func.coalesce(mentors.c.preferred_name, mentors.c.first_name), mentors.c.last_name)
    query = sa.select(*c, sa.func.nullif(name, "").label("mentor")).outerjoin_from(
        changes, mentors, sa.and_(mentors.c.campaign_year == c.campaign_year, mentors.c.mn_id == c.mn_id)
    )
    # The kind of change is filtered last, so that it does not affect the net difference.
    if filters.change_type is not None:
        query = query.where(c.change_type == filters.change_type)
    if filters.field is not None:
        query = query.where(c.field == filters.field)
    if filters.search:
        query = query.where(contains_text(filters.search, c.mn_id, name, c.field, c.old_value, c.new_value))
    return Listing(query, (c.sync_log_id,), (c.id,))


def read_changes(conn: sa.Connection, filters: ChangeFilter) -> list[dict[str, Any]]:
    """Read all matching changes."""
    return read_all(conn, list_changes(filters))


def _select_net_changes(filters: ChangeFilter) -> sa.Subquery:
    """Select one entry per mentor and field: the old value of the first change and all other columns of the last.

    Values that returned to the first value are excluded. Events without a field and recorded decisions are not
    combined.
    """
    c = mn_changes.c
    is_event = sa.or_(c.field.is_(None), c.change_type == "conflict_resolved")
    # Runs of a year write one after the other, so that their changes are numbered in the order in which they happened.
    pairs = (
        sa.select(sa.func.min(c.id).label("first"), sa.func.max(c.id).label("last"))
        .where(*_make_conditions(filters))
        .group_by(c.campaign_year, c.mn_id, c.field, sa.case((is_event, c.id)))
        .subquery()
    )
    first, last = mn_changes.alias("first"), mn_changes.alias("last")
    old, new = (sa.func.coalesce(value, sa.text("'null'::jsonb")) for value in (first.c.old_value, last.c.new_value))
    return (
        sa.select(*(first.c.old_value if column.name == "old_value" else column for column in last.c))
        .select_from(pairs)
        .join(first, first.c.id == pairs.c.first)
        .join(last, last.c.id == pairs.c.last)
        .where(sa.or_(last.c.field.is_(None), old != new))
        .subquery()
    )


def _make_conditions(filters: ChangeFilter) -> Sequence[sa.ColumnElement[bool]]:
    c = mn_changes.c
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.year is not None:
        conditions.append(c.campaign_year == filters.year)
    if filters.after is not None:
        conditions.append(c.sync_log_id > filters.after)
    if filters.upto is not None:
        conditions.append(c.sync_log_id <= filters.upto)
    if filters.mn_id is not None:
        conditions.append(c.mn_id == filters.mn_id)
    return conditions
