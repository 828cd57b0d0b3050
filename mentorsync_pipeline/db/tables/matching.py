"""Tables of matching: deduplicated sign-ups, contact candidates and winner contacts (rulebook sections 2 to 4)."""

import sqlalchemy as sa

from mentorsync_pipeline.db.tables.base import (
    Text,
    flag,
    json_object,
    log_column,
    metadata,
    moment,
    one_of,
    texts,
    year_column,
)
from mentorsync_pipeline.domain.answers import PASS_THROUGH_NAMES

deduplicated_signups = sa.Table(
    "deduplicated_signups",
    metadata,
    year_column(primary_key=True),
    sa.Column("submission_id", Text, primary_key=True),
    sa.Column("mn_id", Text, nullable=False),
    sa.Column("external_id", Text, nullable=False, comment="The year's external_id_template, filled with mn_id."),
    sa.Column("first_name", Text),
    sa.Column("last_name", Text),
    sa.Column("preferred_name", Text),
    sa.Column("phone", Text),
    sa.Column("phone_raw", Text),
    sa.Column("personal_email", Text),
    sa.Column("personal_email_raw", Text),
    sa.Column("uga_email", Text),
    sa.Column("uga_email_raw", Text),
    *(sa.Column(name, Text) for name in PASS_THROUGH_NAMES),
    moment("created_at", nullable=False),
    moment("updated_at"),
    texts("superseded_submission_ids"),
    texts("superseded_mn_ids"),
    texts("further_phones"),
    texts("further_emails"),
    texts("placeholder_keys"),
    texts("deleted_submission_ids"),
    log_column(),
)

placeholder_keys = sa.Table(
    "placeholder_keys",
    metadata,
    year_column(primary_key=True),
    sa.Column("key", Text, primary_key=True, comment="A phone (E.164) or an email that is not used for matching."),
    sa.Column("signups", sa.Integer, nullable=False, comment="Number of sign-ups with it."),
    sa.Column("contacts", sa.Integer, nullable=False, comment="Number of contacts with it, when too many share it."),
    log_column(),
)

contact_candidates = sa.Table(
    "contact_candidates",
    metadata,
    year_column(primary_key=True),
    sa.Column("submission_id", Text, primary_key=True),
    sa.Column("contact_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("mn_id", Text, nullable=False),
    texts("matched_on"),
    sa.Column("viability", Text, nullable=False),
    sa.Column("viability_reason", Text, nullable=False),
    sa.Column("name_agreement", Text, nullable=False),
    flag("is_mass_email"),
    flag("campaign_member"),
    sa.Column("score", sa.Numeric(10, 2), nullable=False),
    json_object("score_parts"),
    sa.Column("rank", sa.Integer, comment="1 is best, among the viable; NULL for doubtful and refused ones."),
    sa.Column("contact_external_id", Text),
    moment("last_modified"),
    log_column(),
    one_of("viability", "viable", "doubtful", "refused"),
    one_of("name_agreement", "agree", "differ", "unclear"),
    sa.Index("ix_contact_candidates_contact_id", "contact_id"),
)

winner_contacts = sa.Table(
    "winner_contacts",
    metadata,
    year_column(primary_key=True),
    sa.Column("submission_id", Text, primary_key=True),
    sa.Column("mn_id", Text, nullable=False),
    sa.Column("contact_id", sa.BigInteger),
    sa.Column("decision", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("score", sa.Numeric(10, 2)),
    sa.Column("second_contact_id", sa.BigInteger),
    sa.Column("second_score", sa.Numeric(10, 2)),
    sa.Column("transferred_external_id", Text, comment="The same person's other External ID that this one replaces."),
    sa.Column(
        "release_contact_id", sa.BigInteger, comment="The contact from which the mentor's id is removed by a decision."
    ),
    texts("blocked_by"),
    log_column(),
    one_of(
        "decision",
        "human",
        "external_id",
        "only_candidate",
        "clear_winner",
        "stale_rival",
        "new_contact",
        "blocked",
    ),
    sa.Index(
        "uq_winner_contacts_one_mentor",
        "campaign_year",
        "contact_id",
        unique=True,
        postgresql_where=sa.text("contact_id IS NOT NULL"),
    ),
)
