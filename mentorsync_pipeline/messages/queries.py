"""Campaign messages in the database: `message_campaigns`, `campaign_messages` and the cells of `mn_gb_import`.

Only `fill_import_rows` changes `mn_gb_import`: it sets the message columns of existing rows.
tests/messages/test_writes.py records all statements of applying, clearing and refreshing campaigns and compares all
tables before and after. Column privileges would need a second database role, which a hosted server may not allow.
Triggers would need the labels of a year's further message columns, which are configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from mentorsync_pipeline.contacts.queries import read_contacts_as_of
from mentorsync_pipeline.db.diff_write import Diff, sync_rows
from mentorsync_pipeline.db.row_records import read_dicts, record
from mentorsync_pipeline.db.tables import (
    campaign_messages,
    gb_import_files,
    mentors,
    message_campaigns,
    mn_gb_import,
    raw_gb_full_contacts,
)
from mentorsync_pipeline.db.tables.messages import TABLE_COLUMNS
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.messages.message_folder import MessageFile, MessageNotFoundError
from mentorsync_pipeline.messages.rules.campaign_file import Campaign, MessageInvalidError, parse
from mentorsync_pipeline.messages.rules.recipients import Recipient, build_recipient, rank_mentors
from mentorsync_pipeline.messages.rules.texts import SOURCE_TABLE, Cell, is_leftover_message


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCampaign:
    """A campaign in force. `campaign` is None when its text can no longer be parsed."""

    name: str
    file_name: str
    sha256: str
    message_columns: tuple[str, ...]
    applied_by: str
    applied_at: datetime
    campaign: Campaign | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedBy:
    """Person who applies or clears a campaign, time, and id of the run's row in `sync_log`."""

    by: str
    now: datetime
    log_id: int


def read_active_campaigns(conn: sa.Connection, config: CampaignConfig) -> tuple[ActiveCampaign, ...]:
    """Read the campaigns of a year that are in force, in the order in which they were applied."""
    table = message_campaigns
    rows = conn.execute(
        sa.select(table)
        .where(table.c.campaign_year == config.campaign_year, table.c.cleared_at.is_(None))
        .order_by(table.c.id)
    ).mappings()
    return tuple(
        ActiveCampaign(
            name=row["name"],
            file_name=row["file_name"],
            sha256=row["sha256"],
            message_columns=tuple(row["message_columns"]),
            applied_by=row["applied_by"],
            applied_at=row["applied_at"],
            campaign=_parse_campaign(row, config),
        )
        for row in rows
    )


def activate_campaign(conn: sa.Connection, file: MessageFile, campaign: Campaign, changed_by: ChangedBy) -> bool:
    """Record that a file's campaign is in force and replaces an older text of the same name.

    Returns False if the same file is in force already.
    """
    table = message_campaigns
    current = conn.execute(
        sa.select(table.c.id, table.c.sha256).where(
            table.c.campaign_year == campaign.year, table.c.name == campaign.name, table.c.cleared_at.is_(None)
        )
    ).first()
    if current is not None:
        if current.sha256 == file.sha256:
            return False
        _end_campaigns(conn, table.c.id == current.id, changed_by)
    conn.execute(
        sa.insert(table).values(
            campaign_year=campaign.year,
            name=campaign.name,
            file_name=file.file_name,
            source=file.content,
            sha256=file.sha256,
            message_columns=list(campaign.columns),
            applied_by=changed_by.by,
            applied_at=changed_by.now,
            sync_log_id=changed_by.log_id,
        )
    )
    return True


def deactivate_campaign(conn: sa.Connection, year: int, name: str, changed_by: ChangedBy) -> bool:
    """Record that a campaign is no longer in force; return whether it was in force.

    Raises MessageNotFoundError when no campaign of this name was ever applied in the year.
    """
    table = message_campaigns
    is_named = sa.and_(table.c.campaign_year == year, table.c.name == name)
    if not conn.execute(sa.select(sa.exists().where(is_named))).scalar_one():
        in_force = sa.select(table.c.name).where(table.c.campaign_year == year, table.c.cleared_at.is_(None))
        names = ", ".join(sorted(conn.execute(in_force).scalars())) or "none"
        raise MessageNotFoundError(f"No campaign {name} was applied in {year}.", f"Campaigns in force: {names}.")
    return _end_campaigns(conn, sa.and_(is_named, table.c.cleared_at.is_(None)), changed_by) > 0


def find_applied_campaign(conn: sa.Connection, name: str, year: int | None = None) -> tuple[str, int]:
    """Return the exact name and the year of an applied campaign, found by its name or its file's name.

    Raises MessageNotFoundError when no campaign, or more than one campaign of the year, has the name.
    """
    table = message_campaigns
    key = name.strip().casefold()
    rows = conn.execute(
        sa.select(
            table.c.name, table.c.file_name, table.c.campaign_year, table.c.cleared_at.is_(None).label("active")
        ).where(sa.true() if year is None else table.c.campaign_year == year)
    ).all()
    named = [row for row in rows if key in map(str.casefold, (row.name, row.file_name, Path(row.file_name).stem))]
    matches = {(row.name, row.campaign_year) for row in named if row.active} or {
        (row.name, row.campaign_year) for row in named
    }
    if len(matches) == 1:
        return next(iter(matches))
    if matches:
        candidates = ", ".join(f"{exact_name} {campaign_year}" for exact_name, campaign_year in sorted(matches))
        raise MessageNotFoundError(
            f"{name} is the name of several campaigns: {candidates}.", "Use the exact name and --year."
        )
    in_force = ", ".join(sorted({row.name for row in rows if row.active})) or "none"
    raise MessageNotFoundError(f"No campaign {name} was applied.", f"Campaigns in force: {in_force}.")


def read_recipients(conn: sa.Connection, config: CampaignConfig, zone: tzinfo) -> list[Recipient]:
    """Read the year's mentors with the values that campaigns may use, sorted by MN id."""
    names = {field.name for field in fields(Mentor)} - {"provenance"}
    query = (
        sa.select(*(mentors.c[name] for name in sorted(names)))
        .where(mentors.c.campaign_year == config.campaign_year)
        .order_by(mentors.c.mn_id)
    )
    people = [record(Mentor, row) for row in read_dicts(conn, query)]
    ranks = rank_mentors(people)
    return [build_recipient(mentor, config, zone, rank=ranks.get(mentor.mn_id)) for mentor in people]


def read_importable_mentors(conn: sa.Connection, year: int) -> frozenset[str]:
    """Read the MN ids of mentors with an import row: they get their messages with the next file."""
    return frozenset(
        conn.execute(sa.select(mn_gb_import.c.mn_id).where(mn_gb_import.c.campaign_year == year)).scalars()
    )


def write_messages(
    conn: sa.Connection,
    config: CampaignConfig,
    cells: Mapping[Cell, tuple[str, str]],
    *,
    now: datetime,
    log_id: int,
) -> tuple[Diff, int]:
    """Replace the year's messages by `cells` (campaign and text by cell); other cells are emptied.

    Returns the changes in `campaign_messages` and the number of changed rows in `mn_gb_import`.
    """
    table, year = campaign_messages, config.campaign_year
    current_cells = {
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
        for (mn_id, column), row in current_cells.items()
        if (mn_id, column) not in cells
    ]
    diff = sync_rows(conn, table, rows, scope={"campaign_year": year}, log_id=log_id)
    return diff, fill_import_rows(conn, config)


def fill_import_rows(conn: sa.Connection, config: CampaignConfig) -> int:
    """Set the message columns of the year's import rows to the contents of `campaign_messages`.

    The only statement by which messages change `mn_gb_import`. Returns the number of rows changed.
    """
    rows, messages = mn_gb_import, campaign_messages
    belongs_to_row = sa.and_(messages.c.campaign_year == rows.c.campaign_year, messages.c.mn_id == rows.c.mn_id)
    # A subquery by key for each cell, because new tables have no statistics for the planner yet.
    values: dict[sa.Column[Any], sa.ColumnElement[Any]] = {
        rows.c[name]: sa.select(messages.c.content)
        .where(belongs_to_row, messages.c.message_column == column)
        .scalar_subquery()
        for column, name in TABLE_COLUMNS.items()
    }
    further_labels = list_further_columns(config)
    if further_labels:
        label = sa.case(further_labels, value=messages.c.message_column)
        contents = (
            sa.select(sa.func.jsonb_object_agg(label, messages.c.content))
            .where(belongs_to_row, messages.c.message_column.in_(further_labels), messages.c.content.is_not(None))
            .scalar_subquery()
        )
        other_fields = rows.c.custom_fields.op("-")(sa.cast(list(further_labels.values()), ARRAY(sa.Text)))
        values[rows.c.custom_fields] = other_fields.op("||")(
            sa.func.coalesce(contents, sa.cast(sa.literal("{}"), JSONB))
        )
    is_changed = sa.or_(*(cell.is_distinct_from(value) for cell, value in values.items()))
    return conn.execute(
        sa.update(rows).where(rows.c.campaign_year == config.campaign_year, is_changed).values(values)
    ).rowcount


def list_further_columns(config: CampaignConfig) -> dict[str, str]:
    """Return the labels, by name, of the message columns that are stored in `custom_fields`."""
    return {name: label for name, label in config.message_columns.items() if name not in TABLE_COLUMNS}


def read_further_messages(conn: sa.Connection, config: CampaignConfig) -> dict[str, dict[str, str]]:
    """Read the messages in further columns: texts by label, by MN id."""
    labels, messages = list_further_columns(config), campaign_messages
    rows = conn.execute(
        sa.select(messages.c.mn_id, messages.c.message_column, messages.c.content).where(
            messages.c.campaign_year == config.campaign_year,
            messages.c.message_column.in_(labels),
            messages.c.content.is_not(None),
        )
    )
    texts: dict[str, dict[str, str]] = {}
    for row in rows if labels else ():
        texts.setdefault(row.mn_id, {})[labels[row.message_column]] = row.content
    return texts


def find_leftover_messages(conn: sa.Connection, config: CampaignConfig) -> list[WarningFinding]:
    """Return a warning for each message that Givebutter still shows after a file that cleared it."""
    messages, file, year = campaign_messages, gb_import_files, config.campaign_year
    is_emptied = sa.and_(messages.c.campaign_year == year, messages.c.content.is_(None))
    has_later_file = sa.exists().where(file.c.campaign_year == year, file.c.created_at > messages.c.emptied_at)
    if not conn.execute(sa.select(sa.exists().where(is_emptied, has_later_file))).scalar_one():
        return []
    outdated = has_later_file.where(file.c.created_at < read_contacts_as_of(conn))
    shown = sa.case(
        {
            column: raw_gb_full_contacts.c.custom_fields[label].astext
            for column, label in config.message_columns.items()
        },
        value=messages.c.message_column,
    ).label("shown")
    rows = conn.execute(
        sa.select(messages.c.mn_id, messages.c.message_column, mentors.c.gb_contact_id, shown)
        .join(
            mentors, sa.and_(mentors.c.campaign_year == messages.c.campaign_year, mentors.c.mn_id == messages.c.mn_id)
        )
        .join(raw_gb_full_contacts, raw_gb_full_contacts.c.contact_id == mentors.c.gb_contact_id)
        .where(is_emptied, outdated)
        .order_by(messages.c.mn_id, messages.c.message_column)
    )
    return [
        WarningFinding(
            warning_type="stale_data",
            subject=f"{row.mn_id}:{row.message_column}",
            message=f"Contact {row.gb_contact_id} still shows an old message in "
            f"{config.message_columns[row.message_column]}. Import the newest file, or empty the field in Givebutter "
            "by hand.",
            source_table=SOURCE_TABLE,
            mn_id=row.mn_id,
        )
        for row in rows
        if is_leftover_message(row.shown, config.message_cleared_text)
    ]


def _end_campaigns(conn: sa.Connection, condition: sa.ColumnElement[bool], changed_by: ChangedBy) -> int:
    statement = (
        sa.update(message_campaigns).where(condition).values(cleared_by=changed_by.by, cleared_at=changed_by.now)
    )
    return conn.execute(statement).rowcount


def _parse_campaign(row: sa.RowMapping, config: CampaignConfig) -> Campaign | None:
    """Parse the campaign; None when its text is invalid or a column is no longer configured."""
    try:
        campaign = parse(row["source"], file_name=row["file_name"])
    except MessageInvalidError:
        return None
    return campaign if set(campaign.columns) <= set(config.message_columns) else None
