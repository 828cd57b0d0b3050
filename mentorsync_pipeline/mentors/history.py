"""What changed between two syncs, out of `mn_changes` (rulebook section 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.db.paging import Listing, contains_text, read_all
from mentorsync_pipeline.db.tables import mentors, mn_changes, sync_log
from mentorsync_pipeline.domain.errors import MentorSyncError

_SHORTEST_RUN_ID = 8

Column = Literal["mn_id", "mentor", "change_type", "field", "source_table", "detected_at", "synced_to_gb"]
"""What changes may be sorted by."""


class SyncNotFoundError(MentorSyncError):
    """There is no sync of this number or run id."""

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
    """Which changes to find; what is not given does not restrict.

    Those are after the sync `after`, up to and with the sync `upto` (numbers of `sync_log`). `net`: only the difference
    between the first and the last moment. `search` is a text that occurs in the mentor's id or name, the field, or a
    value.
    """

    year: int | None = None
    after: int | None = None
    upto: int | None = None
    mn_id: str | None = None
    change_type: str | None = None
    field: str | None = None
    search: str | None = None
    net: bool = False


def syncs(conn: sa.Connection, year: int | None = None, *, limit: int | None = None) -> list[Sync]:
    """The syncs that changed something, the newest first."""
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


def sync_number(conn: sa.Connection, named: str) -> int:
    """The `sync_log` number of a sync that a person names: by that number, or by a Dagster run id (or its beginning).

    A run id stands for the last of the run's assets. Raises SyncNotFoundError.
    """
    log = sync_log
    if named.isdecimal() and named.isascii() and len(named) < _SHORTEST_RUN_ID:
        query = sa.select(log.c.id).where(log.c.id == int(named))
    elif len(named) >= _SHORTEST_RUN_ID:
        query = sa.select(sa.func.max(log.c.id)).where(log.c.run_id.startswith(named, autoescape=True))
    else:
        query = sa.select(log.c.id).where(sa.false())
    found: int | None = conn.execute(query).scalar()
    if found is None:
        raise SyncNotFoundError(
            f"There is no sync {named}.", "List them with: mentorsync changes --syncs, and give the number."
        )
    return found


def listing(wanted: ChangeFilter) -> Listing:
    """The rows of `mn_changes` that fit, each with the `mentor`'s name as it is now, oldest first."""
    changes = _net(wanted) if wanted.net else sa.select(mn_changes).where(*_conditions(wanted)).subquery()
    c = changes.c
    name = sa.func.concat_ws(" ", sa.func.coalesce(mentors.c.preferred_name, mentors.c.first_name), mentors.c.last_name)
    query = sa.select(*c, sa.func.nullif(name, "").label("mentor")).outerjoin_from(
        changes, mentors, sa.and_(mentors.c.campaign_year == c.campaign_year, mentors.c.mn_id == c.mn_id)
    )
    # Which kinds of change to show is asked last: it must not change what the difference is.
    if wanted.change_type is not None:
        query = query.where(c.change_type == wanted.change_type)
    if wanted.field is not None:
        query = query.where(c.field == wanted.field)
    if wanted.search:
        query = query.where(contains_text(wanted.search, c.mn_id, name, c.field, c.old_value, c.new_value))
    return Listing(query, (c.sync_log_id,), (c.id,))


def changes(conn: sa.Connection, wanted: ChangeFilter) -> list[dict[str, Any]]:
    """All of them."""
    return read_all(conn, listing(wanted))


def _net(wanted: ChangeFilter) -> sa.Subquery:
    """One entry per mentor and field: the old value of the first change, and all else of the last.

    What came back to where it was is left out. Events without a field, and recorded decisions, stay one by one.
    """
    c = mn_changes.c
    is_event = sa.or_(c.field.is_(None), c.change_type == "conflict_resolved")
    # Runs of a year write one after the other, so that their changes are numbered in the order in which they happened.
    pairs = (
        sa.select(sa.func.min(c.id).label("first"), sa.func.max(c.id).label("last"))
        .where(*_conditions(wanted))
        .group_by(c.campaign_year, c.mn_id, c.field, sa.case((is_event, c.id)))
        .subquery()
    )
    first, last = mn_changes.alias("first"), mn_changes.alias("last")
    old, new = (sa.func.coalesce(one, sa.text("'null'::jsonb")) for one in (first.c.old_value, last.c.new_value))
    return (
        sa.select(*(first.c.old_value if column.name == "old_value" else column for column in last.c))
        .select_from(pairs)
        .join(first, first.c.id == pairs.c.first)
        .join(last, last.c.id == pairs.c.last)
        .where(sa.or_(last.c.field.is_(None), old != new))
        .subquery()
    )


def _conditions(wanted: ChangeFilter) -> Sequence[sa.ColumnElement[bool]]:
    c = mn_changes.c
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.year is not None:
        conditions.append(c.campaign_year == wanted.year)
    if wanted.after is not None:
        conditions.append(c.sync_log_id > wanted.after)
    if wanted.upto is not None:
        conditions.append(c.sync_log_id <= wanted.upto)
    if wanted.mn_id is not None:
        conditions.append(c.mn_id == wanted.mn_id)
    return conditions
