"""Tables of operation: configuration, log of asset runs, audit log (rulebook sections 11 and 12)."""

import sqlalchemy as sa

from mentorsync_pipeline.db.tables.base import (
    Json,
    Text,
    identity,
    json_object,
    metadata,
    moment,
    now_column,
    one_of,
    year_column,
)
from mentorsync_pipeline.domain.vocabulary import AUDIT_ACTS, VIAS

sync_configs = sa.Table(
    "sync_configs",
    metadata,
    year_column(primary_key=True),
    sa.Column("config_key", Text, primary_key=True),
    sa.Column("config_value", Text, nullable=False),
    sa.Column("config_type", Text, nullable=False),
    now_column("updated_at"),
    one_of("config_type", "string", "number", "boolean", "json"),
)

year_closings = sa.Table(
    "year_closings",
    metadata,
    year_column(primary_key=True),
    moment("closed_at", nullable=False, comment="When the year was closed last."),
    sa.Column("closed_by", Text, nullable=False, comment="Who closed it."),
    sa.Column(
        "unfinished",
        Json,
        nullable=False,
        server_default=sa.text("'{}'::jsonb"),
        comment="What was unfinished when it was closed: number by kind.",
    ),
    moment("reopened_at", comment="When it was reopened; NULL while it is closed."),
    sa.Column("reopened_by", Text, comment="Who reopened it."),
    sa.CheckConstraint("(reopened_at IS NULL) = (reopened_by IS NULL)", name="reopened_by"),
)

closed_year_tags = sa.Table(
    "closed_year_tags",
    metadata,
    sa.Column("contact_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("tag_key", Text, primary_key=True, comment="The tag without the year, in lower case."),
    sa.Column("campaign_year", sa.Integer, nullable=False, comment="The year for which the tag was given."),
)

sync_log = sa.Table(
    "sync_log",
    metadata,
    identity(),
    sa.Column("campaign_year", sa.Integer, comment="NULL for assets that serve all years."),
    sa.Column("asset", Text, nullable=False),
    sa.Column("run_id", Text, nullable=False),
    sa.Column("job", Text, comment="Name of the job of the run; NULL before it was recorded."),
    sa.Column("status", Text, nullable=False),
    sa.Column("rows_in", sa.BigInteger),
    sa.Column("rows_out", sa.BigInteger),
    sa.Column("rows_added", sa.BigInteger),
    sa.Column("rows_changed", sa.BigInteger),
    sa.Column("rows_removed", sa.BigInteger),
    sa.Column("details", Json),
    sa.Column("error", Text),
    moment("started_at", nullable=False),
    moment("finished_at"),
    one_of("status", "running", "success", "failed"),
    sa.Index("ix_sync_log_asset", "asset", "campaign_year", "id"),
    sa.Index("ix_sync_log_run_id", "run_id"),
    sa.Index("ix_sync_log_unfinished", "id", postgresql_where=sa.text("finished_at IS NULL")),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    identity(),
    sa.Column("campaign_year", sa.Integer, comment="NULL for an action that concerns all years."),
    sa.Column("act", Text, nullable=False),
    sa.Column("subject", Text, nullable=False, comment="The object: a run's id, or a file's SHA-256."),
    sa.Column("who", Text, nullable=False, comment="The person, or the API token."),
    sa.Column(
        "via",
        Text,
        nullable=False,
        comment="How the person was identified: login, API token or account on the machine.",
    ),
    json_object("details"),
    moment("done_at", nullable=False),
    one_of("act", *AUDIT_ACTS),
    one_of("via", *VIAS),
    sa.Index("ix_audit_log_subject", "subject", "act"),
)
