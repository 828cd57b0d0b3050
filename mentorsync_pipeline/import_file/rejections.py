"""Keep rows that Givebutter rejected out of the file until the cause is gone (`import_file.rules.rejections`)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.db.tables import sync_errors
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import REJECTED_ROWS, ErrorFinding
from mentorsync_pipeline.domain.import_columns import (
    CONTACT_ID,
    EMAILS,
    EXTERNAL_ID,
    PHONES,
    PRIMARY_EMAIL,
    PRIMARY_PHONE,
)
from mentorsync_pipeline.domain.match_keys import MatchKeys
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.linter import HELD_BY_ARCHIVED, SOURCE_TABLE
from mentorsync_pipeline.import_file.rules.rejections import Cause, Surroundings, find_cause, is_gone, remembered
from mentorsync_pipeline.review.errors import gone

# What `cause_fingerprint` holds of an error that a person had tried again: no later try by itself withdraws that.
_RETRIED = "retried"


def remember_causes(
    conn: sa.Connection,
    year: int,
    mn_ids: Collection[str],
    rows: Sequence[ImportRow],
    config: CampaignConfig,
    *,
    now: datetime,
) -> None:
    """Store what the rejections of these mentors, which have just come in, are about.

    What a person had tried again before is settled by that: the row stays out once more.
    """
    table = sync_errors
    by_mn_id = {row.mn_id: row for row in rows}
    surroundings = _surroundings(conn, [row for row in rows if row.mn_id in mn_ids])
    for error in _open(conn, year, table.c.source_table == REJECTED_ROWS, table.c.mn_id.in_(mn_ids)):
        row = by_mn_id.get(error.mn_id)
        cause = None if row is None else find_cause(error.error_code, row, surroundings[error.mn_id], config).as_text()
        values = {"cause_fingerprint": cause, "retried_by": None, "created_at": now}
        conn.execute(sa.update(table).where(table.c.id == error.id).values(**values))
    conn.execute(
        sa.update(table)
        .where(
            table.c.campaign_year == year,
            table.c.source_table == SOURCE_TABLE,
            table.c.mn_id.in_(mn_ids),
            ~table.c.resolved,
        )
        .values(cause_fingerprint=None, retried_by=None)
    )


def still_out(conn: sa.Connection, year: int, mn_ids: Collection[str]) -> list[ErrorFinding]:
    """The open rejections of other mentors than these whose rows were in no file since: this list does not cover them.

    Rejections that a person had tried again are left out; their rows were imported.
    """
    table = sync_errors
    names = [field.name for field in fields(ErrorFinding)]
    rows = conn.execute(
        sa.select(*(table.c[name] for name in names)).where(
            table.c.campaign_year == year,
            table.c.source_table == REJECTED_ROWS,
            ~table.c.resolved,
            ~_is_retried(),
            table.c.mn_id.not_in(mn_ids),
        )
    ).mappings()
    return [ErrorFinding(**row) for row in rows]


def standing_rejections(
    conn: sa.Connection,
    year: int,
    rows: Sequence[ImportRow],
    config: CampaignConfig,
    *,
    as_of: datetime,
    now: datetime,
) -> frozenset[str]:
    """The mentors whose rows stay out because of what Givebutter rejected; errors whose cause is gone are resolved.

    A row goes out when a person had its error tried again, until it arrives or is rejected once more.
    """
    table = sync_errors
    conn.execute(
        sa.update(table)
        .where(table.c.campaign_year == year, table.c.source_table == REJECTED_ROWS, ~table.c.resolved, _is_retried())
        .values(cause_fingerprint=_RETRIED)
    )
    by_mn_id = {row.mn_id: row for row in rows}
    errors = [
        error
        for error in _open(conn, year, table.c.source_table == REJECTED_ROWS, ~_is_retried())
        if error.mn_id in by_mn_id
    ]
    surroundings = _surroundings(conn, [by_mn_id[error.mn_id] for error in errors])
    standing = set()
    for error in errors:
        present = find_cause(error.error_code, by_mn_id[error.mn_id], surroundings[error.mn_id], config)
        before = Cause.from_text(error.cause_fingerprint) if error.cause_fingerprint else present
        this_error = sa.update(table).where(table.c.id == error.id)
        if is_gone(error.error_code, before, present, rejected_at=error.created_at, as_of=as_of):
            conn.execute(this_error.values(**gone(now)))
            continue
        standing.add(error.mn_id)
        stored = remembered(error.error_code, before, present).as_text()
        if stored != error.cause_fingerprint:
            conn.execute(this_error.values(cause_fingerprint=stored))
    return frozenset(standing)


def retried_rows(conn: sa.Connection, year: int) -> frozenset[str]:
    """The mentors whose row a person sends although an archived contact holds the External ID.

    The request stands until the row arrives, or until Givebutter rejects it.
    """
    table = sync_errors
    held = sa.and_(table.c.source_table == SOURCE_TABLE, table.c.error_code == HELD_BY_ARCHIVED)
    errors = _open(conn, year, held, _is_retried())
    if errors:
        ids = [error.id for error in errors]
        conn.execute(sa.update(table).where(table.c.id.in_(ids)).values(cause_fingerprint=_RETRIED))
    return frozenset(error.mn_id for error in errors)


def _is_retried() -> sa.ColumnElement[bool]:
    table = sync_errors
    marked = table.c.cause_fingerprint.is_not_distinct_from(_RETRIED)
    return sa.or_(table.c.retried_by.is_not(None), marked)


def _open(conn: sa.Connection, year: int, *conditions: sa.ColumnElement[bool]) -> Sequence[Any]:
    """Open errors of mentors: rows of id, mn_id, error_code, cause_fingerprint and created_at."""
    table = sync_errors
    columns = (table.c.id, table.c.mn_id, table.c.error_code, table.c.cause_fingerprint, table.c.created_at)
    query = sa.select(*columns).where(
        table.c.campaign_year == year, ~table.c.resolved, table.c.mn_id.is_not(None), *conditions
    )
    return conn.execute(query.order_by(table.c.id)).all()


def _surroundings(conn: sa.Connection, rows: Sequence[ImportRow]) -> Mapping[str, Surroundings]:
    """By MN id what the contact data says around these rows."""
    emails = {row.where: _keys(row, (PRIMARY_EMAIL, EMAILS), normalize.email_keys) for row in rows}
    phones = {row.where: _keys(row, (PRIMARY_PHONE, PHONES), normalize.phone_keys) for row in rows}
    keys = MatchKeys(frozenset(), frozenset().union(*phones.values()), frozenset().union(*emails.values()))
    contacts = contact_queries.contacts_matching(conn, keys)
    holders = contact_queries.external_id_holders(conn, {text for row in rows if (text := row.cells[EXTERNAL_ID])})
    found = {}
    for row in rows:
        others = [contact for contact in contacts if str(contact.contact_id) != row.cells[CONTACT_ID]]
        found[row.mn_id or ""] = Surroundings(
            holder=holders.get(id_key(row.cells[EXTERNAL_ID]) or ""),
            by_email=frozenset(one.contact_id for one in others if emails[row.where] & {*one.email_keys}),
            by_phone=frozenset(one.contact_id for one in others if phones[row.where] & {*one.phone_keys}),
        )
    return found


def _keys(row: ImportRow, columns: tuple[str, ...], read: Callable[[str | None], tuple[str, ...]]) -> frozenset[str]:
    return frozenset(key for column in columns for text in (row.cells[column] or "").split(",") for key in read(text))
