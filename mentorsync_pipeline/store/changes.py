"""Keep the history of a year's mentors: what changed, by which run, and what Givebutter has confirmed (rulebook 8).

What counts as a change is decided in `rules.changes`.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.rules.changes import Change
from mentorsync_pipeline.rules.json_values import plain
from mentorsync_pipeline.rules.records import Mentor
from mentorsync_pipeline.tables import mn_changes

Confirmed = Mapping[str, Collection[str]]
"""By MN id the fields whose present value the contact data shows."""


def record_changes(
    conn: sa.Connection, year: int, changes: Iterable[Change], *, log_id: int, now: datetime, as_of: datetime
) -> int:
    """Store what a run changed and return how many changes there were.

    What the contact itself says is confirmed at once, by the contact data of `as_of`.
    """
    rows = [
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
        }
        for change in changes
    ]
    if rows:
        conn.execute(sa.insert(mn_changes), rows)
    return len(rows)


def confirm_changes(
    conn: sa.Connection, year: int, mentors: Mapping[str, Mentor], confirmed: Confirmed, *, as_of: datetime
) -> int:
    """Mark the changes whose new value the contact data of `as_of` now shows, and return how many."""
    waiting = conn.execute(
        sa.select(mn_changes.c.id, mn_changes.c.mn_id, mn_changes.c.field, mn_changes.c.new_value).where(
            mn_changes.c.campaign_year == year,
            mn_changes.c.synced_to_gb.is_(None),
            mn_changes.c.field.is_not(None),
        )
    ).all()
    arrived = [
        row.id
        for row in waiting
        if row.field in confirmed.get(row.mn_id, ()) and plain(getattr(mentors[row.mn_id], row.field)) == row.new_value
    ]
    if arrived:
        conn.execute(sa.update(mn_changes).where(mn_changes.c.id.in_(arrived)).values(synced_to_gb=as_of))
    return len(arrived)
