"""Full listings of a service against the rows of a year: what is listed, what is no longer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.diff_write import Diff, sync_rows
from mentorsync_pipeline.domain.errors import MentorSyncError


class ListingEmptyError(MentorSyncError):
    """An empty listing where there were records before: a wrong form or campaign rather than the truth."""

    code = "LISTING_EMPTY"


def write_submissions(
    conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, year: int, log_id: int, now: datetime
) -> Diff:
    """Write a form's full listing: a row that is not in it gets `removed_at` and stays, one that is back loses it.

    Removed rows are counted when they are first missed. Raises ListingEmptyError.
    """
    refuse_empty(conn, table, rows, year=year, living=table.c.removed_at.is_(None))
    listed = [{**row, "removed_at": None, "origin": "jotform_api", "observed_at": now} for row in rows]
    diff = sync_rows(
        conn,
        table,
        listed,
        scope={"campaign_year": year},
        log_id=log_id,
        ignore=("observed_at",),
        remove_missing=False,
    )
    ids = sa.bindparam("ids", [row["submission_id"] for row in rows], type_=pg.ARRAY(sa.Text))
    missed = conn.execute(
        sa.update(table)
        .where(table.c.campaign_year == year, table.c.removed_at.is_(None), table.c.submission_id != sa.all_(ids))
        .values(removed_at=now, sync_log_id=log_id)
    )
    return replace(diff, removed=missed.rowcount)


def write_members(
    conn: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]], *, year: int, log_id: int, now: datetime
) -> Diff:
    """Write a campaign's full list of members; one that is no longer in it is removed. Raises ListingEmptyError."""
    listed = [{**row, "origin": "givebutter_api", "observed_at": now} for row in rows]
    refuse_empty(conn, table, listed, year=year, living=sa.true())
    return sync_rows(conn, table, listed, scope={"campaign_year": year}, log_id=log_id, ignore=("observed_at",))


def refuse_empty(
    conn: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    year: int,
    living: sa.ColumnElement[bool],
) -> None:
    """Refuse an empty listing where the table has `living` rows of the year."""
    if rows:
        return
    there = conn.execute(
        sa.select(sa.func.count()).select_from(table).where(table.c.campaign_year == year, living)
    ).scalar_one()
    if there:
        raise ListingEmptyError(
            f"The service lists nothing for {table.name} of {year}, where {there} records were before.",
            f"Check the ids in the configuration (mentorsync config show --year {year}) and whose key is used.",
        )
