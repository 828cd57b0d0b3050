"""What people do about warnings: list and acknowledge (rulebook section 12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.db.paging import Listing, contains_text, read_all
from mentorsync_pipeline.db.tables import sync_warnings
from mentorsync_pipeline.domain.errors import MentorSyncError

Column = Literal["warning_type", "mn_id", "source_table", "created_at", "acknowledged_at"]
"""What warnings may be sorted by."""


class WarningNotFoundError(MentorSyncError):
    """There is no open warning of this id."""

    code = "WARNING_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningFilter:
    """Which warnings to find among those whose cause is still there; what is not given does not restrict.

    `search` is a text that occurs in the mentor's id, the record or the message.
    """

    year: int | None = None
    warning_type: str | None = None
    mn_id: str | None = None
    acknowledged: bool | None = False
    search: str | None = None


def listing(wanted: WarningFilter) -> Listing:
    """The rows of `sync_warnings` that fit, the oldest first."""
    c = sync_warnings.c
    equal = {
        c.campaign_year: wanted.year,
        c.warning_type: wanted.warning_type,
        c.mn_id: wanted.mn_id,
        c.acknowledged: wanted.acknowledged,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if wanted.search:
        conditions.append(contains_text(wanted.search, c.mn_id, c.subject, c.message))
    return Listing(sa.select(sync_warnings).where(c.cleared_at.is_(None), *conditions), (c.created_at,), (c.id,))


def warnings(conn: sa.Connection, wanted: WarningFilter) -> list[dict[str, Any]]:
    """All of them."""
    return read_all(conn, listing(wanted))


def acknowledge(
    conn: sa.Connection, warning_ids: Sequence[int], *, by: str, now: datetime, year: int | None = None
) -> set[int | None]:
    """Note that a person has seen these warnings, and return the years that they are of; unchanged they stay silent.

    Raises WarningNotFoundError, with nothing noted, when one is not there (in `year`, if given) or its cause is gone.
    """
    table = sync_warnings
    query = sa.select(table.c.id, table.c.campaign_year).where(
        table.c.id.in_(warning_ids), table.c.cleared_at.is_(None)
    )
    if year is not None:
        query = query.where(table.c.campaign_year == year)
    standing = conn.execute(query.with_for_update()).all()
    missing = sorted(set(warning_ids) - {row.id for row in standing})
    if missing:
        raise WarningNotFoundError(
            f"There is no open warning {', '.join(map(str, missing))}.", "List them with: mentorsync warnings list."
        )
    conn.execute(
        sa.update(table)
        .where(table.c.id.in_(warning_ids), ~table.c.acknowledged)
        .values(acknowledged=True, acknowledged_by=by, acknowledged_at=now)
    )
    return {row.campaign_year for row in standing}
