"""List, retry, accept, ignore and resolve errors (rulebook section 12)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.db.closed_years import read_closed_years
from mentorsync_pipeline.db.filters import is_any_of
from mentorsync_pipeline.db.paging import Listing, contains_text, read_all
from mentorsync_pipeline.db.tables import mentors, sync_conflicts, sync_errors
from mentorsync_pipeline.domain.conflicts import HOLDER
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.findings import REJECTED_ROWS, next_retry_at

Column = Literal["error_code", "mn_id", "source_table", "retry_count", "next_retry_at", "created_at"]
"""Columns by which errors can be sorted."""


class ErrorNotFoundError(MentorSyncError):
    """There is no open error with this id."""

    code = "ERROR_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFilter:
    """Filter of errors. A field that is None does not restrict.

    Attributes:
        or_no_year: with `year`, also errors of no campaign year.
        search: text in the code, the MN id, the record, the message or what to do.

    """

    year: int | None = None
    or_no_year: bool = False
    error_code: str | None = None
    severity: str | None = None
    mn_id: str | None = None
    resolved: bool | None = False
    search: str | None = None


def list_errors(filters: ErrorFilter) -> Listing:
    """List the errors that match, highest severity first, by code, then oldest."""
    c = sync_errors.c
    equal = {
        c.error_code: filters.error_code,
        c.severity: filters.severity,
        c.mn_id: filters.mn_id,
        c.resolved: filters.resolved,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if filters.year is not None:
        conditions.append(_in_year(filters.year) if filters.or_no_year else c.campaign_year == filters.year)
    if filters.search:
        conditions.append(contains_text(filters.search, c.error_code, c.mn_id, c.subject, c.message, c.what_to_do))
    severity = sa.case({"high": 0, "medium": 1}, value=c.severity, else_=2)
    return Listing(sa.select(sync_errors).where(*conditions), (severity, c.error_code, c.created_at), (c.id,))


def read_errors(conn: sa.Connection, filters: ErrorFilter) -> list[dict[str, Any]]:
    """Read all errors that match."""
    return read_all(conn, list_errors(filters))


def read_due_errors(conn: sa.Connection, *, now: datetime, year: int | None = None) -> list[dict[str, Any]]:
    """Read the open errors whose next retry is due. Errors of closed years are left out."""
    closed = read_closed_years(conn)
    open_rows = read_errors(conn, ErrorFilter(year=year))
    return [
        row
        for row in open_rows
        if row["campaign_year"] not in closed and row["next_retry_at"] is not None and row["next_retry_at"] <= now
    ]


def count_retry(
    conn: sa.Connection, error_ids: Sequence[int], *, now: datetime, by: str | None = None, year: int | None = None
) -> list[dict[str, Any]]:
    """Count a retry of each of these open errors and schedule the next one; return their previous rows.

    Committed before the run, so that a killed run counts as a retry. After the last retry `next_retry_at` is NULL.

    Args:
        by: the person who started the retry; None for the sensor.
        year: campaign year of the errors; errors of no year are allowed too.

    Raises:
        ErrorNotFoundError: one of them is not open; nothing is counted.

    """
    rows = _lock_open_errors(conn, error_ids, year)
    for row in rows:
        retry_count = row["retry_count"] + 1
        next_retry = next_retry_at(
            now, can_retry=row["can_retry"], retry_count=retry_count, max_retries=row["max_retries"]
        )
        conn.execute(
            sa.update(sync_errors)
            .where(sync_errors.c.id == row["id"])
            .values(retry_count=retry_count, next_retry_at=next_retry, retried_by=by)
        )
    return [dict(row) for row in rows]


class ErrorNotAcceptableError(MentorSyncError):
    """The error must be corrected and cannot be accepted."""

    code = "ERROR_NOT_ACCEPTABLE"


def accept_errors(
    conn: sa.Connection, error_ids: Sequence[int], *, by: str, now: datetime, year: int | None = None
) -> list[dict[str, Any]]:
    """Accept the content that these open errors refused, such as a list that shrank; return their previous rows.

    The acceptance holds for the refused content only: the next run loads it, and refuses other content again.

    Raises:
        ErrorNotFoundError: one of them is not open; nothing is accepted.
        ErrorNotAcceptableError: one of them must be corrected; nothing is accepted.

    """
    rows = _lock_open_errors(conn, error_ids, year)
    for row in rows:
        if row["fingerprint"] is None:
            raise ErrorNotAcceptableError(
                f"Error {row['id']} ({row['error_code']}) must be corrected; there is nothing to accept.",
                "See what to do: mentorsync errors list.",
            )
        conn.execute(
            sa.update(sync_errors)
            .where(sync_errors.c.id == row["id"])
            .values(accepted_fingerprint=row["fingerprint"], accepted_by=by, accepted_at=now)
        )
    return [dict(row) for row in rows]


def read_accepted_fingerprints(conn: sa.Connection, year: int | None, *, source_table: str) -> frozenset[str]:
    """Read the accepted fingerprints of a table's open errors; `year` None is for errors of no campaign year."""
    table = sync_errors
    fingerprints = conn.execute(
        sa.select(table.c.accepted_fingerprint).where(
            table.c.campaign_year.is_not_distinct_from(year),
            table.c.source_table == source_table,
            table.c.accepted_fingerprint.is_not(None),
            ~table.c.resolved,
        )
    ).scalars()
    return frozenset(fingerprints)


def read_open_subjects(conn: sa.Connection, year: int | None, error_code: str) -> tuple[str, ...]:
    """Read the subjects of open errors with this code, those that were checked by the earliest runs first.

    `year` None is for errors of no campaign year.
    """
    c = sync_errors.c
    query = sa.select(c.subject).where(_is_open(year, error_code)).order_by(c.sync_log_id.nulls_first(), c.id)
    return tuple(conn.execute(query).scalars())


def mark_checked(
    conn: sa.Connection, year: int | None, error_code: str, subjects: Collection[str], *, log_id: int
) -> None:
    """Record in the open errors about these subjects that the run `log_id` has checked them again."""
    is_meant = sa.and_(_is_open(year, error_code), is_any_of(sync_errors.c.subject, subjects))
    conn.execute(sa.update(sync_errors).where(is_meant).values(sync_log_id=log_id))


def _is_open(year: int | None, error_code: str) -> sa.ColumnElement[bool]:
    c = sync_errors.c
    return sa.and_(c.campaign_year.is_not_distinct_from(year), c.error_code == error_code, ~c.resolved)


def resolved_values(now: datetime) -> dict[str, Any]:
    """Return the column values that resolve an open error whose cause is gone.

    It is resolved by the person who accepted or retried it, otherwise automatically.
    """
    accepted = sa.case((sync_errors.c.accepted_fingerprint == sync_errors.c.fingerprint, sync_errors.c.accepted_by))
    by = sa.func.coalesce(accepted, sync_errors.c.retried_by)
    method = sa.case((by.is_(None), "auto_retry"), else_="manual")
    return {"resolved": True, "resolution_method": method, "resolved_by": by, "resolved_at": now}


def find_resolved(conn: sa.Connection, error_ids: Sequence[int]) -> list[int]:
    """Return the ids of those errors that are resolved."""
    table = sync_errors
    return sorted(
        conn.execute(sa.select(table.c.id).where(is_any_of(table.c.id, error_ids), table.c.resolved)).scalars()
    )


def ignore_errors(
    conn: sa.Connection, error_ids: Sequence[int], *, by: str, now: datetime, year: int | None = None
) -> set[int | None]:
    """Close these open errors as `ignored` until their message changes; return their campaign years.

    With a `year` they must be errors of it, or of no year. Raises ErrorNotFoundError; nothing is closed then.
    """
    rows = _lock_open_errors(conn, error_ids, year)
    conn.execute(
        sa.update(sync_errors)
        .where(is_any_of(sync_errors.c.id, [row["id"] for row in rows]))
        .values(resolved=True, resolution_method="ignored", resolved_by=by, resolved_at=now, next_retry_at=None)
    )
    return {row["campaign_year"] for row in rows}


def find_closed_errors(conn: sa.Connection, year: int, *, by: str, at: datetime) -> list[int]:
    """Return the ids of errors of a year, or of no year, that a person closed at this moment."""
    c = sync_errors.c
    query = sa.select(c.id).where(
        sa.or_(c.campaign_year == year, c.campaign_year.is_(None)),
        c.resolution_method == "ignored",
        c.resolved_by == by,
        c.resolved_at == at,
    )
    return sorted(conn.execute(query).scalars())


def reopen_errors(
    conn: sa.Connection, error_ids: Sequence[int], *, now: datetime, year: int | None = None
) -> set[int | None]:
    """Open errors again that a person closed, with their remaining retries; return their campaign years.

    An error that was found again in the meantime is open already and unchanged. Raises ErrorNotFoundError when
    one of them is not closed; nothing is written then.
    """
    closed, twin = sync_errors.c, sync_errors.alias("twin").c
    conditions = [is_any_of(closed.id, error_ids), closed.resolution_method == "ignored"]
    if year is not None:
        conditions.append(sa.or_(closed.campaign_year == year, closed.campaign_year.is_(None)))
    columns = (closed.id, closed.campaign_year, closed.can_retry, closed.retry_count, closed.max_retries)
    rows = conn.execute(sa.select(*columns).where(*conditions).with_for_update()).all()
    missing = sorted(set(error_ids) - {row.id for row in rows})
    if missing or not rows:
        raise ErrorNotFoundError(
            f"There is no closed error {', '.join(map(str, missing))}.", "List them with: mentorsync errors list."
        )
    is_open = sa.exists().where(
        twin.campaign_year.is_not_distinct_from(closed.campaign_year),
        twin.error_code == closed.error_code,
        twin.subject == closed.subject,
        ~twin.resolved,
    )
    for row in rows:
        next_retry = next_retry_at(
            now, can_retry=row.can_retry, retry_count=row.retry_count, max_retries=row.max_retries
        )
        conn.execute(
            sa.update(sync_errors)
            .where(closed.id == row.id, ~is_open)
            .values(
                resolved=False,
                resolution_method=None,
                resolved_by=None,
                resolved_at=None,
                next_retry_at=next_retry,
            )
        )
    return {row.campaign_year for row in rows}


def resolve_arrived_rejections(
    conn: sa.Connection, year: int, arrived_ids: Collection[str], *, as_of: datetime, now: datetime
) -> int:
    """Resolve rejected rows of mentors whose data has arrived since; return their number.

    Givebutter sends no file when it rejects nothing, so that only contact data confirms an arrival.

    Args:
        arrived_ids: MN ids whose contacts have all sent values, in contact data of `as_of`.

    """
    table = sync_errors
    return conn.execute(
        sa.update(table)
        .where(
            table.c.campaign_year == year,
            table.c.source_table == REJECTED_ROWS,
            is_any_of(table.c.mn_id, arrived_ids),
            table.c.created_at < as_of,
            ~table.c.resolved,
        )
        .values(**resolved_values(now))
    ).rowcount


def resolve_asked_rejections(conn: sa.Connection, year: int, *, now: datetime) -> int:
    """Resolve rejected External IDs whose holder a question asks about; return their number.

    A mentor who is blocked by that question has no row that could be sent or rejected, and the answer settles both.
    Other questions about External IDs do not, because the holder may be archived. Rejections of mentors who are gone
    stay open, because a sign-up may come back.
    """
    error, conflict, mentor = sync_errors.c, sync_conflicts.c, mentors.c
    is_asked = sa.exists().where(
        conflict.campaign_year == error.campaign_year,
        conflict.mn_id == error.mn_id,
        conflict.conflict_type == "external_id_collision",
        conflict.subject.startswith(f"{HOLDER}:"),
        conflict.blocking,
        conflict.status != "obsolete",
    )
    is_blocked = sa.exists().where(
        mentor.campaign_year == error.campaign_year, mentor.mn_id == error.mn_id, mentor.sync_state == "blocked"
    )
    return conn.execute(
        sa.update(sync_errors)
        .where(
            error.campaign_year == year,
            error.source_table == REJECTED_ROWS,
            ~error.resolved,
            error.error_code == "GB_EXTERNAL_ID_EXISTS",
            is_asked,
            is_blocked,
        )
        .values(**resolved_values(now))
    ).rowcount


def _in_year(year: int) -> sa.ColumnElement[bool]:
    return sa.or_(sync_errors.c.campaign_year == year, sync_errors.c.campaign_year.is_(None))


def _lock_open_errors(conn: sa.Connection, error_ids: Sequence[int], year: int | None) -> list[sa.RowMapping]:
    """Read and lock these open errors. Raises ErrorNotFoundError."""
    table = sync_errors
    query = sa.select(table).where(is_any_of(table.c.id, error_ids), ~table.c.resolved)
    if year is not None:
        query = query.where(_in_year(year))
    rows = list(conn.execute(query.order_by(table.c.id).with_for_update()).mappings())
    missing = sorted(set(error_ids) - {row["id"] for row in rows})
    if missing:
        raise ErrorNotFoundError(
            f"There is no open error {', '.join(map(str, missing))}.", "List them with: mentorsync errors list."
        )
    return rows
