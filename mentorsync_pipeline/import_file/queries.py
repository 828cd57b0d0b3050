"""Queries of `mn_gb_import` and `gb_import_files`, and of the current contacts for the linter."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.contacts.unread_contacts import read_unread_contacts
from mentorsync_pipeline.db.filters import is_any_of
from mentorsync_pipeline.db.load_order import read_last_load
from mentorsync_pipeline.db.row_records import read_dicts
from mentorsync_pipeline.db.tables import (
    campaign_messages,
    gb_import_files,
    mentors,
    mn_gb_import,
    raw_gb_full_contacts,
)
from mentorsync_pipeline.db.tables.messages import TABLE_COLUMNS
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.givebutter_values import NO
from mentorsync_pipeline.domain.import_columns import CONTACT_ID, EXTERNAL_ID, IMPORT_COLUMNS, SUBSCRIPTIONS
from mentorsync_pipeline.import_file.rejection_store import read_rejected_options
from mentorsync_pipeline.import_file.rules.import_rows import ImportRow
from mentorsync_pipeline.import_file.rules.linter import ContactState, CurrentContacts
from mentorsync_pipeline.mentors.year_data import read_known_contacts
from mentorsync_pipeline.messages.queries import list_further_columns
from mentorsync_pipeline.messages.rules.texts import choose_message_cell

_CONTACT_ID = re.compile(r"[0-9]{1,18}")


def to_table_row(row: ImportRow, messages: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of `mn_gb_import` without the two message columns, which only `messages.apply` writes.

    Args:
        messages: texts of further message columns by label; they are stored in `custom_fields`.

    """
    return {"mn_id": row.mn_id, "custom_fields": {**row.custom_fields, **messages}, **row.cells}


def read_import_rows(conn: sa.Connection, config: CampaignConfig) -> list[ImportRow]:
    """Read the year's rows as they are written to the file.

    `messages.rules.texts.choose_message_cell` decides the message cells.
    """
    year, further = config.campaign_year, set(list_further_columns(config).values())
    rows = read_dicts(conn, sa.select(mn_gb_import).where(mn_gb_import.c.campaign_year == year))
    present_messages, written_columns = _read_present_messages(conn, config), _read_message_columns(conn, year)
    return [
        ImportRow(
            mn_id=row["mn_id"],
            cells={name: row[name] for name in IMPORT_COLUMNS},
            messages={
                label: choose_message_cell(
                    row[TABLE_COLUMNS[column]] if column in TABLE_COLUMNS else row["custom_fields"].get(label),
                    is_ours=(row["mn_id"], column) in written_columns,
                    present=present_messages.get((row["mn_id"], column)),
                    cleared_text=config.message_cleared_text,
                )
                for column, label in config.message_columns.items()
            },
            custom_fields={label: text for label, text in row["custom_fields"].items() if label not in further},
            where=row["mn_id"],
        )
        for row in rows
    ]


def _read_message_columns(conn: sa.Connection, year: int) -> set[tuple[str, str]]:
    """Read the (MN id, message column) pairs that a message campaign has ever written."""
    messages = campaign_messages
    rows = conn.execute(sa.select(messages.c.mn_id, messages.c.message_column).where(messages.c.campaign_year == year))
    return {(row.mn_id, row.message_column) for row in rows}


def _read_present_messages(conn: sa.Connection, config: CampaignConfig) -> dict[tuple[str, str], str]:
    """Read the present texts of the message fields in Givebutter, by (MN id, message column)."""
    fields, columns = raw_gb_full_contacts.c.custom_fields, config.message_columns
    rows = conn.execute(
        sa.select(mentors.c.mn_id, *(fields[label].astext.label(column) for column, label in columns.items()))
        .join(raw_gb_full_contacts, raw_gb_full_contacts.c.contact_id == mentors.c.gb_contact_id)
        .where(
            mentors.c.campaign_year == config.campaign_year,
            sa.or_(*(fields.has_key(label) for label in columns.values())),
        )
    ).mappings()
    return {(row["mn_id"], column): row[column] for row in rows for column in columns if row[column]}


def read_current_contacts(conn: sa.Connection, config: CampaignConfig, rows: Sequence[ImportRow]) -> CurrentContacts:
    """Read what the linter needs to know about the External IDs, contact ids and subscriptions in these rows."""
    table = raw_gb_full_contacts
    updated_ids = {
        int(text) for row in rows if (text := row.cells[CONTACT_ID]) is not None and _CONTACT_ID.fullmatch(text)
    }
    holders = contact_queries.read_external_id_holders(
        conn, {text for row in rows if (text := row.cells[EXTERNAL_ID]) is not None}
    )
    is_archived = table.c.archived_at.is_not(None).label("archived")
    contact_rows = conn.execute(
        sa.select(table.c.contact_id, is_archived).where(
            is_any_of(table.c.contact_id, {*updated_ids, *holders.values()})
        )
    )
    archived = {row.contact_id: row.archived for row in contact_rows}
    known = read_known_contacts(conn, config, updated_ids)
    return CurrentContacts(
        holders=holders,
        contact_ids=frozenset(contact_id for contact_id, is_gone in archived.items() if not is_gone),
        archived_ids=frozenset(contact_id for contact_id, is_gone in archived.items() if is_gone),
        states={contact_id: ContactState.of_contact(contact) for contact_id, contact in known.items()},
        unsubscribed=_read_unsubscribed(conn, config.campaign_year),
        unread=read_unread_contacts(conn),
        rejected_options=read_rejected_options(conn, config.campaign_year),
    )


def _read_unsubscribed(conn: sa.Connection, year: int) -> dict[str, frozenset[str]]:
    """Read, by MN id, the subscription columns that are No in the year's import rows."""
    rows = conn.execute(
        sa.select(mn_gb_import.c.mn_id, *(mn_gb_import.c[column] for column in SUBSCRIPTIONS)).where(
            mn_gb_import.c.campaign_year == year
        )
    ).mappings()
    return {row["mn_id"]: frozenset(column for column in SUBSCRIPTIONS if row[column] == NO) for row in rows}


def read_unseen_download(conn: sa.Connection, year: int) -> datetime | None:
    """Return when the year's newest import file was written, if the contact data was taken before that, else None."""
    file, load = gb_import_files.c, read_last_load(conn)
    is_seen = sa.false() if load is None else load.is_after(file.created_at, file.sync_log_id)
    newest = conn.execute(
        sa.select(file.created_at, is_seen.label("is_seen"))
        .where(file.campaign_year == year)
        .order_by(file.id.desc())
        .limit(1)
    ).first()
    return None if newest is None or newest.is_seen else newest.created_at
