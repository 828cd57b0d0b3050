"""Which campaigns of a year are in force: the table `message_campaigns` (rulebook section 13)."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import message_campaigns
from mentorsync_pipeline.messages.files import MessageFile, MessageNotFoundError
from mentorsync_pipeline.messages.rules.error import MessageInvalidError
from mentorsync_pipeline.messages.rules.file import Campaign, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """A campaign in force, as it was applied; `campaign` is None when this version cannot read it any more."""

    name: str
    file_name: str
    sha256: str
    message_columns: tuple[str, ...]
    applied_by: str
    applied_at: datetime
    campaign: Campaign | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """In whose name something is applied or cleared, when, and by which `sync_log` row."""

    by: str
    now: datetime
    log_id: int


def active(conn: sa.Connection, year: int) -> tuple[Active, ...]:
    """The campaigns of a year that are in force, in the order in which they were applied."""
    table = message_campaigns
    rows = conn.execute(
        sa.select(table).where(table.c.campaign_year == year, table.c.cleared_at.is_(None)).order_by(table.c.id)
    ).mappings()
    return tuple(
        Active(
            name=row["name"],
            file_name=row["file_name"],
            sha256=row["sha256"],
            message_columns=tuple(row["message_columns"]),
            applied_by=row["applied_by"],
            applied_at=row["applied_at"],
            campaign=_read(row),
        )
        for row in rows
    )


def put_in_force(conn: sa.Connection, file: MessageFile, who: Who) -> bool:
    """Record that a file's campaign is in force, in place of an older text of the same name.

    Returns whether anything changed: the same file twice is in force once.
    """
    campaign = file.usable()
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


def applied_as(conn: sa.Connection, name: str, year: int | None = None) -> tuple[str, int]:
    """The exact name and the year of a campaign that was applied, as a person may call it: by its name or its file's.

    Raises MessageNotFoundError when none was, or several and the year does not tell them apart.
    """
    table = message_campaigns
    wanted = name.strip().casefold()
    rows = conn.execute(
        sa.select(
            table.c.name, table.c.file_name, table.c.campaign_year, table.c.cleared_at.is_(None).label("active")
        ).where(sa.true() if year is None else table.c.campaign_year == year)
    ).all()
    called = [row for row in rows if wanted in map(str.casefold, (row.name, row.file_name, Path(row.file_name).stem))]
    found = {(row.name, row.campaign_year) for row in called if row.active} or {
        (row.name, row.campaign_year) for row in called
    }
    if len(found) == 1:
        return next(iter(found))
    if found:
        several = ", ".join(f"{one} {of_year}" for one, of_year in sorted(found))
        raise MessageNotFoundError(f"{name} may be several campaigns: {several}.", "Give its name and --year.")
    in_force = ", ".join(sorted({row.name for row in rows if row.active})) or "none"
    raise MessageNotFoundError(f"No campaign {name} was applied.", f"In force are: {in_force}.")


def end(conn: sa.Connection, year: int, name: str, who: Who) -> bool:
    """Take a campaign out of force; returns whether it was in force.

    Raises MessageNotFoundError for a name that was never applied in this year.
    """
    table = message_campaigns
    of_this_name = sa.and_(table.c.campaign_year == year, table.c.name == name)
    if not conn.execute(sa.select(sa.exists().where(of_this_name))).scalar_one():
        known = ", ".join(one.name for one in active(conn, year)) or "none"
        raise MessageNotFoundError(f"No campaign {name} was applied in {year}.", f"In force are: {known}.")
    return _end(conn, sa.and_(of_this_name, table.c.cleared_at.is_(None)), who) > 0


def _end(conn: sa.Connection, which: sa.ColumnElement[bool], who: Who) -> int:
    ended = sa.update(message_campaigns).where(which).values(cleared_by=who.by, cleared_at=who.now)
    return conn.execute(ended).rowcount


def _read(row: sa.RowMapping | dict[str, Any]) -> Campaign | None:
    try:
        return parse(row["source"], file_name=row["file_name"])
    except MessageInvalidError:
        return None
