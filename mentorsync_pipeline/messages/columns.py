"""What each mentor is told, in the database: `campaign_messages` and the two columns of `mn_gb_import`.

Write within `messages.write_guard`, so that PostgreSQL itself sees to it that nothing else is changed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts.queries import contacts_as_of
from mentorsync_pipeline.db.diff_write import Diff, sync_rows
from mentorsync_pipeline.db.tables import (
    campaign_messages,
    gb_import_files,
    mentors,
    mn_gb_import,
    raw_gb_full_contacts,
)
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.messages.rules.cells import is_left_over
from mentorsync_pipeline.messages.rules.file import COLUMNS
from mentorsync_pipeline.messages.rules.messages import SOURCE_TABLE, Cell


def write(
    conn: sa.Connection, year: int, cells: Mapping[Cell, tuple[str, str]], *, now: datetime, log_id: int
) -> tuple[Diff, int]:
    """Make the year's messages equal to `cells` (campaign and text by cell); a cell that had a message is emptied.

    Returns what changed in `campaign_messages`, and how many rows of `mn_gb_import` were.
    """
    table = campaign_messages
    known = {
        (row.mn_id, row.message_column): row
        for row in conn.execute(sa.select(table).where(table.c.campaign_year == year))
    }
    rows: list[dict[str, Any]] = [
        {"mn_id": mn_id, "message_column": column, "campaign": campaign, "content": text, "emptied_at": None}
        for (mn_id, column), (campaign, text) in cells.items()
    ]
    rows += [
        {
            "mn_id": mn_id,
            "message_column": column,
            "campaign": row.campaign,
            "content": None,
            "emptied_at": row.emptied_at or now,
        }
        for (mn_id, column), row in known.items()
        if (mn_id, column) not in cells
    ]
    diff = sync_rows(conn, table, rows, scope={"campaign_year": year}, log_id=log_id)
    return diff, fill(conn, year)


def fill(conn: sa.Connection, year: int) -> int:
    """Bring the two columns of the year's import rows to what `campaign_messages` says; returns the rows changed."""
    rows, said = mn_gb_import, campaign_messages
    # One look-up by key for each cell: the tables may be new in this transaction, and the planner know nothing of them.
    wanted = {
        rows.c[name]: sa.select(said.c.content)
        .where(
            said.c.campaign_year == rows.c.campaign_year,
            said.c.mn_id == rows.c.mn_id,
            said.c.message_column == column,
        )
        .scalar_subquery()
        for column, name in COLUMNS.items()
    }
    differs = sa.or_(*(cell.is_distinct_from(text) for cell, text in wanted.items()))
    return conn.execute(sa.update(rows).where(rows.c.campaign_year == year, differs).values(wanted)).rowcount


def importable(conn: sa.Connection, year: int) -> frozenset[str]:
    """The mentors who have a row in the import, and so can be told something."""
    return frozenset(
        conn.execute(sa.select(mn_gb_import.c.mn_id).where(mn_gb_import.c.campaign_year == year)).scalars()
    )


def left_over(conn: sa.Connection, year: int, cleared_text: str) -> list[WarningFinding]:
    """Messages that Givebutter still shows although a file that takes them away has left before its contact data."""
    said, file = campaign_messages, gb_import_files
    emptied = sa.and_(said.c.campaign_year == year, said.c.content.is_(None))
    since = sa.exists().where(file.c.campaign_year == year, file.c.created_at > said.c.emptied_at)
    if not conn.execute(sa.select(sa.exists().where(emptied, since))).scalar_one():
        return []
    left = since.where(file.c.created_at < contacts_as_of(conn))
    shown = sa.case(
        {column: raw_gb_full_contacts.c.custom_fields[label].astext for column, label in COLUMNS.items()},
        value=said.c.message_column,
    ).label("shown")
    rows = conn.execute(
        sa.select(said.c.mn_id, said.c.message_column, mentors.c.gb_contact_id, shown)
        .join(mentors, sa.and_(mentors.c.campaign_year == said.c.campaign_year, mentors.c.mn_id == said.c.mn_id))
        .join(raw_gb_full_contacts, raw_gb_full_contacts.c.contact_id == mentors.c.gb_contact_id)
        .where(emptied, left)
        .order_by(said.c.mn_id, said.c.message_column)
    )
    return [
        WarningFinding(
            warning_type="stale_data",
            subject=f"{row.mn_id}:{row.message_column}",
            message=f"Contact {row.gb_contact_id} still shows an old message in {COLUMNS[row.message_column]}. Import "
            "the newest file, or empty the field in Givebutter by hand.",
            source_table=SOURCE_TABLE,
            mn_id=row.mn_id,
        )
        for row in rows
        if is_left_over(row.shown, cleared_text)
    ]
