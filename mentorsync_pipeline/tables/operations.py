"""Running the system: the configuration of each campaign year and the log of every asset run (rulebook 11 and 12).

Business data does not belong here.
"""

import sqlalchemy as sa

from mentorsync_pipeline.tables.base import Json, Text, identity, metadata, moment, now_column, one_of, year_column

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

sync_log = sa.Table(
    "sync_log",
    metadata,
    identity(),
    sa.Column("campaign_year", sa.Integer, comment="NULL for assets that serve all years."),
    sa.Column("asset", Text, nullable=False),
    sa.Column("run_id", Text, nullable=False),
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
)
