"""Read closed campaign years, and refuse changes of them.

Every change of a year takes the lock of `keep_open` in its transaction and then checks the year: changes by people in
`db.audited_change`, runs of assets in `db.asset_run`. Closing takes the same lock exclusively, so that no change is
committed after it.
"""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import year_closings
from mentorsync_pipeline.domain.errors import MentorSyncError

# First key of the lock of changes and closings of a year; the second is the campaign year.
_LOCK_CLASS = 0x4D43


class YearClosedError(MentorSyncError):
    """The campaign year is closed; nothing was changed."""

    code = "YEAR_CLOSED"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"Campaign year {year} is closed and read-only.",
            f"Choose a later year. If {year} must be changed, reopen it first: mentorsync year reopen {year}.",
        )


def read_closed_years(conn: sa.Connection) -> frozenset[int]:
    """Return the closed campaign years."""
    table = year_closings
    return frozenset(conn.execute(sa.select(table.c.campaign_year).where(table.c.reopened_at.is_(None))).scalars())


def refuse_closed(conn: sa.Connection, years: Collection[int]) -> None:
    """Check that the years are open now.

    Raises:
        YearClosedError: one of them is closed.

    """
    closed = read_closed_years(conn).intersection(years) if years else ()
    if closed:
        raise YearClosedError(min(closed))


def keep_open(years: Iterable[int]) -> list[sa.Function[None]]:
    """Return the locks that keep the years open until the transaction ends, to select before `refuse_closed`."""
    return [sa.func.pg_advisory_xact_lock_shared(_LOCK_CLASS, year) for year in sorted(set(years))]


def require_open(conn: sa.Connection, years: Iterable[int]) -> None:
    """Check that the years are open, and keep them open until the transaction ends.

    Raises:
        YearClosedError: one of them is closed.

    """
    checked = frozenset(years)
    if checked:
        conn.execute(sa.select(*keep_open(checked)))
        refuse_closed(conn, checked)


def lock_closing(conn: sa.Connection, year: int) -> None:
    """Wait for changes of the year that are in progress, and block new changes until the transaction ends."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_CLASS, year)))
