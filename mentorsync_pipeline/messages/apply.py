"""Apply and clear campaigns and write their messages, inside a run's transaction (rulebook, section 13).

A person starts such a run by `messages.service`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import sqlalchemy as sa

from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.error_codes import finding
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.messages.files import MessageFile, parse_for_year
from mentorsync_pipeline.messages.queries import (
    ActiveCampaign,
    ChangedBy,
    activate,
    active_campaigns,
    deactivate,
    recipients,
    write_messages,
)
from mentorsync_pipeline.messages.rules.texts import SOURCE_TABLE, Settled, collisions_of, outcome, settle

_IDS_SHOWN = 5


class MessageCollisionError(MentorSyncError):
    """Two campaigns would write the same column of the same mentor."""

    code = "CAMPAIGNS_COLLIDE"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMessages:
    """What writing all messages of a year changed.

    Attributes:
        diff: the rows of `campaign_messages`.
        import_rows_changed: the number of rows of `mn_gb_import`.
        mentors: the number of mentors considered.
        by_campaign: the number of mentors with a message, by campaign in force.
        errors: mentors without a message, and campaigns that cannot be used.
        columns_read: the columns of `mentors` that the campaigns use.

    """

    diff: Diff
    import_rows_changed: int
    mentors: int
    by_campaign: dict[str, int]
    errors: tuple[ErrorFinding, ...]
    columns_read: frozenset[str]


def apply_file(conn: sa.Connection, file: MessageFile, config: CampaignConfig, who: ChangedBy, *, zone: tzinfo) -> bool:
    """Put a file's campaign in force; `refresh_messages` then writes its messages.

    Returns:
        Whether that is new.

    Raises:
        MessageInvalidError: the file cannot be used in this year; nothing is written.
        MessageCollisionError: another campaign writes the same column of a mentor; nothing is written.

    """
    campaign = parse_for_year(file, config)
    people = recipients(conn, config, zone)
    others = [one.campaign for one in active_campaigns(conn, config) if one.campaign and one.name != campaign.name]
    outcomes = [outcome(one, people, limit=config.custom_text_limit) for one in (*others, campaign)]
    colliding = collisions_of(outcomes, campaign.name)
    if colliding:
        mentors = "; ".join(f"{other} for {_listed(ids)}" for other, ids in sorted(colliding.items()))
        raise MessageCollisionError(
            f"{campaign.name} would write a column that another campaign writes: {mentors}.",
            "Clear that campaign first (mentorsync messages clear), or narrow one of the two audiences.",
        )
    return activate(conn, file, campaign, who)


def clear_campaign(conn: sa.Connection, config: CampaignConfig, name: str, who: ChangedBy) -> bool:
    """Take a campaign out of force; `refresh_messages` then empties its cells. Returns whether it was in force.

    Raises MessageNotFoundError for a name that was never applied in this year.
    """
    return deactivate(conn, config.campaign_year, name, who)


def refresh_messages(
    conn: sa.Connection, config: CampaignConfig, *, zone: tzinfo, now: datetime, log_id: int
) -> WrittenMessages:
    """Fill the texts of all campaigns in force for the year's mentors and write them."""
    people = recipients(conn, config, zone)
    in_force = active_campaigns(conn, config)
    settled = settle(
        [outcome(one.campaign, people, limit=config.custom_text_limit) for one in in_force if one.campaign]
    )
    diff, changed = write_messages(conn, config, settled.cells, now=now, log_id=log_id)
    return WrittenMessages(
        diff=diff,
        import_rows_changed=changed,
        mentors=len(people),
        by_campaign={one.name: _mentors_with_message(settled, one.name) for one in in_force},
        errors=(*(problem.finding() for problem in settled.problems), *_unusable(in_force)),
        columns_read=frozenset().union(
            *(one.campaign.variables | one.campaign.audience.columns() for one in in_force if one.campaign)
        ),
    )


def _listed(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - _IDS_SHOWN} more" if len(ids) > _IDS_SHOWN else ""
    return f"{', '.join(ids[:_IDS_SHOWN])}{more}"


def _mentors_with_message(settled: Settled, name: str) -> int:
    return len({mn_id for (mn_id, _), (campaign, _) in settled.cells.items() if campaign == name})


def _unusable(in_force: Sequence[ActiveCampaign]) -> list[ErrorFinding]:
    return [
        finding(
            "MESSAGE_CAMPAIGN_BROKEN",
            subject=f"campaign {one.name}",
            message=f"Campaign {one.name} ({one.file_name}) cannot be used any more.",
            source_table=SOURCE_TABLE,
        )
        for one in in_force
        if one.campaign is None
    ]
