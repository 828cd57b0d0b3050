"""Write full lists of submissions and members to a year's raw tables."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.diff_write import Diff, sync_rows
from mentorsync_pipeline.db.filters import is_any_of
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.list_findings import ListCheck, ListLimits, check_cells, check_list
from mentorsync_pipeline.domain.list_guard import CellCounts
from mentorsync_pipeline.domain.record_fields import UnreadableRecord

# Cells that a record keeps, as a rule: those used for matching, and amounts; by kind, with their parsers.
_KEYS: Mapping[str, tuple[str, Callable[[Any], object]]] = {
    "mn_id": ("MN ids", normalize.mn_id),
    "partner_phone": ("partner phones", normalize.phone),
    "phone": ("phones", normalize.phone),
    "email": ("emails", normalize.email),
    "personal_email": ("emails", normalize.email),
    "uga_email": ("emails", normalize.email),
    "raised": ("amounts", lambda amount: amount or None),
}


class ListingEmptyError(MentorSyncError):
    """The list is empty although there were records before, so that the form or campaign id may be wrong."""

    code = "LISTING_EMPTY"


@dataclass(frozen=True, slots=True)
class ListingResult:
    """Changes by a list, and the result of its check. A refused list changes nothing."""

    diff: Diff
    check: ListCheck = field(default_factory=ListCheck)


def write_submissions(
    conn: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    year: int,
    log_id: int,
    now: datetime,
    unreadable: Collection[UnreadableRecord] = (),
    limits: ListLimits | None = None,
) -> ListingResult:
    """Write a form's full listing. Rows that it lacks are kept with `removed_at`, which is cleared when they return.

    Rows of `unreadable` submissions keep their values; while one of these has no usable id, no row is marked as
    removed. Removed rows are counted once. A listing that lacks too many submissions, or too many of their ids, phones
    and emails, changes nothing (`ListingResult.check`).

    Raises ListingEmptyError.
    """
    missing, check = _check_listing(
        conn,
        table.c.submission_id,
        rows,
        unreadable,
        year=year,
        is_in_use=table.c.removed_at.is_(None),
        is_counted=table.c.status != "DELETED",
        limits=limits or ListLimits(),
    )
    if check.refused:
        return ListingResult(Diff(unchanged=_count(conn, table, year, sa.true())), check)
    listed = [{**row, "removed_at": None, "origin": "jotform_api", "observed_at": now} for row in rows]
    diff = _sync_listed(conn, table, listed, year=year, log_id=log_id)
    of_year = table.c.campaign_year == year
    unread_ids = [record.record_id for record in unreadable if record.record_id is not None]
    returned = conn.execute(
        sa.update(table)
        .where(of_year, is_any_of(table.c.submission_id, unread_ids), table.c.removed_at.is_not(None))
        .values(removed_at=None, sync_log_id=log_id)
    ).rowcount
    conn.execute(
        sa.update(table)
        .where(of_year, is_any_of(table.c.submission_id, missing))
        .values(removed_at=now, sync_log_id=log_id)
    )
    changed, unchanged = diff.changed + returned, diff.unchanged - returned
    return ListingResult(replace(diff, changed=changed, removed=len(missing), unchanged=unchanged), check)


def withdraw_submissions(conn: sa.Connection, table: sa.Table, *, year: int, log_id: int, now: datetime) -> Diff:
    """Mark all rows of a form that the year no longer has as removed. They are restored with the form."""
    of_year = table.c.campaign_year == year
    removed = conn.execute(
        sa.update(table).where(of_year, table.c.removed_at.is_(None)).values(removed_at=now, sync_log_id=log_id)
    ).rowcount
    return Diff(removed=removed, unchanged=_count(conn, table, year, sa.true()) - removed)


def write_members(
    conn: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    year: int,
    log_id: int,
    now: datetime,
    unreadable: Collection[UnreadableRecord] = (),
    limits: ListLimits | None = None,
) -> ListingResult:
    """Write the full list of a campaign's members and remove the others. Raises ListingEmptyError.

    Unreadable members and short lists are treated as in `write_submissions`.
    """
    missing, check = _check_listing(
        conn,
        table.c.member_id,
        rows,
        unreadable,
        year=year,
        is_in_use=sa.true(),
        is_counted=sa.true(),
        limits=limits or ListLimits(),
    )
    if check.refused:
        return ListingResult(Diff(unchanged=_count(conn, table, year, sa.true())), check)
    listed = [{**row, "origin": "givebutter_api", "observed_at": now} for row in rows]
    diff = _sync_listed(conn, table, listed, year=year, log_id=log_id)
    conn.execute(sa.delete(table).where(table.c.campaign_year == year, is_any_of(table.c.member_id, missing)))
    return ListingResult(replace(diff, removed=len(missing)), check)


def _check_listing(
    conn: sa.Connection,
    id_column: sa.Column[Any],
    rows: Sequence[Mapping[str, Any]],
    unreadable: Collection[UnreadableRecord],
    *,
    year: int,
    is_in_use: sa.ColumnElement[bool],
    is_counted: sa.ColumnElement[bool],
    limits: ListLimits,
) -> tuple[set[Any], ListCheck]:
    """Compare a full list with the stored rows in use; return the ids that it lacks, and the check.

    Args:
        is_in_use: condition of the stored rows that the list should have.
        is_counted: condition of the rows whose absence counts in the check.

    Raises:
        ListingEmptyError: the list is empty, and there are rows in use.

    """
    table = id_column.table
    if not rows and not unreadable:
        _refuse_empty(table, before=_count(conn, table, year, is_in_use), year=year)
    ids = {row[id_column.name] for row in rows}
    missing = _find_missing(conn, table, id_column, ids, unreadable, year=year, is_in_use=is_in_use)
    counted = sa.select(id_column).where(table.c.campaign_year == year, is_any_of(id_column, missing), is_counted)
    check = check_list(
        table.name,
        before=_count(conn, table, year, sa.and_(is_in_use, is_counted)),
        missing=set(conn.execute(counted).scalars()),
        limits=limits,
    )
    if not check.refused:
        check = _with_cells(conn, table, id_column, rows, check, year=year, is_in_use=is_in_use, limits=limits)
    return missing, check


def _sync_listed(
    conn: sa.Connection, table: sa.Table, listed: Sequence[Mapping[str, Any]], *, year: int, log_id: int
) -> Diff:
    """Write the listed rows; other rows are unchanged."""
    return sync_rows(
        conn,
        table,
        listed,
        scope={"campaign_year": year},
        log_id=log_id,
        ignore=("observed_at",),
        retain="all",
    )


def _with_cells(
    conn: sa.Connection,
    table: sa.Table,
    id_column: sa.Column[Any],
    rows: Sequence[Mapping[str, Any]],
    check: ListCheck,
    *,
    year: int,
    is_in_use: sa.ColumnElement[bool],
    limits: ListLimits,
) -> ListCheck:
    """Add to the check how many of the listed records lost a usable id, phone or email, or an amount.

    New and deleted records are ignored. A blank cell is unusable too, because the same record had one before.
    """
    columns = [name for name in _KEYS if name in table.c]
    stored = conn.execute(
        sa.select(id_column, *(table.c[name] for name in columns)).where(table.c.campaign_year == year, is_in_use)
    ).mappings()
    listed = {row[id_column.name]: row for row in rows if row.get("status") != "DELETED"}
    before: dict[str, CellCounts] = defaultdict(CellCounts)
    after: dict[str, CellCounts] = defaultdict(CellCounts)
    for old in stored:
        new = listed.get(old[id_column.name])
        if new is None:
            continue
        for name in columns:
            kind, read = _KEYS[name]
            for counts, row in ((before, old), (after, new)):
                counts[kind].add(CellCounts(filled=1, unusable=int(read(row[name]) is None)))
    cells = check_cells(table.name, before, after, limits=limits)
    return cells if cells.refused else ListCheck(accepted=check.accepted or cells.accepted)


def _find_missing(
    conn: sa.Connection,
    table: sa.Table,
    id_column: sa.Column[Any],
    listed: Collection[Any],
    unreadable: Collection[UnreadableRecord],
    *,
    year: int,
    is_in_use: sa.ColumnElement[bool],
) -> set[Any]:
    """Return the ids of rows in use that a list lacks; none while an unreadable record has no id."""
    if any(record.record_id is None for record in unreadable):
        return set()
    existing_ids = conn.execute(sa.select(id_column).where(table.c.campaign_year == year, is_in_use)).scalars()
    shown = {str(key) for key in listed} | {record.record_id for record in unreadable}
    return {key for key in existing_ids if str(key) not in shown}


def _count(conn: sa.Connection, table: sa.Table, year: int, condition: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.campaign_year == year, condition)
    return int(conn.execute(query).scalar_one())


def _refuse_empty(table: sa.Table, *, before: int, year: int) -> None:
    """Raise ListingEmptyError if the table has rows of the year in use."""
    if before:
        raise ListingEmptyError(
            f"The service returned no records for {table.name} of {year}; there were {before} before.",
            f"Check the ids in the configuration (mentorsync config show --year {year}) and the API key.",
        )
