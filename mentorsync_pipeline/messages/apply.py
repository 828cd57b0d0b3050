"""Apply and clear campaigns and write their messages in a run's transaction (rulebook, section 13).

The run is started by `messages.service`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import sqlalchemy as sa

from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.messages.message_folder import MessageFile, parse_for_year
from mentorsync_pipeline.messages.queries import (
    ActiveCampaign,
    ChangedBy,
    activate_campaign,
    deactivate_campaign,
    read_active_campaigns,
    read_recipients,
    write_messages,
)
from mentorsync_pipeline.messages.rules.texts import (
    SOURCE_TABLE,
    CombinedMessages,
    combine_campaigns,
    fill_campaign,
    find_campaign_collisions,
    select_audience,
)

_IDS_SHOWN = 5


class MessageCollisionError(MentorSyncError):
    """Two campaigns would write the same column of the same mentor."""

    code = "CAMPAIGNS_COLLIDE"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMessages:
    """Result of writing all messages of a year.

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


def apply_file(
    conn: sa.Connection, file: MessageFile, config: CampaignConfig, changed_by: ChangedBy, *, zone: tzinfo
) -> bool:
    """Put a file's campaign in force. `refresh_messages` writes its messages.

    Returns:
        False if the same file is in force already.

    Raises:
        MessageInvalidError: the file cannot be used in this year; nothing is written.
        MessageCollisionError: another campaign writes the same column of a mentor; nothing is written.

    """
    campaign = parse_for_year(file, config)
    recipients = read_recipients(conn, config, zone)
    other_campaigns = [
        active.campaign
        for active in read_active_campaigns(conn, config)
        if active.campaign and active.name != campaign.name
    ]
    audiences = [select_audience(each, recipients) for each in (*other_campaigns, campaign)]
    collisions = find_campaign_collisions(audiences, campaign.name)
    if collisions:
        mentors = "; ".join(
            f"{campaign_name} for {_format_ids(ids)}" for campaign_name, ids in sorted(collisions.items())
        )
        raise MessageCollisionError(
            f"{campaign.name} would write a column that another campaign writes: {mentors}.",
            "Clear that campaign first (mentorsync messages clear), or narrow one of the two audiences.",
        )
    return activate_campaign(conn, file, campaign, changed_by)


def clear_campaign(conn: sa.Connection, config: CampaignConfig, name: str, changed_by: ChangedBy) -> bool:
    """Clear a campaign. `refresh_messages` clears its cells. Returns whether the campaign was in force.

    Raises MessageNotFoundError for a name that was never applied in this year.
    """
    return deactivate_campaign(conn, config.campaign_year, name, changed_by)


def refresh_messages(
    conn: sa.Connection, config: CampaignConfig, *, zone: tzinfo, now: datetime, log_id: int
) -> WrittenMessages:
    """Fill and write the texts of all campaigns in force for the year's mentors."""
    in_force = read_active_campaigns(conn, config)
    campaigns = [active.campaign for active in in_force if active.campaign]
    recipients = read_recipients(conn, config, zone) if campaigns else ()
    combined = combine_campaigns(
        [fill_campaign(campaign, recipients, limit=config.custom_text_limit) for campaign in campaigns]
    )
    diff, changed = write_messages(conn, config, combined.cells, now=now, log_id=log_id)
    return WrittenMessages(
        diff=diff,
        import_rows_changed=changed,
        mentors=len(recipients),
        by_campaign={active.name: _count_mentors(combined, active.name) for active in in_force},
        errors=(*(problem.to_finding() for problem in combined.problems), *_find_unusable(in_force)),
        columns_read=frozenset().union(*(campaign.variables | campaign.audience.columns() for campaign in campaigns)),
    )


def _format_ids(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - _IDS_SHOWN} more" if len(ids) > _IDS_SHOWN else ""
    return f"{', '.join(ids[:_IDS_SHOWN])}{more}"


def _count_mentors(combined: CombinedMessages, name: str) -> int:
    return len({mn_id for (mn_id, _), (campaign, _) in combined.cells.items() if campaign == name})


def _find_unusable(in_force: Sequence[ActiveCampaign]) -> list[ErrorFinding]:
    return [
        build_error(
            "MESSAGE_CAMPAIGN_BROKEN",
            subject=f"campaign {active.name}",
            message=f"Campaign {active.name} ({active.file_name}) can no longer be used.",
            source_table=SOURCE_TABLE,
        )
        for active in in_force
        if active.campaign is None
    ]
