"""Checks of the messages: each has an applied campaign, a mentor and its cell in the import rows (section 13)."""

import sqlalchemy as sa

from mentorsync_pipeline.checks.model import TableChecks
from mentorsync_pipeline.checks.rules import MN_ID, Rule, is_true, optional, required
from mentorsync_pipeline.db.tables import campaign_messages, mentors, message_campaigns, mn_gb_import
from mentorsync_pipeline.db.tables.messages import TABLE_COLUMNS
from mentorsync_pipeline.domain.config import MESSAGE_COLUMN

_MESSAGE_COLUMN = Rule(
    "str_matches", rf"^{MESSAGE_COLUMN}$", "a message column is text or email, or one of them with a number"
)
_MESSAGE = campaign_messages.c
_CELL = sa.case({column: mn_gb_import.c[name] for column, name in TABLE_COLUMNS.items()}, value=_MESSAGE.message_column)
# Additional message columns are in `custom_fields`, under labels from the year's configuration.
_IN_CUSTOM_FIELDS = sa.func.jsonb_path_exists(
    mn_gb_import.c.custom_fields,
    sa.cast("$.* ? (@ == $text)", sa.dialects.postgresql.JSONPATH),
    sa.func.jsonb_build_object("text", _MESSAGE.content),
)
_DIFFERS = sa.case(
    (_MESSAGE.message_column.in_(TABLE_COLUMNS), _CELL.is_distinct_from(_MESSAGE.content)),
    else_=sa.and_(_MESSAGE.content.is_not(None), ~_IN_CUSTOM_FIELDS),
)

MESSAGES = TableChecks(
    campaign_messages,
    structure={
        "mn_id": required(MN_ID),
        "message_column": required(_MESSAGE_COLUMN),
        "content": optional(Rule("str_length", 1, "a message is not empty")),
        "campaign_applied": required(is_true("a message has a campaign that is applied")),
        "has_mentor": required(is_true("a message has a mentor of the year")),
        "in_import_row": required(is_true("the import row contains the message")),
    },
    computed={
        "campaign_applied": sa.or_(
            _MESSAGE.content.is_(None),
            sa.exists()
            .where(
                message_campaigns.c.campaign_year == _MESSAGE.campaign_year,
                message_campaigns.c.name == _MESSAGE.campaign,
                message_campaigns.c.cleared_at.is_(None),
            )
            .correlate(campaign_messages),
        ),
        "has_mentor": sa.or_(
            _MESSAGE.content.is_(None),
            sa.exists()
            .where(mentors.c.campaign_year == _MESSAGE.campaign_year, mentors.c.mn_id == _MESSAGE.mn_id)
            .correlate(campaign_messages),
        ),
        "in_import_row": ~sa.exists()
        .where(
            mn_gb_import.c.campaign_year == _MESSAGE.campaign_year,
            mn_gb_import.c.mn_id == _MESSAGE.mn_id,
            _DIFFERS,
        )
        .correlate(campaign_messages),
    },
)
