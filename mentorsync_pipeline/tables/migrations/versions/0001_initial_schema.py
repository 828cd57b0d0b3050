"""The schema of the first release.

Revision 0001, made on 2026-11-22; it follows nothing: the database is empty.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "archive_plan",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=False),
        sa.Column("winner_contact_id", sa.BigInteger(), nullable=True),
        sa.Column("plan_state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "carried_over",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("has_donations", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("input_fingerprint", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "plan_state IN ('planned', 'needs_approval', 'kept')", name=op.f("ck_archive_plan_plan_state")
        ),
        sa.PrimaryKeyConstraint("campaign_year", "contact_id", name=op.f("pk_archive_plan")),
        schema="mentorsync",
    )
    op.create_table(
        "archived_duplicates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=True),
        sa.Column("winner_contact_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("before_image", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cleared_external_id", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restored_by", sa.Text(), nullable=True),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('planned', 'archiving', 'archived', 'failed', 'restored')",
            name=op.f("ck_archived_duplicates_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archived_duplicates")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_archived_duplicates_contact_id", "archived_duplicates", ["contact_id"], unique=False, schema="mentorsync"
    )
    op.create_table(
        "contact_candidates",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=False),
        sa.Column("matched_on", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("viability", sa.Text(), nullable=False),
        sa.Column("viability_reason", sa.Text(), nullable=False),
        sa.Column("name_agreement", sa.Text(), nullable=False),
        sa.Column("is_mass_email", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("campaign_member", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("score", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column(
            "score_parts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "rank",
            sa.Integer(),
            nullable=True,
            comment="1 is best, among the viable; NULL for doubtful and refused ones.",
        ),
        sa.Column("contact_external_id", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "name_agreement IN ('agree', 'differ', 'unclear')", name=op.f("ck_contact_candidates_name_agreement")
        ),
        sa.CheckConstraint(
            "viability IN ('viable', 'doubtful', 'refused')", name=op.f("ck_contact_candidates_viability")
        ),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", "contact_id", name=op.f("pk_contact_candidates")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_contact_candidates_contact_id", "contact_candidates", ["contact_id"], unique=False, schema="mentorsync"
    )
    op.create_table(
        "deduplicated_signups",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=False),
        sa.Column(
            "external_id", sa.Text(), nullable=False, comment="The year's external_id_template, filled with mn_id."
        ),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("preferred_name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_raw", sa.Text(), nullable=True),
        sa.Column("personal_email", sa.Text(), nullable=True),
        sa.Column("personal_email_raw", sa.Text(), nullable=True),
        sa.Column("uga_email", sa.Text(), nullable=True),
        sa.Column("uga_email_raw", sa.Text(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("shirt_size", sa.Text(), nullable=True),
        sa.Column("uga_class", sa.Text(), nullable=True),
        sa.Column("shift_preference", sa.Text(), nullable=True),
        sa.Column("partner_preference", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_submission_ids", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("superseded_mn_ids", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_deduplicated_signups")),
        schema="mentorsync",
    )
    op.create_table(
        "gb_contact_loads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("previous_row_count", sa.BigInteger(), nullable=True),
        sa.Column(
            "as_of",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The moment that the contact data was taken at Givebutter.",
        ),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("forced_by", sa.Text(), nullable=True),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "origin IN ('export', 'api_full', 'api_changes', 'api_mentors')", name=op.f("ck_gb_contact_loads_origin")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gb_contact_loads")),
        schema="mentorsync",
    )
    op.create_table(
        "gb_import_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("held_back", sa.Integer(), nullable=False, comment="Rows that the linter kept out of the file."),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column(
            "contacts_as_of",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="The as_of of the contact data that the file was built from.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "forced_by", sa.Text(), nullable=True, comment="Who forced the file past the staleness gate, if anyone."
        ),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gb_import_files")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_gb_import_files_campaign_year",
        "gb_import_files",
        ["campaign_year", "created_at"],
        unique=False,
        schema="mentorsync",
    )
    op.create_table(
        "mentor_bases",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column(
            "value",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="The value last known equal here and in Givebutter.",
        ),
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The as_of of the contact data that confirmed it.",
        ),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_year", "mn_id", "field", name=op.f("pk_mentor_bases")),
        schema="mentorsync",
    )
    op.create_table(
        "mentors",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("preferred_name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("personal_email", sa.Text(), nullable=True),
        sa.Column("uga_email", sa.Text(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("shirt_size", sa.Text(), nullable=True),
        sa.Column("uga_class", sa.Text(), nullable=True),
        sa.Column("shift_preference", sa.Text(), nullable=True),
        sa.Column("partner_preference", sa.Text(), nullable=True),
        sa.Column("gb_contact_id", sa.BigInteger(), nullable=True),
        sa.Column("campaign_member", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("gb_member_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_raised", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False),
        sa.Column("fundraising_page_url", sa.Text(), nullable=True),
        sa.Column("setup_submission_id", sa.Text(), nullable=True),
        sa.Column("training_signup", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("training_signup_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("training_signup_submission_id", sa.Text(), nullable=True),
        sa.Column("attended_training", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("training_at", sa.Date(), nullable=True),
        sa.Column("dropped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sync_state", sa.Text(), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "provenance", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('needs_setup', 'needs_page', 'needs_fundraising', 'complete')", name=op.f("ck_mentors_status")
        ),
        sa.CheckConstraint("sync_state IN ('matched', 'new', 'blocked')", name=op.f("ck_mentors_sync_state")),
        sa.PrimaryKeyConstraint("campaign_year", "mn_id", name=op.f("pk_mentors")),
        schema="mentorsync",
    )
    op.create_index("ix_mentors_gb_contact_id", "mentors", ["gb_contact_id"], unique=False, schema="mentorsync")
    op.create_table(
        "mn_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=False),
        sa.Column("change_type", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("old_value", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("new_value", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("source_table", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "synced_to_gb",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When contact data confirmed the new value; NULL until then.",
        ),
        sa.Column("resolved", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "change_type IN ('new_mentor', 'dropped', 'reinstated', 'status_change', 'field_change', 'conflict_resolved', 'duplicates_archived', 'duplicates_restored')",
            name=op.f("ck_mn_changes_change_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mn_changes")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_mn_changes_campaign_year_mn_id", "mn_changes", ["campaign_year", "mn_id"], unique=False, schema="mentorsync"
    )
    op.create_index("ix_mn_changes_sync_log_id", "mn_changes", ["sync_log_id"], unique=False, schema="mentorsync")
    op.create_table(
        "mn_gb_import",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=False),
        sa.Column("Givebutter Contact ID", sa.Text(), nullable=True),
        sa.Column("Contact External ID", sa.Text(), nullable=True),
        sa.Column("Contact Since", sa.Text(), nullable=True),
        sa.Column("Prefix", sa.Text(), nullable=True),
        sa.Column("First Name", sa.Text(), nullable=True),
        sa.Column("Preferred First Name", sa.Text(), nullable=True),
        sa.Column("Middle Name", sa.Text(), nullable=True),
        sa.Column("Last Name", sa.Text(), nullable=True),
        sa.Column("Suffix", sa.Text(), nullable=True),
        sa.Column("Primary Email", sa.Text(), nullable=True),
        sa.Column("Primary Phone Number", sa.Text(), nullable=True),
        sa.Column("Address Line 1", sa.Text(), nullable=True),
        sa.Column("Address Line 2", sa.Text(), nullable=True),
        sa.Column("City", sa.Text(), nullable=True),
        sa.Column("State", sa.Text(), nullable=True),
        sa.Column("Zip Code", sa.Text(), nullable=True),
        sa.Column("Country", sa.Text(), nullable=True),
        sa.Column("Gender", sa.Text(), nullable=True),
        sa.Column("Pronouns", sa.Text(), nullable=True),
        sa.Column("Household Name", sa.Text(), nullable=True),
        sa.Column("Household Envelope Name", sa.Text(), nullable=True),
        sa.Column("Is Household Primary Contact", sa.Text(), nullable=True),
        sa.Column("Email Addresses", sa.Text(), nullable=True),
        sa.Column("Phone Numbers", sa.Text(), nullable=True),
        sa.Column("Date of Birth", sa.Text(), nullable=True),
        sa.Column("Employer", sa.Text(), nullable=True),
        sa.Column("Title", sa.Text(), nullable=True),
        sa.Column("Twitter URL", sa.Text(), nullable=True),
        sa.Column("LinkedIn URL", sa.Text(), nullable=True),
        sa.Column("Facebook URL", sa.Text(), nullable=True),
        sa.Column("TikTok URL", sa.Text(), nullable=True),
        sa.Column("Tags", sa.Text(), nullable=True),
        sa.Column("Notes", sa.Text(), nullable=True),
        sa.Column("Email Subscription Status", sa.Text(), nullable=True),
        sa.Column("Phone Subscription Status", sa.Text(), nullable=True),
        sa.Column("Address Subscription Status", sa.Text(), nullable=True),
        sa.Column("📱Custom Text Message 1️⃣", sa.Text(), nullable=True),
        sa.Column("📧 Custom Email Message 1️⃣", sa.Text(), nullable=True),
        sa.Column(
            "custom_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_year", "mn_id", name=op.f("pk_mn_gb_import")),
        schema="mentorsync",
    )
    op.create_table(
        "raw_gb_campaign_members",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("phone_key", sa.Text(), nullable=True),
        sa.Column("raised", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("goal", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("donors", sa.Integer(), nullable=True),
        sa.Column("items", sa.Integer(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_year", "member_id", name=op.f("pk_raw_gb_campaign_members")),
        schema="mentorsync",
    )
    op.create_table(
        "raw_gb_full_contacts",
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contact_type", sa.Text(), server_default="individual", nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("prefix", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("preferred_name", sa.Text(), nullable=True),
        sa.Column("middle_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("suffix", sa.Text(), nullable=True),
        sa.Column("date_of_birth", sa.Text(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("pronouns", sa.Text(), nullable=True),
        sa.Column("employer", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("primary_email", sa.Text(), nullable=True),
        sa.Column("additional_emails", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("primary_phone", sa.Text(), nullable=True),
        sa.Column("additional_phones", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("email_keys", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("phone_keys", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("address_line_1", sa.Text(), nullable=True),
        sa.Column("address_line_2", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("zip_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("contact_since", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("twitter", sa.Text(), nullable=True),
        sa.Column("linkedin", sa.Text(), nullable=True),
        sa.Column("facebook", sa.Text(), nullable=True),
        sa.Column("tiktok", sa.Text(), nullable=True),
        sa.Column("household", sa.Text(), nullable=True),
        sa.Column("household_primary_contact", sa.Text(), nullable=True),
        sa.Column("recurring_contributions", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("total_contributions", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("email_subscribed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("phone_subscribed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("address_subscribed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column(
            "custom_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_modified", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("load_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_raw_gb_full_contacts")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_raw_gb_full_contacts_email_keys",
        "raw_gb_full_contacts",
        ["email_keys"],
        unique=False,
        schema="mentorsync",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(
        "ix_raw_gb_full_contacts_external_id",
        "raw_gb_full_contacts",
        ["external_id"],
        unique=False,
        schema="mentorsync",
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_index(
        "ix_raw_gb_full_contacts_phone_keys",
        "raw_gb_full_contacts",
        ["phone_keys"],
        unique=False,
        schema="mentorsync",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_table(
        "raw_mn_funds_setup",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at_raw", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at_raw", sa.Text(), nullable=True),
        sa.Column("mn_id", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column(
            "removed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a full listing first came without this submission; kept as a tombstone.",
        ),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_raw_mn_funds_setup")),
        schema="mentorsync",
    )
    op.create_table(
        "raw_mn_signups",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at_raw", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at_raw", sa.Text(), nullable=True),
        sa.Column("mn_id", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("preferred_name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("personal_email", sa.Text(), nullable=True),
        sa.Column("uga_email", sa.Text(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("shirt_size", sa.Text(), nullable=True),
        sa.Column("uga_class", sa.Text(), nullable=True),
        sa.Column("shift_preference", sa.Text(), nullable=True),
        sa.Column("partner_preference", sa.Text(), nullable=True),
        sa.Column(
            "removed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a full listing first came without this submission; kept as a tombstone.",
        ),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_raw_mn_signups")),
        schema="mentorsync",
    )
    op.create_table(
        "raw_mn_training_signup",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at_raw", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at_raw", sa.Text(), nullable=True),
        sa.Column("mn_id", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("training_session", sa.Text(), nullable=True),
        sa.Column(
            "removed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a full listing first came without this submission; kept as a tombstone.",
        ),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_raw_mn_training_signup")),
        schema="mentorsync",
    )
    op.create_table(
        "sync_configs",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("config_key", sa.Text(), nullable=False),
        sa.Column("config_value", sa.Text(), nullable=False),
        sa.Column("config_type", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "config_type IN ('string', 'number', 'boolean', 'json')", name=op.f("ck_sync_configs_config_type")
        ),
        sa.PrimaryKeyConstraint("campaign_year", "config_key", name=op.f("pk_sync_configs")),
        schema="mentorsync",
    )
    op.create_table(
        "sync_conflicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=False),
        sa.Column("conflict_type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="What the question is about, stable between runs."),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("blocking", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column(
            "option_a", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "option_b", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "context", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("recommended_option", sa.Text(), nullable=True),
        sa.Column("recommendation_reason", sa.Text(), nullable=False),
        sa.Column("input_fingerprint", sa.Text(), nullable=False),
        sa.Column("source_table", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=True, comment="The `sync_decisions` row that settled it."),
        sa.Column(
            "previous_decision",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "conflict_type IN ('contact_selection', 'external_id_collision', 'phone_mismatch', 'email_mismatch', 'fundraising_mismatch', 'shared_phone', 'data_staleness')",
            name=op.f("ck_sync_conflicts_conflict_type"),
        ),
        sa.CheckConstraint("recommended_option IN ('a', 'b')", name=op.f("ck_sync_conflicts_recommended_option")),
        sa.CheckConstraint("severity IN ('high', 'medium', 'low')", name=op.f("ck_sync_conflicts_severity")),
        sa.CheckConstraint(
            "status IN ('pending', 'decided', 'skipped', 'obsolete')", name=op.f("ck_sync_conflicts_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_conflicts")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_sync_conflicts_queue",
        "sync_conflicts",
        ["campaign_year", "status", "severity"],
        unique=False,
        schema="mentorsync",
    )
    op.create_index(
        "uq_sync_conflicts_open",
        "sync_conflicts",
        ["campaign_year", "mn_id", "conflict_type", "subject"],
        unique=True,
        schema="mentorsync",
        postgresql_where=sa.text("status <> 'obsolete'"),
    )
    op.create_table(
        "sync_decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=False),
        sa.Column("conflict_type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("input_fingerprint", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.CheckConstraint("choice IN ('a', 'b', 'custom', 'skipped')", name=op.f("ck_sync_decisions_choice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_decisions")),
        schema="mentorsync",
    )
    op.create_index(
        "uq_sync_decisions_standing",
        "sync_decisions",
        ["campaign_year", "mn_id", "conflict_type", "subject"],
        unique=True,
        schema="mentorsync",
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "sync_errors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "campaign_year", sa.Integer(), nullable=True, comment="NULL for an error that belongs to no one year."
        ),
        sa.Column("mn_id", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="The record that is wrong, stable between runs."),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("what_to_do", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("source_table", sa.Text(), nullable=False),
        sa.Column("can_retry", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("retry_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_retries", sa.Integer(), server_default="3", nullable=False),
        sa.Column("next_retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("resolution_method", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "resolution_method IN ('auto_retry', 'manual', 'ignored')", name=op.f("ck_sync_errors_resolution_method")
        ),
        sa.CheckConstraint("severity IN ('high', 'medium', 'low')", name=op.f("ck_sync_errors_severity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_errors")),
        schema="mentorsync",
    )
    op.create_index(
        "uq_sync_errors_open",
        "sync_errors",
        ["campaign_year", "error_code", "subject"],
        unique=True,
        schema="mentorsync",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("NOT resolved"),
    )
    op.create_table(
        "sync_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_year", sa.Integer(), nullable=True, comment="NULL for assets that serve all years."),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rows_in", sa.BigInteger(), nullable=True),
        sa.Column("rows_out", sa.BigInteger(), nullable=True),
        sa.Column("rows_added", sa.BigInteger(), nullable=True),
        sa.Column("rows_changed", sa.BigInteger(), nullable=True),
        sa.Column("rows_removed", sa.BigInteger(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('running', 'success', 'failed')", name=op.f("ck_sync_log_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_log")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_sync_log_asset", "sync_log", ["asset", "campaign_year", "id"], unique=False, schema="mentorsync"
    )
    op.create_table(
        "sync_warnings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=True),
        sa.Column("warning_type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("source_table", sa.Text(), nullable=False),
        sa.Column("acknowledged", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "cleared_at", sa.DateTime(timezone=True), nullable=True, comment="When a run no longer found the cause."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "warning_type IN ('missing_field', 'stale_data', 'unusual_value', 'low_confidence', 'duplicate_detected')",
            name=op.f("ck_sync_warnings_warning_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_warnings")),
        schema="mentorsync",
    )
    op.create_index(
        "uq_sync_warnings_open",
        "sync_warnings",
        ["campaign_year", "warning_type", "subject"],
        unique=True,
        schema="mentorsync",
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "winner_contacts",
        sa.Column("campaign_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("mn_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("second_contact_id", sa.BigInteger(), nullable=True),
        sa.Column("second_score", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column(
            "transferred_external_id",
            sa.Text(),
            nullable=True,
            comment="The same person's other External ID that this one replaces.",
        ),
        sa.Column("blocked_by", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("sync_log_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('human', 'external_id', 'only_candidate', 'clear_winner', 'stale_rival', 'new_contact', 'blocked')",
            name=op.f("ck_winner_contacts_decision"),
        ),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_winner_contacts")),
        schema="mentorsync",
    )
    op.create_index(
        "uq_winner_contacts_one_mentor",
        "winner_contacts",
        ["campaign_year", "contact_id"],
        unique=True,
        schema="mentorsync",
        postgresql_where=sa.text("contact_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    op.drop_index(
        "uq_winner_contacts_one_mentor",
        table_name="winner_contacts",
        schema="mentorsync",
        postgresql_where=sa.text("contact_id IS NOT NULL"),
    )
    op.drop_table("winner_contacts", schema="mentorsync")
    op.drop_index(
        "uq_sync_warnings_open",
        table_name="sync_warnings",
        schema="mentorsync",
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.drop_table("sync_warnings", schema="mentorsync")
    op.drop_index("ix_sync_log_asset", table_name="sync_log", schema="mentorsync")
    op.drop_table("sync_log", schema="mentorsync")
    op.drop_index(
        "uq_sync_errors_open",
        table_name="sync_errors",
        schema="mentorsync",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("NOT resolved"),
    )
    op.drop_table("sync_errors", schema="mentorsync")
    op.drop_index(
        "uq_sync_decisions_standing",
        table_name="sync_decisions",
        schema="mentorsync",
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.drop_table("sync_decisions", schema="mentorsync")
    op.drop_index(
        "uq_sync_conflicts_open",
        table_name="sync_conflicts",
        schema="mentorsync",
        postgresql_where=sa.text("status <> 'obsolete'"),
    )
    op.drop_index("ix_sync_conflicts_queue", table_name="sync_conflicts", schema="mentorsync")
    op.drop_table("sync_conflicts", schema="mentorsync")
    op.drop_table("sync_configs", schema="mentorsync")
    op.drop_table("raw_mn_training_signup", schema="mentorsync")
    op.drop_table("raw_mn_signups", schema="mentorsync")
    op.drop_table("raw_mn_funds_setup", schema="mentorsync")
    op.drop_index(
        "ix_raw_gb_full_contacts_phone_keys",
        table_name="raw_gb_full_contacts",
        schema="mentorsync",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index(
        "ix_raw_gb_full_contacts_external_id",
        table_name="raw_gb_full_contacts",
        schema="mentorsync",
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_raw_gb_full_contacts_email_keys",
        table_name="raw_gb_full_contacts",
        schema="mentorsync",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_table("raw_gb_full_contacts", schema="mentorsync")
    op.drop_table("raw_gb_campaign_members", schema="mentorsync")
    op.drop_table("mn_gb_import", schema="mentorsync")
    op.drop_index("ix_mn_changes_sync_log_id", table_name="mn_changes", schema="mentorsync")
    op.drop_index("ix_mn_changes_campaign_year_mn_id", table_name="mn_changes", schema="mentorsync")
    op.drop_table("mn_changes", schema="mentorsync")
    op.drop_index("ix_mentors_gb_contact_id", table_name="mentors", schema="mentorsync")
    op.drop_table("mentors", schema="mentorsync")
    op.drop_table("mentor_bases", schema="mentorsync")
    op.drop_index("ix_gb_import_files_campaign_year", table_name="gb_import_files", schema="mentorsync")
    op.drop_table("gb_import_files", schema="mentorsync")
    op.drop_table("gb_contact_loads", schema="mentorsync")
    op.drop_table("deduplicated_signups", schema="mentorsync")
    op.drop_index("ix_contact_candidates_contact_id", table_name="contact_candidates", schema="mentorsync")
    op.drop_table("contact_candidates", schema="mentorsync")
    op.drop_index("ix_archived_duplicates_contact_id", table_name="archived_duplicates", schema="mentorsync")
    op.drop_table("archived_duplicates", schema="mentorsync")
    op.drop_table("archive_plan", schema="mentorsync")
