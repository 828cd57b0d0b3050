"""What must be true of the messages: each stands where it is said to stand, and for somebody who is a mentor."""

import pandera.pandas as pa
import sqlalchemy as sa

from mentorsync_pipeline.checks.model import TableChecks
from mentorsync_pipeline.checks.rules import MN_ID, holds, one_of, optional, required
from mentorsync_pipeline.db.tables import campaign_messages, mentors, message_campaigns, mn_gb_import
from mentorsync_pipeline.messages.rules.file import COLUMNS

_SAID = campaign_messages.c
_CELL = sa.case(
    {column: mn_gb_import.c[name] for column, name in COLUMNS.items()}, value=_SAID.message_column, else_=None
)

MESSAGES = TableChecks(
    campaign_messages,
    structure=pa.DataFrameSchema(
        {
            "mn_id": required(MN_ID),
            "message_column": required(one_of(tuple(COLUMNS))),
            "content": optional(pa.Check.str_length(min_value=1, error="a message is not empty")),
            "in_force": required(holds("a message is one of a campaign that is in force")),
            "to_a_mentor": required(holds("a message is for a mentor of the year")),
            "in_the_import": required(holds("the import row says what the campaign says")),
        }
    ),
    computed={
        "in_force": sa.or_(
            _SAID.content.is_(None),
            sa.exists()
            .where(
                message_campaigns.c.campaign_year == _SAID.campaign_year,
                message_campaigns.c.name == _SAID.campaign,
                message_campaigns.c.cleared_at.is_(None),
            )
            .correlate(campaign_messages),
        ),
        "to_a_mentor": sa.or_(
            _SAID.content.is_(None),
            sa.exists()
            .where(mentors.c.campaign_year == _SAID.campaign_year, mentors.c.mn_id == _SAID.mn_id)
            .correlate(campaign_messages),
        ),
        "in_the_import": ~sa.exists()
        .where(
            mn_gb_import.c.campaign_year == _SAID.campaign_year,
            mn_gb_import.c.mn_id == _SAID.mn_id,
            _CELL.is_distinct_from(_SAID.content),
        )
        .correlate(campaign_messages),
    },
)
