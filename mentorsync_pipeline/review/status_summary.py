"""Overview of all years: data freshness, last runs, open conflicts, errors and warnings. Counts only."""

from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.campaigns.configuration import read_configured_years
from mentorsync_pipeline.db.closed_years import read_closed_years
from mentorsync_pipeline.db.filters import count_active_contacts
from mentorsync_pipeline.db.tables import (
    gb_contact_loads,
    gb_import_files,
    mentors,
    sync_conflicts,
    sync_errors,
    sync_log,
    sync_warnings,
)


def read_overview(conn: sa.Connection) -> dict[str, Any]:
    """Read the state of the installation: `contacts` (all years) and one entry per configured year in `years`."""
    years = read_configured_years(conn, active_only=False)
    return {"contacts": read_contacts_status(conn), "years": [read_year_status(conn, year) for year in years]}


def read_contacts_status(conn: sa.Connection) -> dict[str, Any]:
    """Read time and origin of the contacts, and the number of those that are not archived."""
    load = gb_contact_loads
    columns = (load.c.as_of, load.c.origin, load.c.loaded_at)
    last = conn.execute(sa.select(*columns).order_by(load.c.id.desc()).limit(1)).mappings().first()
    return {"rows": count_active_contacts(conn), **({} if last is None else last)}


def read_year_status(conn: sa.Connection, year: int) -> dict[str, Any]:
    """Read the state of one year: whether it is closed, and counts by kind (`mentors`, `open_conflicts` and so on).

    `mentor_status` counts the mentors who have not dropped out, as the progress does.
    """
    conflict, error, warning, file = sync_conflicts.c, sync_errors.c, sync_warnings.c, gb_import_files
    return {
        "campaign_year": year,
        "closed": year in read_closed_years(conn),
        "mentors": _count_by(conn, mentors.c.sync_state, mentors.c.campaign_year == year),
        "mentor_status": _count_by(conn, mentors.c.status, mentors.c.campaign_year == year, ~mentors.c.dropped),
        "open_conflicts": _count_by(
            conn, conflict.conflict_type, conflict.campaign_year == year, conflict.status == "pending"
        ),
        "open_errors": _count_by(conn, error.error_code, error.campaign_year == year, ~error.resolved),
        "open_warnings": _count_by(
            conn,
            warning.warning_type,
            warning.campaign_year == year,
            warning.cleared_at.is_(None),
            ~warning.acknowledged,
        ),
        "last_file": dict(
            conn.execute(
                sa.select(file.c.file_name, file.c.row_count, file.c.held_back, file.c.created_at)
                .where(file.c.campaign_year == year)
                .order_by(file.c.id.desc())
                .limit(1)
            )
            .mappings()
            .first()
            or {}
        ),
        "assets": [dict(row) for row in conn.execute(_select_last_runs(year)).mappings()],
    }


def _select_last_runs(year: int) -> sa.Select[Any]:
    """Select the last run of each asset of the year and of the assets for all years."""
    log = sync_log.c
    newest = (
        sa.select(sa.func.max(log.id))
        .where(sa.or_(log.campaign_year == year, log.campaign_year.is_(None)))
        .group_by(log.asset)
    )
    return (
        sa.select(log.asset, log.status, log.rows_out, log.finished_at, log.error)
        .where(log.id.in_(newest))
        .order_by(log.asset)
    )


def _count_by(
    conn: sa.Connection, column: sa.ColumnElement[Any], *conditions: sa.ColumnElement[bool]
) -> dict[str, int]:
    query = sa.select(column, sa.func.count()).where(*conditions).group_by(column).order_by(column)
    return {row[0]: row[1] for row in conn.execute(query)}
