"""List, preview, apply and clear message campaigns (rulebook, section 13).

Applying and clearing are runs of the Dagster job `messages`, which call `messages.apply`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Generic, Literal, TypeVar

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.label_lookup import read_present_config
from mentorsync_pipeline.db import audit
from mentorsync_pipeline.db.audited_change import ChangeContext
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.messages.message_folder import (
    MessageFile,
    find_message_file,
    list_message_files,
    parse_for_year,
)
from mentorsync_pipeline.messages.queries import (
    ActiveCampaign,
    find_applied_campaign,
    read_active_campaigns,
    read_importable_mentors,
    read_recipients,
)
from mentorsync_pipeline.messages.rules.campaign_file import Campaign
from mentorsync_pipeline.messages.rules.summary import Summary, summarize
from mentorsync_pipeline.messages.rules.texts import combine_campaigns, fill_campaign, find_campaign_collisions
from mentorsync_pipeline.runtime.run_options import MessageOrder, build_run_config

SAMPLES = 3
# The job and its asset that apply and clear campaigns.
JOB, ASSET = "messages", "campaign_messages"

State = Literal["new", "in force", "changed", "broken"]
Run = TypeVar("Run")


class MessageChangedError(MentorSyncError):
    """The campaign file has changed since it was shown."""

    code = "MESSAGE_CHANGED"

    def __init__(self) -> None:
        super().__init__("The campaign's file has changed since it was shown.", "Preview it again, then apply it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCampaign:
    """A campaign file, or a campaign in force without a file. `problem` is why a file is invalid."""

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
    """Result of applying a file now. `collides_with`: mentors for whom both write a column, by other campaign."""

    campaign: str
    year: int
    file_name: str
    sha256: str
    state: State
    columns: tuple[str, ...]
    summary: Summary
    collides_with: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignOrder:
    """The run that applies or clears a campaign; `run_config` is for the job `messages`."""

    act: Literal["applied", "cleared"]
    campaign: str
    year: int
    run_config: dg.RunConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedOrder(Generic[Run]):
    """An order and its run: the id of a started run, or the report of a finished one."""

    order: CampaignOrder
    run: Run


def list_campaigns(conn: sa.Connection, folder: Path, year: int | None = None) -> list[ListedCampaign]:
    """List campaign files with their states, then campaigns in force without a file; of one year or of all.

    Raises MessageNotFoundError when there is no folder.
    """
    in_force = {
        (of_year, active.name): active
        for of_year in configuration.read_configured_years(conn, active_only=False)
        if year in (None, of_year)
        for active in read_active_campaigns(conn, read_present_config(conn, of_year))
    }
    listed = []
    for file in list_message_files(folder):
        if file.campaign is None:
            name = Path(file.file_name).stem
            problem = str(file.problem)
            listed.append(ListedCampaign(name=name, file_name=file.file_name, state="broken", problem=problem))
        elif year in (None, file.campaign.year):
            active = in_force.pop((file.campaign.year, file.campaign.name), None)
            listed.append(_listed_file(file, file.campaign, active))
    return listed + [
        ListedCampaign(
            name=active.name,
            file_name=active.file_name,
            state="in force" if active.campaign else "broken",
            year=of_year,
            columns=active.message_columns,
            applied_by=active.applied_by,
            applied_at=active.applied_at,
        )
        for (of_year, _), active in in_force.items()
    ]


def preview_campaign(
    conn: sa.Connection, folder: Path, name: str, year: int | None = None, *, zone: tzinfo, samples: int = SAMPLES
) -> Preview:
    """Preview the result of applying a campaign file, without writing anything.

    Args:
        name: the campaign's name, or its file's.
        zone: time zone in which times become days.
        samples: how many messages to include.

    Raises:
        MessageNotFoundError: there is no such file, or there are several.
        MessageInvalidError: the file cannot be used.
        ConfigMissingError: its year has no configuration.

    """
    file = find_message_file(folder, name, year)
    config = read_present_config(conn, file.usable().year)
    campaign = parse_for_year(file, config)
    people = read_recipients(conn, config, zone)
    in_force = read_active_campaigns(conn, config)
    other_campaigns = [active.campaign for active in in_force if active.campaign and active.name != campaign.name]
    outcomes = [fill_campaign(each, people, limit=config.custom_text_limit) for each in (*other_campaigns, campaign)]
    return Preview(
        campaign=campaign.name,
        year=campaign.year,
        file_name=file.file_name,
        sha256=file.sha256,
        state=_state(file, next((active for active in in_force if active.name == campaign.name), None)),
        columns=campaign.columns,
        summary=summarize(
            outcomes[-1],
            combine_campaigns(outcomes),
            read_importable_mentors(conn, campaign.year),
            mentors=len(people),
            samples=samples,
            limit=config.custom_text_limit,
        ),
        collides_with=find_campaign_collisions(outcomes, campaign.name),
    )


def apply_campaign(
    context: ChangeContext,
    folder: Path,
    name: str,
    year: int | None = None,
    *,
    start: Callable[[CampaignOrder], Run],
    seen: str | None = None,
) -> StartedOrder[Run]:
    """Start a run that puts a campaign in force, with an audit entry. Its messages go into the next import file.

    Args:
        context: the database and the person.
        name: the campaign's name, or its file's.
        start: starts the run. If it fails, there is no audit entry.
        seen: `sha256` of the preview that the person looked at.

    Raises:
        MessageNotFoundError: there is no such file, or there are several.
        MessageInvalidError: the file cannot be used.
        MessageChangedError: the file has changed since the preview; no run is started.

    """
    file = find_message_file(folder, name, year)
    if seen is not None and seen != file.sha256:
        raise MessageChangedError
    campaign = file.usable()
    order = CampaignOrder(
        act="applied",
        campaign=campaign.name,
        year=campaign.year,
        # The run refuses a file that has changed since.
        run_config=build_run_config(
            ASSET, MessageOrder(apply_file=file.file_name, sha256=file.sha256, by=context.actor.name)
        ),
    )
    return _start(context, order, start, file=file.file_name, sha256=file.sha256)


def clear_campaign(
    context: ChangeContext, name: str, year: int | None = None, *, start: Callable[[CampaignOrder], Run]
) -> StartedOrder[Run]:
    """Start a run that clears a campaign, with an audit entry.

    Its messages are cleared with the next import file.

    Args:
        context: the database and the person.
        name: the campaign's name, or its file's.
        start: starts the run. If it fails, there is no audit entry.

    Raises:
        MessageNotFoundError: no campaign, or more than one campaign of the year, has the name.

    """
    with context.engine.connect() as conn:
        exact, of_year = find_applied_campaign(conn, name, year)
    run_config = build_run_config(ASSET, MessageOrder(clear_campaign=exact, by=context.actor.name))
    order = CampaignOrder(act="cleared", campaign=exact, year=of_year, run_config=run_config)
    return _start(context, order, start)


def _start(
    context: ChangeContext, order: CampaignOrder, start: Callable[[CampaignOrder], Run], **details: str
) -> StartedOrder[Run]:
    """Start the run of an order and write its audit entry."""
    with context.engine.begin() as conn:
        run = start(order)
        entry = audit.AuditEntry(
            act="message_applied" if order.act == "applied" else "message_cleared",
            subject=order.campaign,
            who=context.actor.name,
            via=context.actor.via,
            done_at=context.now(),
            campaign_year=order.year,
            details=details,
        )
        audit.record(conn, entry)
    return StartedOrder(order=order, run=run)


def _state(file: MessageFile, active: ActiveCampaign | None) -> State:
    if active is None:
        return "new"
    return "in force" if active.sha256 == file.sha256 else "changed"


def _listed_file(file: MessageFile, campaign: Campaign, active: ActiveCampaign | None) -> ListedCampaign:
    return ListedCampaign(
        name=campaign.name,
        file_name=file.file_name,
        state=_state(file, active),
        year=campaign.year,
        description=campaign.description,
        columns=campaign.columns,
        applied_by=active.applied_by if active else None,
        applied_at=active.applied_at if active else None,
    )
