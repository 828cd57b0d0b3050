"""Conditions and selections on tables that several stages use."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.tables import gb_contact_loads, mentors, raw_gb_full_contacts, sync_log


def is_any_of(column: sa.ColumnElement[Any], values: Iterable[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column has one of these values, which are one parameter.

    PostgreSQL accepts at most 65,535 parameters, so that `in_` is for short lists only.
    """
    return column == sa.any_(sa.bindparam(None, list(values), type_=pg.ARRAY(column.type)))


def active_individuals(contacts: sa.FromClause = raw_gb_full_contacts) -> sa.ColumnElement[bool]:
    """Return the condition for contacts that are persons and not archived.

    Givebutter exports companies in a separate file, so a contacts export without them is complete.

    Args:
        contacts: `raw_gb_full_contacts`, or a table or alias with its columns.

    """
    return sa.and_(contacts.c.archived_at.is_(None), contacts.c.contact_type == "individual")


def count_active_contacts(conn: sa.Connection) -> int:
    """Count the loaded contacts that are not archived."""
    contacts = raw_gb_full_contacts
    query = sa.select(sa.func.count()).select_from(contacts).where(contacts.c.archived_at.is_(None))
    return int(conn.execute(query).scalar_one())


def runs_with_changes() -> sa.ColumnElement[bool]:
    """Return the condition for entries of `sync_log` whose asset added, changed or removed rows."""
    log = sync_log.c
    return sa.or_(log.rows_added > 0, log.rows_changed > 0, log.rows_removed > 0)


def calculations(year: int) -> sa.ColumnElement[bool]:
    """Return the condition for entries of `sync_log` of the successful calculations of a year's `mentors`."""
    log = sync_log.c
    return sa.and_(log.campaign_year == year, log.asset == mentors.name, log.status == "success")


def loads_with_changes() -> sa.ColumnElement[bool]:
    """Return the condition for entries of `sync_log` of loads that added, changed or removed contacts."""
    return sa.and_(sync_log.c.asset == raw_gb_full_contacts.name, runs_with_changes())


def select_contacts_as_of() -> sa.Select[datetime]:
    """Select when the loaded contact data was taken at Givebutter, without loads of single mentors' contacts."""
    loads = gb_contact_loads.c
    return sa.select(loads.as_of).where(loads.origin != "api_mentors").order_by(loads.id.desc()).limit(1)
