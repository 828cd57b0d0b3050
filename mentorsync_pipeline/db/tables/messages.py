"""Applied message campaigns, and the messages of each mentor (rulebook section 13)."""

from collections.abc import Mapping

import sqlalchemy as sa

from mentorsync_pipeline.db.tables.base import (
    Text,
    identity,
    log_column,
    metadata,
    moment,
    texts,
    year_column,
)
from mentorsync_pipeline.domain.config import MESSAGE_COLUMN
from mentorsync_pipeline.domain.import_columns import EMAIL_MESSAGE, TEXT_MESSAGE

# Message columns that are columns of `mn_gb_import`. Further ones are in its `custom_fields`, by label.
TABLE_COLUMNS: Mapping[str, str] = {"text": TEXT_MESSAGE, "email": EMAIL_MESSAGE}

message_campaigns = sa.Table(
    "message_campaigns",
    metadata,
    identity(),
    year_column(),
    sa.Column("name", Text, nullable=False, comment="The campaign's name, as its file gives it."),
    sa.Column("file_name", Text, nullable=False),
    sa.Column("source", Text, nullable=False, comment="The whole file as it was applied; later runs use this text."),
    sa.Column("sha256", Text, nullable=False),
    texts("message_columns"),
    sa.Column("applied_by", Text, nullable=False, comment="Who applied it."),
    moment("applied_at", nullable=False, comment="When it was applied."),
    sa.Column("cleared_by", Text, comment="Who cleared it, or applied another text of the same name."),
    moment("cleared_at", comment="End of its validity; NULL while in force."),
    log_column(),
    sa.Index(
        "uq_message_campaigns_active",
        "campaign_year",
        "name",
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    ),
)

campaign_messages = sa.Table(
    "campaign_messages",
    metadata,
    year_column(primary_key=True),
    sa.Column("mn_id", Text, primary_key=True),
    sa.Column(
        "message_column",
        Text,
        primary_key=True,
        comment="text, email or a further one of the year's `message_columns`.",
    ),
    sa.Column(
        "campaign",
        Text,
        nullable=False,
        comment="Name of the message campaign; it remains when the message is cleared.",
    ),
    sa.Column("content", Text, comment="The message; NULL when it was cleared."),
    moment("emptied_at", comment="Time at which the message was cleared."),
    log_column(),
    sa.CheckConstraint(f"message_column ~ '^{MESSAGE_COLUMN}$'", name="message_column"),
    sa.CheckConstraint("char_length(content) >= 1", name="content"),
    sa.CheckConstraint("(content IS NULL) = (emptied_at IS NOT NULL)", name="emptied_at"),
)
