"""Read the records of a mentor's timeline (`rules.timeline`), also those under an earlier MN id of the same person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.contacts.names import read_contact_names
from mentorsync_pipeline.db.tables import (
    campaign_messages,
    message_campaigns,
    mn_changes,
    sync_decisions,
)
from mentorsync_pipeline.domain.vocabulary import CONTACT_CONFLICTS
from mentorsync_pipeline.mentors.detail import MentorRecord
from mentorsync_pipeline.mentors.rules.timeline import Event, History, make_timeline

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The events of a mentor, newest first, and the names of the contacts in them by id."""

    events: tuple[Event, ...]
    contact_names: Mapping[int, str]


def read_timeline(conn: sa.Connection, record: MentorRecord) -> Timeline:
    """Read the timeline of a mentor (`detail.read_mentor_record`)."""
    row = record.row
    year = row["campaign_year"]
    periods = _read_periods(conn, year, row["mn_id"])
    events = make_timeline(
        History(
            contact_id=row["gb_contact_id"],
            signups=[signup for signup in record.signups if signup["use"] in ("used", "replaced", "deleted")],
            entries=[{"form": entry["title"], "created_at": entry["created_at"]} for entry in record.entries],
            changes=_read_rows(conn, mn_changes, mn_changes.c.detected_at, year, periods),
            decisions=_read_rows(conn, sync_decisions, sync_decisions.c.decided_at, year, periods),
            conflicts=record.conflicts,
            records=record.records,
            messages=_read_messages(conn, year, row["mn_id"]),
            archived=record.archived,
            errors=record.errors,
        )
    )
    return Timeline(events=events, contact_names=read_contact_names(conn, _find_contact_ids(events)))


def _read_periods(conn: sa.Connection, year: int, mn_id: str) -> list[tuple[str, datetime | None]]:
    """Return the MN ids of the person, newest first, each with the time at which the next one replaced it."""
    c = mn_changes.c
    periods: list[tuple[str, datetime | None]] = [(mn_id, None)]
    while True:
        current, until = periods[-1]
        query = (
            sa.select(c.old_value, c.detected_at)
            .where(c.campaign_year == year, c.mn_id == current, c.field == "mn_id")
            .where(*([] if until is None else [c.detected_at < until]))
            .order_by(c.id.desc())
        )
        change = conn.execute(query).first()
        if change is None or change.old_value in {known for known, _ in periods}:
            return periods
        periods.append((change.old_value, change.detected_at))


def _read_rows(
    conn: sa.Connection,
    table: sa.Table,
    at: sa.Column[datetime],
    year: int,
    periods: Iterable[tuple[str, datetime | None]],
) -> list[Row]:
    """Read the rows of a table under each MN id of the person, by the time at which they were made."""
    c = table.c
    in_period = sa.or_(
        *(c.mn_id == known if until is None else sa.and_(c.mn_id == known, at < until) for known, until in periods)
    )
    query = sa.select(table).where(c.campaign_year == year, in_period).order_by(c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def _read_messages(conn: sa.Connection, year: int, mn_id: str) -> list[Row]:
    """Read the campaigns with a message for the mentor, each with its last application."""
    c, message = message_campaigns.c, campaign_messages.c
    last = (
        sa.select(c.name, c.applied_at, c.applied_by, c.cleared_by)
        .ext(pg.distinct_on(c.name))
        .where(c.campaign_year == year)
        .order_by(c.name, c.applied_at.desc())
        .subquery("last")
    )
    query = (
        sa.select(
            message.campaign,
            sa.func.array_agg(pg.aggregate_order_by(message.message_column, message.message_column)).label("columns"),
            last.c.applied_at,
            last.c.applied_by,
            message.emptied_at,
            last.c.cleared_by,
        )
        .join_from(campaign_messages, last, last.c.name == message.campaign)
        .where(message.campaign_year == year, message.mn_id == mn_id)
        .group_by(message.campaign, last.c.applied_at, last.c.applied_by, message.emptied_at, last.c.cleared_by)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def _find_contact_ids(events: Iterable[Event]) -> set[int]:
    ids: set[Any] = set()
    for event in events:
        if event.kind in ("added", "linked", "relinked", "unlinked", "archived", "restored"):
            ids |= {event.values.get("contact_id"), event.values.get("before")}
        elif event.values.get("conflict_type") in CONTACT_CONFLICTS:
            ids.add(event.values.get("value"))
    return {value for value in ids if isinstance(value, int)}
