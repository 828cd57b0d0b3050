"""What people and the machine do about errors: list, try again, ignore, settle (rulebook section 12)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.db.paging import Listing, contains_text, read_all
from mentorsync_pipeline.db.tables import sync_errors
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.domain.retries import next_retry_at

Column = Literal["error_code", "mn_id", "source_table", "retry_count", "next_retry_at", "created_at"]
"""What errors may be sorted by."""


class ErrorNotFoundError(MentorSyncError):
    """There is no open error of this id."""

    code = "ERROR_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFilter:
    """Which errors to find; what is not given does not restrict. `resolved` None means both.

    `or_no_year` adds to those of the year the ones that belong to no one year. `search` is a text that occurs in the
    code, the mentor's id, the record, the message or what to do.
    """

    year: int | None = None
    or_no_year: bool = False
    error_code: str | None = None
    severity: str | None = None
    mn_id: str | None = None
    resolved: bool | None = False
    search: str | None = None


def listing(wanted: ErrorFilter) -> Listing:
    """The rows of `sync_errors` that fit, the severest and then the oldest first."""
    c = sync_errors.c
    equal = {
        c.error_code: wanted.error_code,
        c.severity: wanted.severity,
        c.mn_id: wanted.mn_id,
        c.resolved: wanted.resolved,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if wanted.year is not None:
        conditions.append(_of_year(wanted.year) if wanted.or_no_year else c.campaign_year == wanted.year)
    if wanted.search:
        conditions.append(contains_text(wanted.search, c.error_code, c.mn_id, c.subject, c.message, c.what_to_do))
    severity = sa.case({"high": 0, "medium": 1}, value=c.severity, else_=2)
    return Listing(sa.select(sync_errors).where(*conditions), (severity, c.created_at), (c.id,))


def errors(conn: sa.Connection, wanted: ErrorFilter) -> list[dict[str, Any]]:
    """All of them."""
    return read_all(conn, listing(wanted))


def due(conn: sa.Connection, *, now: datetime, year: int | None = None) -> list[dict[str, Any]]:
    """The open errors whose time to be tried again has come."""
    found = errors(conn, ErrorFilter(year=year))
    return [one for one in found if one["next_retry_at"] is not None and one["next_retry_at"] <= now]


def begin_retry(
    conn: sa.Connection, error_ids: Sequence[int], *, now: datetime, by: str | None = None, year: int | None = None
) -> list[dict[str, Any]]:
    """Count one more try of each of these open errors and plan the one after it; return their rows as they were.

    Committed before the run that tries again: a run that is killed counts as a try too. After the last try
    `next_retry_at` is NULL and a person has to look. `by` is the person who asks for it; None when nobody does. With
    a `year` they must be errors of it, or of no one year. Raises ErrorNotFoundError, with nothing counted.
    """
    rows = _open(conn, error_ids, year)
    for row in rows:
        tried = row["retry_count"] + 1
        later = next_retry_at(now, can_retry=row["can_retry"], retry_count=tried, max_retries=row["max_retries"])
        conn.execute(
            sa.update(sync_errors)
            .where(sync_errors.c.id == row["id"])
            .values(retry_count=tried, next_retry_at=later, retried_by=by)
        )
    return [dict(row) for row in rows]


class ErrorNotAcceptableError(MentorSyncError):
    """An error that is to be put right, not accepted."""

    code = "ERROR_NOT_ACCEPTABLE"


def accept(
    conn: sa.Connection, error_ids: Sequence[int], *, by: str, now: datetime, year: int | None = None
) -> list[dict[str, Any]]:
    """Accept in a person's name what these open errors refused (a list that shrank); return their rows as they were.

    It holds once and for the content that was refused: the next run takes it over, and asks again when something else
    is missing. Raises ErrorNotFoundError, or ErrorNotAcceptableError for an error that is to
    be put right, with nothing accepted.
    """
    rows = _open(conn, error_ids, year)
    for row in rows:
        if row["fingerprint"] is None:
            raise ErrorNotAcceptableError(
                f"Error {row['id']} ({row['error_code']}) is to be put right; there is nothing to accept.",
                "Read what to do in: mentorsync errors list.",
            )
        conn.execute(
            sa.update(sync_errors)
            .where(sync_errors.c.id == row["id"])
            .values(accepted_fingerprint=row["fingerprint"], accepted_by=by, accepted_at=now)
        )
    return [dict(row) for row in rows]


def accepted_fingerprints(conn: sa.Connection, year: int | None, *, source_table: str) -> frozenset[str]:
    """What people accepted of the open errors of a table; `year` None is for what belongs to no one year."""
    table = sync_errors
    found = conn.execute(
        sa.select(table.c.accepted_fingerprint).where(
            table.c.campaign_year.is_not_distinct_from(year),
            table.c.source_table == source_table,
            table.c.accepted_fingerprint.is_not(None),
            ~table.c.resolved,
        )
    ).scalars()
    return frozenset(found)


def open_subjects(conn: sa.Connection, year: int | None, error_code: str) -> frozenset[str]:
    """The records with an open error of this code; `year` None is for what belongs to no one year."""
    c = sync_errors.c
    query = sa.select(c.subject).where(
        c.campaign_year.is_not_distinct_from(year), c.error_code == error_code, ~c.resolved
    )
    return frozenset(conn.execute(query).scalars())


def gone(now: datetime) -> dict[str, Any]:
    """The values of an open error whose cause is gone.

    By the person who accepted what it refused or had it tried again, or else by itself.
    """
    accepted = sa.case((sync_errors.c.accepted_fingerprint == sync_errors.c.fingerprint, sync_errors.c.accepted_by))
    by = sa.func.coalesce(accepted, sync_errors.c.retried_by)
    method = sa.case((by.is_(None), "auto_retry"), else_="manual")
    return {"resolved": True, "resolution_method": method, "resolved_by": by, "resolved_at": now}


def resolved_of(conn: sa.Connection, error_ids: Sequence[int]) -> list[int]:
    """Which of these errors are resolved."""
    table = sync_errors
    return sorted(conn.execute(sa.select(table.c.id).where(table.c.id.in_(error_ids), table.c.resolved)).scalars())


def ignore(
    conn: sa.Connection, error_ids: Sequence[int], *, by: str, now: datetime, year: int | None = None
) -> set[int | None]:
    """Close these open errors as `ignored`, each until it says something else; return the years that they are of.

    With a `year` they must be errors of it, or of no one year. Raises ErrorNotFoundError, with nothing closed.
    """
    rows = _open(conn, error_ids, year)
    conn.execute(
        sa.update(sync_errors)
        .where(sync_errors.c.id.in_([row["id"] for row in rows]))
        .values(resolved=True, resolution_method="ignored", resolved_by=by, resolved_at=now, next_retry_at=None)
    )
    return {row["campaign_year"] for row in rows}


def settle_rejected(conn: sa.Connection, year: int, arrived: Collection[str], *, as_of: datetime, now: datetime) -> int:
    """Close the rows that Givebutter had rejected of mentors who have arrived since, and return how many.

    Givebutter sends no file when nothing is rejected, so that contact data has to say it: `arrived` are the MN ids of
    which the contact shows everything that we send, in the data of `as_of`.
    """
    table = sync_errors
    return conn.execute(
        sa.update(table)
        .where(
            table.c.campaign_year == year,
            table.c.source_table == REJECTED_ROWS,
            table.c.mn_id.in_(arrived),
            table.c.created_at < as_of,
            ~table.c.resolved,
        )
        .values(**gone(now))
    ).rowcount


def _of_year(year: int) -> sa.ColumnElement[bool]:
    return sa.or_(sync_errors.c.campaign_year == year, sync_errors.c.campaign_year.is_(None))


def _open(conn: sa.Connection, error_ids: Sequence[int], year: int | None) -> list[sa.RowMapping]:
    """The rows, locked."""
    table = sync_errors
    query = sa.select(table).where(table.c.id.in_(error_ids), ~table.c.resolved)
    if year is not None:
        query = query.where(_of_year(year))
    rows = list(conn.execute(query.order_by(table.c.id).with_for_update()).mappings())
    missing = sorted(set(error_ids) - {row["id"] for row in rows})
    if missing:
        raise ErrorNotFoundError(
            f"There is no open error {', '.join(map(str, missing))}.", "List them with: mentorsync errors list."
        )
    return rows
