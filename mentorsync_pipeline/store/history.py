"""What changed between two syncs, out of `mn_changes` (rulebook section 8).

Writing changes does not belong here; see `store.changes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.errors import MentorSyncError
from mentorsync_pipeline.tables import mn_changes, sync_log

_SHORTEST_RUN_ID = 8


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


def syncs(conn: sa.Connection, year: int | None = None, *, limit: int | None = None) -> list[Sync]:
    """The syncs that changed something, the newest first."""
    log, changes = sync_log, mn_changes
    query = (
        sa.select(
            log.c.id,
            changes.c.campaign_year,
            log.c.asset,
            log.c.run_id,
            log.c.started_at,
            sa.func.count().label("changes"),
        )
        .join_from(changes, log, log.c.id == changes.c.sync_log_id)
        .where(*_of_year(year))
        .group_by(log.c.id, changes.c.campaign_year)
        .order_by(log.c.id.desc())
        .limit(limit)
    )
    return [Sync(**row) for row in conn.execute(query).mappings()]


def sync_number(conn: sa.Connection, named: str) -> int:
    """The `sync_log` number of a sync that a person names: by that number, or by a Dagster run id (or its beginning).

    A run id stands for the last of the run's assets. Raises SyncNotFoundError.
    """
    log = sync_log
    if named.isdecimal() and len(named) < _SHORTEST_RUN_ID:
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


def changes(
    conn: sa.Connection,
    *,
    year: int | None = None,
    after: int | None = None,
    upto: int | None = None,
    mn_id: str | None = None,
) -> list[dict[str, Any]]:
    """Every change after the sync `after` up to and with the sync `upto` (numbers of `sync_log`), oldest first."""
    table = mn_changes
    conditions = [*_of_year(year)]
    if after is not None:
        conditions.append(table.c.sync_log_id > after)
    if upto is not None:
        conditions.append(table.c.sync_log_id <= upto)
    if mn_id is not None:
        conditions.append(table.c.mn_id == mn_id)
    found = conn.execute(sa.select(table).where(*conditions).order_by(table.c.sync_log_id, table.c.id)).mappings()
    return [dict(row) for row in found]


def net(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The difference between the first and the last moment of these changes: one entry per mentor and field.

    The old value is that of the first change and the new value that of the last; what came back to where it was is
    left out. Events without a field, and recorded decisions, stay one by one.
    """
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for change in found:
        is_event = change["field"] is None or change["change_type"] == "conflict_resolved"
        key = (change["campaign_year"], change["mn_id"], change["id"] if is_event else change["field"])
        first = merged.get(key)
        merged[key] = change if first is None else {**change, "old_value": first["old_value"]}
    return [one for one in merged.values() if one["field"] is None or one["old_value"] != one["new_value"]]


def _of_year(year: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if year is None else [mn_changes.c.campaign_year == year]
