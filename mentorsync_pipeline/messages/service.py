"""What can be done with campaign messages: list, preview, apply, clear, and say them all anew (rulebook section 13).

For the assets, the command line and the console alike; whoever applies or clears does so in a Dagster run
(`message_orders`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.records import record
from mentorsync_pipeline.db.tables import mentors
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.error_codes import finding
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.messages import columns as message_columns
from mentorsync_pipeline.messages.campaigns import Active, Who, active, end, put_in_force
from mentorsync_pipeline.messages.files import MessageFile, files
from mentorsync_pipeline.messages.rules.columns import Recipient, recipient
from mentorsync_pipeline.messages.rules.file import Campaign, parse
from mentorsync_pipeline.messages.rules.messages import (
    SOURCE_TABLE,
    Outcome,
    Settled,
    collisions,
    outcome,
    settle,
)
from mentorsync_pipeline.messages.rules.preview import Summary, summary

SAMPLES = 3
_IDS_TOLD = 5

State = Literal["new", "in force", "changed", "broken"]


class MessageCollisionError(MentorSyncError):
    """Two campaigns would write the same column of the same mentor."""

    code = "CAMPAIGNS_COLLIDE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A campaign file, or a campaign in force whose file is gone. `problem` says why a file cannot be used."""

    name: str
    file_name: str
    state: State
    year: int | None = None
    description: str | None = None
    columns: tuple[str, ...] = ()
    problem: str | None = None
    applied_by: str | None = None
    applied_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What applying a file would do. `collides_with` gives by other campaign the mentors both would tell something."""

    campaign: str
    year: int
    file_name: str
    sha256: str
    state: State
    columns: tuple[str, ...]
    summary: Summary
    collides_with: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What saying everything anew has done: rows changed, messages by campaign, and what could not be said."""

    diff: Diff
    rows_filled: int
    mentors: int
    by_campaign: dict[str, int]
    errors: tuple[ErrorFinding, ...]
    columns_read: frozenset[str]


def listing(conn: sa.Connection, folder: Path, year: int | None = None) -> list[Listed]:
    """Every campaign file with its state, and what is in force without a file; of one year or of all."""
    years = [year] if year is not None else list(configuration.configured_years(conn, active_only=False))
    in_force = {(one, campaign.name): campaign for one in years for campaign in active(conn, one)}
    listed = []
    for file in files(folder):
        if file.campaign is None:
            listed.append(
                Listed(
                    name=Path(file.file_name).stem, file_name=file.file_name, state="broken", problem=str(file.problem)
                )
            )
        elif year in (None, file.campaign.year):
            listed.append(_listed(file, file.campaign, in_force.pop((file.campaign.year, file.campaign.name), None)))
    return listed + [
        Listed(
            name=one.name,
            file_name=one.file_name,
            state="in force" if one.campaign else "broken",
            year=of_year,
            columns=one.message_columns,
            applied_by=one.applied_by,
            applied_at=one.applied_at,
        )
        for (of_year, _), one in in_force.items()
    ]


def preview(conn: sa.Connection, file: MessageFile, *, zone: tzinfo, samples: int = SAMPLES) -> Preview:
    """What applying a file would do now; nothing is written. Raises MessageInvalidError, ConfigMissingError."""
    year = file.usable().year
    config = configuration.read(conn, year)
    campaign = _checked(file, config)
    people = recipients(conn, config, zone)
    others = _others(conn, campaign)
    limit = config.custom_text_limit
    outcomes = [outcome(one, people, limit=limit) for one in (*others, campaign)]
    present = next((one for one in active(conn, year) if one.name == campaign.name), None)
    importable = message_columns.importable(conn, year)
    return Preview(
        campaign=campaign.name,
        year=year,
        file_name=file.file_name,
        sha256=file.sha256,
        state=_state(file, present),
        columns=campaign.columns,
        summary=summary(outcomes[-1], settle(outcomes), importable, mentors=len(people), samples=samples, limit=limit),
        collides_with=_collides_with(outcomes, campaign.name),
    )


def apply(conn: sa.Connection, file: MessageFile, config: CampaignConfig, who: Who, *, zone: tzinfo) -> bool:
    """Put a file's campaign in force, in the caller's transaction; `say` then writes what it says.

    Returns whether that is new. Raises MessageInvalidError, and MessageCollisionError when a mentor would be told two
    things in one column; nothing is written then.
    """
    campaign = _checked(file, config)
    people = recipients(conn, config, zone)
    outcomes = [outcome(one, people, limit=config.custom_text_limit) for one in (*_others(conn, campaign), campaign)]
    hit = _collides_with(outcomes, campaign.name)
    if hit:
        told = "; ".join(f"{other} for {_told(ids)}" for other, ids in sorted(hit.items()))
        raise MessageCollisionError(
            f"{campaign.name} would write a column that another campaign writes: {told}.",
            "Clear that campaign first (mentorsync messages clear), or narrow one of the two audiences.",
        )
    return put_in_force(conn, file, who)


def clear(conn: sa.Connection, config: CampaignConfig, name: str, who: Who) -> bool:
    """Take a campaign out of force, in the caller's transaction; `say` then empties what it had said."""
    return end(conn, config.campaign_year, name, who)


def say(conn: sa.Connection, config: CampaignConfig, *, zone: tzinfo, now: datetime, log_id: int) -> Said:
    """Work out what every campaign in force tells every mentor, and write it (within `messages.write_guard`)."""
    year = config.campaign_year
    people = recipients(conn, config, zone)
    in_force = active(conn, year)
    settled = settle(
        [outcome(one.campaign, people, limit=config.custom_text_limit) for one in in_force if one.campaign]
    )
    diff, filled = message_columns.write(conn, year, settled.cells, now=now, log_id=log_id)
    return Said(
        diff=diff,
        rows_filled=filled,
        mentors=len(people),
        by_campaign={one.name: _messages(settled, one.name) for one in in_force},
        errors=(*(problem.finding() for problem in settled.problems), *_broken(in_force)),
        columns_read=frozenset().union(
            *(one.campaign.variables | one.campaign.audience.columns() for one in in_force if one.campaign)
        ),
    )


def recipients(conn: sa.Connection, config: CampaignConfig, zone: tzinfo) -> list[Recipient]:
    """The year's mentors as campaigns see them, by MN id."""
    names = {field.name for field in fields(Mentor)} - {"provenance"}
    rows = conn.execute(
        sa.select(*(mentors.c[name] for name in sorted(names)))
        .where(mentors.c.campaign_year == config.campaign_year)
        .order_by(mentors.c.mn_id)
    ).mappings()
    return [recipient(record(Mentor, row), config, zone) for row in rows]


def _checked(file: MessageFile, config: CampaignConfig) -> Campaign:
    """The campaign, read again with what the year's select columns can hold."""
    file.usable()
    return parse(file.content, file_name=file.file_name, options=config.custom_field_options)


def _others(conn: sa.Connection, campaign: Campaign) -> list[Campaign]:
    return [one.campaign for one in active(conn, campaign.year) if one.campaign and one.name != campaign.name]


def _collides_with(outcomes: Sequence[Outcome], name: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for mn_id, others in collisions(outcomes).get(name, {}).items():
        for other in others:
            found.setdefault(other, []).append(mn_id)
    return {other: tuple(sorted(ids)) for other, ids in found.items()}


def _told(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - _IDS_TOLD} more" if len(ids) > _IDS_TOLD else ""
    return f"{', '.join(ids[:_IDS_TOLD])}{more}"


def _messages(settled: Settled, name: str) -> int:
    return len({mn_id for (mn_id, _), (campaign, _) in settled.cells.items() if campaign == name})


def _broken(in_force: Sequence[Active]) -> list[ErrorFinding]:
    return [
        finding(
            "MESSAGE_CAMPAIGN_BROKEN",
            subject=f"campaign {one.name}",
            message=f"Campaign {one.name} ({one.file_name}) cannot be read any more.",
            source_table=SOURCE_TABLE,
        )
        for one in in_force
        if one.campaign is None
    ]


def _state(file: MessageFile, present: Active | None) -> State:
    if present is None:
        return "new"
    return "in force" if present.sha256 == file.sha256 else "changed"


def _listed(file: MessageFile, campaign: Campaign, present: Active | None) -> Listed:
    return Listed(
        name=campaign.name,
        file_name=file.file_name,
        state=_state(file, present),
        year=campaign.year,
        description=campaign.description,
        columns=campaign.columns,
        applied_by=present.applied_by if present else None,
        applied_at=present.applied_at if present else None,
    )
