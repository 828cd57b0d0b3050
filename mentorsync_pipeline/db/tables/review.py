"""Tables of review: conflicts, decisions, errors and warnings (rulebook sections 5, 6 and 12)."""

import sqlalchemy as sa

from mentorsync_pipeline.db.tables.base import (
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
from mentorsync_pipeline.domain.vocabulary import CONFLICT_TYPES, SEVERITIES, WARNING_TYPES

DEFAULT_MAX_RETRIES = 3
# Texts by which a person may search for a conflict, in lower case.
_SEARCHED = " || ' ' || ".join(
    ("mn_id", "subject", "recommendation_reason", "option_a::text", "option_b::text", "context::text")
)

sync_conflicts = sa.Table(
    "sync_conflicts",
    metadata,
    identity(),
    year_column(),
    sa.Column("mn_id", Text, nullable=False),
    sa.Column("conflict_type", Text, nullable=False),
    sa.Column("subject", Text, nullable=False, comment="The record concerned, stable between runs."),
    sa.Column("severity", Text, nullable=False),
    flag("blocking"),
    sa.Column("status", Text, nullable=False, server_default="pending"),
    json_object("option_a"),
    json_object("option_b"),
    json_object("context"),
    sa.Column("recommended_option", Text),
    sa.Column("recommendation_reason", Text, nullable=False),
    sa.Column("input_fingerprint", Text, nullable=False),
    sa.Column("source_table", Text, nullable=False),
    sa.Column("decision_id", sa.BigInteger, comment="The `sync_decisions` row that settled it."),
    json_object("previous_decision"),
    now_column("created_at"),
    now_column("updated_at"),
    moment("closed_at"),
    log_column(),
    sa.Column("searched", Text, sa.Computed(f"lower({_SEARCHED})", persisted=True), comment="Text for searches."),
    one_of("conflict_type", *CONFLICT_TYPES),
    one_of("severity", *SEVERITIES),
    one_of("status", "pending", "decided", "skipped", "obsolete"),
    sa.CheckConstraint("recommended_option IN ('a', 'b')", name="recommended_option"),
    sa.Index(
        "uq_sync_conflicts_open",
        "campaign_year",
        "mn_id",
        "conflict_type",
        "subject",
        unique=True,
        postgresql_where=sa.text("status <> 'obsolete'"),
    ),
    sa.Index("ix_sync_conflicts_queue", "campaign_year", "status", "severity"),
)

sync_decisions = sa.Table(
    "sync_decisions",
    metadata,
    identity(),
    year_column(),
    sa.Column("mn_id", Text, nullable=False),
    sa.Column("conflict_type", Text, nullable=False),
    sa.Column("subject", Text, nullable=False),
    sa.Column("input_fingerprint", Text, nullable=False),
    sa.Column("choice", Text, nullable=False),
    sa.Column("value", Json),
    sa.Column("decided_by", Text, nullable=False),
    sa.Column("reason", Text),
    sa.Column("skipped_until", sa.Date),
    now_column("decided_at"),
    moment("undone_at"),
    sa.Column("undone_by", Text),
    one_of("choice", "a", "b", "custom", "skipped"),
    sa.CheckConstraint("skipped_until IS NULL OR choice = 'skipped'", name="skipped_until"),
    sa.Index(
        "uq_sync_decisions_standing",
        "campaign_year",
        "mn_id",
        "conflict_type",
        "subject",
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    ),
)

sync_errors = sa.Table(
    "sync_errors",
    metadata,
    identity(),
    sa.Column("campaign_year", sa.Integer, comment="NULL for an error that concerns all years."),
    sa.Column("mn_id", Text),
    sa.Column("error_code", Text, nullable=False),
    sa.Column("subject", Text, nullable=False, comment="The record that is wrong, stable between runs."),
    sa.Column("message", Text, nullable=False),
    sa.Column("what_to_do", Text, nullable=False),
    sa.Column("severity", Text, nullable=False),
    sa.Column("source_table", Text, nullable=False),
    flag("can_retry"),
    sa.Column("retry_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("max_retries", sa.Integer, nullable=False, server_default=str(DEFAULT_MAX_RETRIES)),
    moment("next_retry_at"),
    sa.Column("retried_by", Text, comment="Person who started the last retry; NULL for an automatic one."),
    flag("resolved"),
    sa.Column("resolution_method", Text),
    sa.Column("resolved_by", Text),
    moment("resolved_at"),
    now_column("created_at"),
    log_column(),
    sa.Column(
        "fingerprint", Text, comment="Fingerprint that a person may accept; NULL for an error that must be corrected."
    ),
    sa.Column(
        "cause_fingerprint", Text, comment="Of a rejected row: what Givebutter rejected; another one goes out again."
    ),
    sa.Column("accepted_fingerprint", Text, comment="Accepted fingerprint; valid for this content only."),
    sa.Column("accepted_by", Text, comment="Who accepted it."),
    moment("accepted_at", comment="When it was accepted."),
    one_of("severity", *SEVERITIES),
    sa.CheckConstraint("resolution_method IN ('auto_retry', 'manual', 'ignored')", name="resolution_method"),
    sa.Index(
        "uq_sync_errors_open",
        "campaign_year",
        "error_code",
        "subject",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("NOT resolved"),
    ),
)

sync_warnings = sa.Table(
    "sync_warnings",
    metadata,
    identity(),
    year_column(),
    sa.Column("mn_id", Text),
    sa.Column("warning_type", Text, nullable=False),
    sa.Column("subject", Text, nullable=False),
    sa.Column("message", Text, nullable=False),
    sa.Column("fingerprint", Text, nullable=False),
    sa.Column("source_table", Text, nullable=False),
    flag("acknowledged"),
    sa.Column("acknowledged_by", Text),
    moment("acknowledged_at"),
    moment("cleared_at", comment="Time at which a run no longer found the cause."),
    now_column("created_at"),
    log_column(),
    one_of("warning_type", *WARNING_TYPES),
    sa.Index(
        "uq_sync_warnings_open",
        "campaign_year",
        "warning_type",
        "subject",
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    ),
)
