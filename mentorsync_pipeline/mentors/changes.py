"""Keep the history of a year's mentors: what changed, by which run, and what Givebutter has confirmed (rulebook 8).

What counts as a change is decided in `mentors.rules.changes`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import mn_changes
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.mentors.rules.changes import Change

Confirmed = Mapping[str, Collection[str]]
"""By MN id the fields whose present value the contact data shows."""


def record_changes(
    conn: sa.Connection,
    year: int,
    changes: Sequence[Change],
    *,
    confirmable: Collection[str],
    log_id: int,
    now: datetime,
    as_of: datetime,
) -> int:
    """Store what a run changed and return how many changes there were.

    What the contact itself says is confirmed at once, by the contact data of `as_of`. A change is `resolved` when
    nothing more is expected of it: it is confirmed, its field is none that contact data can confirm (`confirmable`),
    or a later change of the same field has taken its place.
    """
    if not changes:
        return 0
    _supersede(conn, year, changes)
    conn.execute(
        sa.insert(mn_changes),
        [
            {
                "campaign_year": year,
                "mn_id": change.mn_id,
                "change_type": change.change_type,
                "field": change.field,
                "old_value": change.old_value,
                "new_value": change.new_value,
                "source_table": change.source_table,
                "source": change.source,
                "sync_log_id": log_id,
                "detected_at": now,
                "synced_to_gb": as_of if change.from_givebutter else None,
                "resolved": change.from_givebutter or not _awaited(change.change_type, change.field, confirmable),
            }
            for change in changes
        ],
    )
    return len(changes)


def confirm_changes(
    conn: sa.Connection, year: int, mentors: Mapping[str, Mentor], confirmed: Confirmed, *, as_of: datetime
) -> int:
    """Mark the changes whose new value the contact data of `as_of` now shows, and return how many.

    A new mentor is confirmed when the contact carries the External ID.
    """
    table = mn_changes
    waiting = conn.execute(
        sa.select(table.c.id, table.c.mn_id, table.c.change_type, table.c.field, table.c.new_value).where(
            table.c.campaign_year == year, table.c.synced_to_gb.is_(None), ~table.c.resolved
        )
    ).all()
    arrived = [
        row.id
        for row in waiting
        if (row.field or "mn_id") in confirmed.get(row.mn_id, ())
        and (row.field is None or plain(getattr(mentors[row.mn_id], row.field)) == row.new_value)
    ]
    if arrived:
        conn.execute(sa.update(table).where(table.c.id.in_(arrived)).values(synced_to_gb=as_of, resolved=True))
    return len(arrived)


def _awaited(change_type: str, field: str | None, confirmable: Collection[str]) -> bool:
    """Whether contact data can confirm the change later."""
    return change_type == "new_mentor" or field in confirmable


def _supersede(conn: sa.Connection, year: int, changes: Iterable[Change]) -> None:
    """Settle the open changes of the same fields: their value is not on its way any more."""
    keys = [(change.mn_id, change.field) for change in changes if change.field is not None]
    conn.execute(
        sa.update(mn_changes)
        .where(
            mn_changes.c.campaign_year == year,
            ~mn_changes.c.resolved,
            sa.tuple_(mn_changes.c.mn_id, mn_changes.c.field).in_(keys),
        )
        .values(resolved=True)
    )
