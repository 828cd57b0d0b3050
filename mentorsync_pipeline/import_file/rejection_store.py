"""Store causes of rejected rows and keep the rows out of the file until the cause is gone (rulebook, section 9).

The rules are in `import_file.rules.rejections`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.db.clock_offsets import read_contacts_time, read_givebutter_clock
from mentorsync_pipeline.db.filters import is_any_of
from mentorsync_pipeline.db.tables import sync_errors
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import REJECTED_ROWS, ErrorFinding
from mentorsync_pipeline.domain.import_columns import EXTERNAL_ID
from mentorsync_pipeline.domain.records import MatchKeys
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.linter import HELD_BY_ARCHIVED, SOURCE_TABLE
from mentorsync_pipeline.import_file.rules.rejections import (
    OPTION_REJECTED,
    Cause,
    RelatedContacts,
    find_cause,
    is_cause_gone,
    merge_causes,
    relate_contacts,
)
from mentorsync_pipeline.import_file.rules.row_keys import read_email_keys, read_phone_keys
from mentorsync_pipeline.review.error_list import resolved_values

# Value of `cause_fingerprint` after a person started a retry. Automatic retries do not clear it.
_RETRIED = "retried"


def store_causes(
    conn: sa.Connection,
    year: int,
    rejections: Collection[tuple[str, str]],
    rows: Sequence[ImportRow],
    config: CampaignConfig,
    *,
    rejected_options: Mapping[str, Collection[str]],
    now: datetime,
) -> None:
    """Store the causes of new rejections, by MN id and code.

    A new rejection ends a person's earlier request for a retry: the row stays out again.

    Args:
        rejected_options: texts of the rejected options by MN id, where the list has them.

    """
    table = sync_errors
    mn_ids = {mn_id for mn_id, _ in rejections}
    by_mn_id = {row.mn_id: row for row in rows}
    related_contacts = _read_related_contacts(conn, [row for row in rows if row.mn_id in mn_ids])
    as_of = read_contacts_time(conn, read_givebutter_clock(conn))
    for error in _read_open_errors(conn, year, table.c.source_table == REJECTED_ROWS, is_any_of(table.c.mn_id, mn_ids)):
        if (error.mn_id, error.error_code) not in rejections:
            continue
        row = by_mn_id.get(error.mn_id)
        cause = None
        if row is not None:
            related = related_contacts[error.mn_id]
            options = rejected_options.get(error.mn_id, ())
            cause = find_cause(error.error_code, row, related, config, as_of=as_of, rejected_options=options).as_text()
        values = {"cause_fingerprint": cause, "retried_by": None, "created_at": now}
        conn.execute(sa.update(table).where(table.c.id == error.id).values(**values))
    conn.execute(
        sa.update(table)
        .where(
            table.c.campaign_year == year,
            table.c.source_table == SOURCE_TABLE,
            is_any_of(table.c.mn_id, mn_ids),
            ~table.c.resolved,
        )
        .values(cause_fingerprint=None, retried_by=None)
    )


def find_uncovered_rejections(
    conn: sa.Connection, year: int, rejections: Collection[tuple[str, str]]
) -> list[ErrorFinding]:
    """Return the open rejections of mentors that a new list of rejected rows does not cover.

    Their rows were in no file since: a list with another reason is of an older file. Rejections that a person retried
    are excluded, because their rows were in the file.

    Args:
        rejections: MN ids and codes of the new list.

    """
    table = sync_errors
    names = [field.name for field in fields(ErrorFinding)]
    rows = conn.execute(
        sa.select(*(table.c[name] for name in names)).where(
            table.c.campaign_year == year,
            table.c.source_table == REJECTED_ROWS,
            ~table.c.resolved,
            ~_is_retried(),
            table.c.mn_id.is_not(None),
        )
    ).mappings()
    return [ErrorFinding(**row) for row in rows if (row["mn_id"], row["error_code"]) not in rejections]


def update_rejections(
    conn: sa.Connection,
    year: int,
    rows: Sequence[ImportRow],
    config: CampaignConfig,
    *,
    now: datetime,
) -> frozenset[str]:
    """Resolve rejections whose cause is gone, and return the MN ids of the others: their rows stay out of the file.

    A row that a person retried is sent until it arrives or is rejected again.
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
        for error in _read_open_errors(conn, year, table.c.source_table == REJECTED_ROWS, ~_is_retried())
        if error.mn_id in by_mn_id
    ]
    related_contacts = _read_related_contacts(conn, [by_mn_id[error.mn_id] for error in errors])
    clock = read_givebutter_clock(conn)
    as_of = read_contacts_time(conn, clock)
    rejected_mn_ids = set()
    for error in errors:
        related = related_contacts[error.mn_id]
        current_cause = find_cause(error.error_code, by_mn_id[error.mn_id], related, config, as_of=as_of)
        stored_cause = Cause.from_text(error.cause_fingerprint) if error.cause_fingerprint else current_cause
        this_error = sa.update(table).where(table.c.id == error.id)
        rejected_at = clock.convert(error.created_at)
        if is_cause_gone(error.error_code, stored_cause, current_cause, related, rejected_at=rejected_at, as_of=as_of):
            conn.execute(this_error.values(**resolved_values(now)))
            continue
        rejected_mn_ids.add(error.mn_id)
        cause_text = merge_causes(error.error_code, stored_cause, current_cause).as_text()
        if cause_text != error.cause_fingerprint:
            conn.execute(this_error.values(cause_fingerprint=cause_text))
    return frozenset(rejected_mn_ids)


def find_retried_rows(conn: sa.Connection, year: int) -> frozenset[str]:
    """Return the MN ids of rows that a person retried although an archived contact holds the External ID.

    The request is valid until the row arrives or Givebutter rejects it.
    """
    table = sync_errors
    held_by_archived = sa.and_(table.c.source_table == SOURCE_TABLE, table.c.error_code == HELD_BY_ARCHIVED)
    errors = _read_open_errors(conn, year, held_by_archived, _is_retried())
    if errors:
        ids = [error.id for error in errors]
        conn.execute(sa.update(table).where(is_any_of(table.c.id, ids)).values(cause_fingerprint=_RETRIED))
    return frozenset(error.mn_id for error in errors)


def read_rejected_options(conn: sa.Connection, year: int) -> frozenset[str]:
    """Read the options that Givebutter rejected, as `Cause.keys`, from the open errors that no person retried."""
    of_options = sync_errors.c.error_code == OPTION_REJECTED
    causes = _read_open_errors(conn, year, of_options, ~_is_retried(), sync_errors.c.cause_fingerprint.is_not(None))
    return frozenset().union(*(Cause.from_text(error.cause_fingerprint).keys for error in causes))


def _is_retried() -> sa.ColumnElement[bool]:
    table = sync_errors
    marked = table.c.cause_fingerprint.is_not_distinct_from(_RETRIED)
    return sa.or_(table.c.retried_by.is_not(None), marked)


def _read_open_errors(conn: sa.Connection, year: int, *conditions: sa.ColumnElement[bool]) -> Sequence[Any]:
    """Read open errors of mentors: id, mn_id, error_code, cause_fingerprint and created_at."""
    table = sync_errors
    columns = (table.c.id, table.c.mn_id, table.c.error_code, table.c.cause_fingerprint, table.c.created_at)
    query = sa.select(*columns).where(
        table.c.campaign_year == year, ~table.c.resolved, table.c.mn_id.is_not(None), *conditions
    )
    return conn.execute(query.order_by(table.c.id)).all()


def _read_related_contacts(conn: sa.Connection, rows: Sequence[ImportRow]) -> Mapping[str, RelatedContacts]:
    """Read, by MN id, the contacts that hold the External ID, emails or phones of these rows."""
    emails = frozenset().union(*map(read_email_keys, rows))
    phones = frozenset().union(*map(read_phone_keys, rows))
    contacts = contact_queries.read_matching_contacts(conn, MatchKeys(frozenset(), phones, emails))
    external_ids = {text for row in rows if (text := row.cells[EXTERNAL_ID])}
    holders = contact_queries.read_external_id_holders(conn, external_ids, as_written=True)
    return {
        row.mn_id or "": relate_contacts(row, contacts, holders.get(id_key(row.cells[EXTERNAL_ID]) or ""))
        for row in rows
    }
