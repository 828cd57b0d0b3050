"""Campaign messages in the database: `message_campaigns`, `campaign_messages` and the cells of `mn_gb_import`.

Messages change `mn_gb_import` by one statement, in `fill_import_rows`: it sets the message columns of existing rows and
nothing else. tests/messages/test_writes.py records every statement of applying, clearing and refreshing campaigns, and
compares all tables before and after. Column privileges would need a second database role, which a hosted server may
not allow; triggers would need the labels of a year's further message columns, which are configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from mentorsync_pipeline.contacts.queries import contacts_as_of
from mentorsync_pipeline.db.diff_write import Diff, sync_rows
from mentorsync_pipeline.db.records import record
from mentorsync_pipeline.db.tables import (
    campaign_messages,
    gb_import_files,
    mentors,
    message_campaigns,
    mn_gb_import,
    raw_gb_full_contacts,
)
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.import_columns import EMAIL_MESSAGE, TEXT_MESSAGE
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.messages.files import MessageFile, MessageNotFoundError
from mentorsync_pipeline.messages.rules.campaign_file import Campaign, MessageInvalidError, parse
from mentorsync_pipeline.messages.rules.recipients import Recipient, recipient
from mentorsync_pipeline.messages.rules.texts import SOURCE_TABLE, Cell, is_left_over

# The message columns that are columns of `mn_gb_import`; further ones are in its `custom_fields`, by label.
TABLE_COLUMNS: Mapping[str, str] = {"text": TEXT_MESSAGE, "email": EMAIL_MESSAGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCampaign:
    """A campaign in force, as it was applied; `campaign` is None when it cannot be parsed any more."""

    name: str
    file_name: str
    sha256: str
    message_columns: tuple[str, ...]
    applied_by: str
    applied_at: datetime
    campaign: Campaign | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedBy:
    """Who applies or clears a campaign, when, and the row of `sync_log` of the run."""

    by: str
    now: datetime
    log_id: int


def active_campaigns(conn: sa.Connection, config: CampaignConfig) -> tuple[ActiveCampaign, ...]:
    """The campaigns of a year that are in force, in the order in which they were applied."""
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
            campaign=_parse(row, config),
        )
        for row in rows
    )


def activate(conn: sa.Connection, file: MessageFile, campaign: Campaign, who: ChangedBy) -> bool:
    """Record that a file's campaign is in force, in place of an older text of the same name.

    Returns whether anything changed: the same file applied twice is recorded once.
    """
    table = message_campaigns
    present = conn.execute(
        sa.select(table.c.id, table.c.sha256).where(
            table.c.campaign_year == campaign.year, table.c.name == campaign.name, table.c.cleared_at.is_(None)
        )
    ).first()
    if present is not None:
        if present.sha256 == file.sha256:
            return False
        _end(conn, table.c.id == present.id, who)
    conn.execute(
        sa.insert(table).values(
            campaign_year=campaign.year,
            name=campaign.name,
            file_name=file.file_name,
            source=file.content,
            sha256=file.sha256,
            message_columns=list(campaign.columns),
            applied_by=who.by,
            applied_at=who.now,
            sync_log_id=who.log_id,
        )
    )
    return True


def deactivate(conn: sa.Connection, year: int, name: str, who: ChangedBy) -> bool:
    """Record that a campaign is not in force any more; returns whether it was in force.

    Raises MessageNotFoundError for a name that was never applied in this year.
    """
    table = message_campaigns
    named = sa.and_(table.c.campaign_year == year, table.c.name == name)
    if not conn.execute(sa.select(sa.exists().where(named))).scalar_one():
        in_force = sa.select(table.c.name).where(table.c.campaign_year == year, table.c.cleared_at.is_(None))
        known = ", ".join(sorted(conn.execute(in_force).scalars())) or "none"
        raise MessageNotFoundError(f"No campaign {name} was applied in {year}.", f"In force are: {known}.")
    return _end(conn, sa.and_(named, table.c.cleared_at.is_(None)), who) > 0


def find_applied(conn: sa.Connection, name: str, year: int | None = None) -> tuple[str, int]:
    """The exact name and the year of an applied campaign, by its name or its file's.

    Raises MessageNotFoundError when none was applied, or several and the year does not tell them apart.
    """
    table = message_campaigns
    wanted = name.strip().casefold()
    rows = conn.execute(
        sa.select(
            table.c.name, table.c.file_name, table.c.campaign_year, table.c.cleared_at.is_(None).label("active")
        ).where(sa.true() if year is None else table.c.campaign_year == year)
    ).all()
    named = [row for row in rows if wanted in map(str.casefold, (row.name, row.file_name, Path(row.file_name).stem))]
    matches = {(row.name, row.campaign_year) for row in named if row.active} or {
        (row.name, row.campaign_year) for row in named
    }
    if len(matches) == 1:
        return next(iter(matches))
    if matches:
        several = ", ".join(f"{exact} {of_year}" for exact, of_year in sorted(matches))
        raise MessageNotFoundError(f"{name} may be several campaigns: {several}.", "Give its name and --year.")
    in_force = ", ".join(sorted({row.name for row in rows if row.active})) or "none"
    raise MessageNotFoundError(f"No campaign {name} was applied.", f"In force are: {in_force}.")


def recipients(conn: sa.Connection, config: CampaignConfig, zone: tzinfo) -> list[Recipient]:
    """The year's mentors with the values that campaigns may use, by MN id."""
    names = {field.name for field in fields(Mentor)} - {"provenance"}
    rows = conn.execute(
        sa.select(*(mentors.c[name] for name in sorted(names)))
        .where(mentors.c.campaign_year == config.campaign_year)
        .order_by(mentors.c.mn_id)
    ).mappings()
    return [recipient(record(Mentor, row), config, zone) for row in rows]


def importable_mentors(conn: sa.Connection, year: int) -> frozenset[str]:
    """The mentors who have a row in the import, and so get their messages with the next file."""
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
    """Make the year's messages equal to `cells` (campaign and text by cell); a cell that had a message is emptied.

    Returns what changed in `campaign_messages`, and how many rows of `mn_gb_import` changed.
    """
    table, year = campaign_messages, config.campaign_year
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
    return diff, fill_import_rows(conn, config)


def fill_import_rows(conn: sa.Connection, config: CampaignConfig) -> int:
    """Set the message columns of the year's import rows to the contents of `campaign_messages`.

    The only statement by which messages change `mn_gb_import`. Returns the number of rows changed.
    """
    rows, messages = mn_gb_import, campaign_messages
    of_row = sa.and_(messages.c.campaign_year == rows.c.campaign_year, messages.c.mn_id == rows.c.mn_id)
    # One look-up by key for each cell: the tables may be new in this transaction, without statistics for the planner.
    values: dict[sa.Column[Any], sa.ColumnElement[Any]] = {
        rows.c[name]: sa.select(messages.c.content).where(of_row, messages.c.message_column == column).scalar_subquery()
        for column, name in TABLE_COLUMNS.items()
    }
    further = further_columns(config)
    if further:
        label = sa.case(further, value=messages.c.message_column)
        contents = (
            sa.select(sa.func.jsonb_object_agg(label, messages.c.content))
            .where(of_row, messages.c.message_column.in_(further), messages.c.content.is_not(None))
            .scalar_subquery()
        )
        others = rows.c.custom_fields.op("-")(sa.cast(list(further.values()), ARRAY(sa.Text)))
        values[rows.c.custom_fields] = others.op("||")(sa.func.coalesce(contents, sa.cast(sa.literal("{}"), JSONB)))
    differs = sa.or_(*(cell.is_distinct_from(value) for cell, value in values.items()))
    return conn.execute(
        sa.update(rows).where(rows.c.campaign_year == config.campaign_year, differs).values(values)
    ).rowcount


def further_columns(config: CampaignConfig) -> dict[str, str]:
    """The labels of the message columns that are in `custom_fields` of an import row, by name."""
    return {name: label for name, label in config.message_columns.items() if name not in TABLE_COLUMNS}


def further_messages(conn: sa.Connection, config: CampaignConfig) -> dict[str, dict[str, str]]:
    """The messages in further columns: by mentor, the text by label."""
    labels, messages = further_columns(config), campaign_messages
    rows = conn.execute(
        sa.select(messages.c.mn_id, messages.c.message_column, messages.c.content).where(
            messages.c.campaign_year == config.campaign_year,
            messages.c.message_column.in_(labels),
            messages.c.content.is_not(None),
        )
    )
    found: dict[str, dict[str, str]] = {}
    for row in rows if labels else ():
        found.setdefault(row.mn_id, {})[labels[row.message_column]] = row.content
    return found


def left_over_messages(conn: sa.Connection, config: CampaignConfig) -> list[WarningFinding]:
    """Warn of messages that Givebutter still shows although a file that clears them was built before its data."""
    messages, file, year = campaign_messages, gb_import_files, config.campaign_year
    emptied = sa.and_(messages.c.campaign_year == year, messages.c.content.is_(None))
    since = sa.exists().where(file.c.campaign_year == year, file.c.created_at > messages.c.emptied_at)
    if not conn.execute(sa.select(sa.exists().where(emptied, since))).scalar_one():
        return []
    left = since.where(file.c.created_at < contacts_as_of(conn))
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
        .where(emptied, left)
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
        if is_left_over(row.shown, config.message_cleared_text)
    ]


def _end(conn: sa.Connection, which: sa.ColumnElement[bool], who: ChangedBy) -> int:
    ended = sa.update(message_campaigns).where(which).values(cleared_by=who.by, cleared_at=who.now)
    return conn.execute(ended).rowcount


def _parse(row: sa.RowMapping, config: CampaignConfig) -> Campaign | None:
    """The campaign, None when its text cannot be parsed or a column is not configured any more."""
    try:
        campaign = parse(row["source"], file_name=row["file_name"])
    except MessageInvalidError:
        return None
    return campaign if set(campaign.columns) <= set(config.message_columns) else None
