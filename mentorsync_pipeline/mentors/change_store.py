"""Store and confirm the changes of a year's mentors in `mn_changes` (rulebook section 8).

`mentors.rules.changes` determines the changes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.filters import is_any_of
from mentorsync_pipeline.db.tables import mn_changes
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.mentors.rules.changes import Change

ConfirmedFields = Mapping[str, Collection[str]]
"""Fields whose present value is on the contact, by MN id."""


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
    """Store the changes of a run and return their number.

    Values read from the contact are confirmed at once, with the contact data of `as_of`. A change is `resolved` when it
    is confirmed, when contact data cannot confirm its field (not in `confirmable`), or when a later change of the same
    field replaces it.
    """
    if not changes:
        return 0
    _resolve_superseded(conn, year, changes)
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
                "resolved": change.from_givebutter
                or not _is_confirmable(change.change_type, change.field, confirmable),
            }
            for change in changes
        ],
    )
    return len(changes)


def confirm_changes(
    conn: sa.Connection, year: int, mentors: Mapping[str, Mentor], confirmed: ConfirmedFields, *, as_of: datetime
) -> int:
    """Mark the changes whose new value the contact data of `as_of` shows, and return their number.

    A new mentor is confirmed when the contact has the External ID.
    """
    table = mn_changes
    open_changes = conn.execute(
        sa.select(table.c.id, table.c.mn_id, table.c.change_type, table.c.field, table.c.new_value).where(
            table.c.campaign_year == year, table.c.synced_to_gb.is_(None), ~table.c.resolved
        )
    ).all()
    confirmed_ids = [
        row.id
        for row in open_changes
        if (row.field or "mn_id") in confirmed.get(row.mn_id, ())
        and (row.field is None or plain(getattr(mentors[row.mn_id], row.field)) == row.new_value)
    ]
    if confirmed_ids:
        is_confirmed = is_any_of(table.c.id, confirmed_ids)
        conn.execute(sa.update(table).where(is_confirmed).values(synced_to_gb=as_of, resolved=True))
    return len(confirmed_ids)


def _is_confirmable(change_type: str, field: str | None, confirmable: Collection[str]) -> bool:
    """Return whether contact data can confirm the change later."""
    return change_type == "new_mentor" or field in confirmable


def _resolve_superseded(conn: sa.Connection, year: int, changes: Iterable[Change]) -> None:
    """Mark open changes of the same fields as resolved, because a newer change replaces them."""
    keys = [(change.mn_id, change.field) for change in changes if change.field is not None]
    if not keys:
        return
    # As arrays, because PostgreSQL cannot read a condition with some thousand pairs.
    lists = (sa.bindparam(None, list(values), type_=pg.ARRAY(sa.Text)) for values in zip(*keys, strict=True))
    newer = sa.func.unnest(*lists).table_valued("mn_id", "field").render_derived("newer")
    conn.execute(
        sa.update(mn_changes)
        .where(
            mn_changes.c.campaign_year == year,
            ~mn_changes.c.resolved,
            mn_changes.c.mn_id == newer.c.mn_id,
            mn_changes.c.field == newer.c.field,
        )
        .values(resolved=True)
    )
