"""Archiving duplicates: the plan and the ledger that makes every archive resumable and undoable (rulebook section 10).

Calls to Givebutter do not belong here.
"""

import sqlalchemy as sa

from mentorsync_pipeline.tables.base import (
    Json,
    Text,
    flag,
    identity,
    json_object,
    log_column,
    metadata,
    moment,
    now_column,
    one_of,
    year_column,
)

archive_plan = sa.Table(
    "archive_plan",
    metadata,
    year_column(primary_key=True),
    sa.Column("contact_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("mn_id", Text, nullable=False),
    sa.Column("winner_contact_id", sa.BigInteger),
    sa.Column("plan_state", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    json_object("carried_over"),
    flag("has_donations"),
    sa.Column("input_fingerprint", Text, nullable=False),
    sa.Column("approved_by", Text),
    moment("approved_at"),
    log_column(),
    one_of("plan_state", "planned", "needs_approval", "kept"),
)

archived_duplicates = sa.Table(
    "archived_duplicates",
    metadata,
    identity(),
    year_column(),
    sa.Column("contact_id", sa.BigInteger, nullable=False),
    sa.Column("mn_id", Text),
    sa.Column("winner_contact_id", sa.BigInteger),
    sa.Column("status", Text, nullable=False),
    sa.Column("before_image", Json, nullable=False),
    sa.Column("cleared_external_id", Text),
    sa.Column("run_id", Text, nullable=False),
    sa.Column("error", Text),
    now_column("planned_at"),
    moment("archived_at"),
    moment("restored_at"),
    sa.Column("restored_by", Text),
    log_column(),
    one_of("status", "planned", "archiving", "archived", "failed", "restored"),
    sa.Index("ix_archived_duplicates_contact_id", "contact_id"),
)
