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
        "archive_approvals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("contact_id", sa.BigInteger(), nullable=False, comment="Givebutter's id of the contact."),
        sa.Column(
            "scope",
            sa.Text(),
            nullable=False,
            comment="contact: a person looked at this contact; plan: it is one of a plan that was let past the guard.",
        ),
        sa.Column(
            "input_fingerprint",
            sa.Text(),
            nullable=False,
            comment="What was looked at, as a hash: the yes holds for no other.",
        ),
        sa.Column(
            "answer", sa.Text(), server_default="yes", nullable=False, comment="yes: it may go; no: it is struck out."
        ),
        sa.Column("approved_by", sa.Text(), nullable=False, comment="Who answered."),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False, comment="When it was answered."),
        sa.Column("answer_reason", sa.Text(), nullable=True, comment="Why, in the person's words."),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True, comment="When a no was taken back."),
        sa.Column("withdrawn_by", sa.Text(), nullable=True, comment="Who took it back."),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.CheckConstraint(
            "answer = 'yes' OR scope = 'contact'", name=op.f("ck_archive_approvals_no_to_contacts_alone")
        ),
        sa.CheckConstraint("answer IN ('yes', 'no')", name=op.f("ck_archive_approvals_answer")),
        sa.CheckConstraint("scope IN ('contact', 'plan')", name=op.f("ck_archive_approvals_scope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_approvals")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_archive_approvals_contact_id",
        "archive_approvals",
        ["campaign_year", "contact_id"],
        unique=False,
        schema="mentorsync",
    )
    op.create_table(
        "archive_plan",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column(
            "purpose",
            sa.Text(),
            nullable=False,
            comment="duplicates: the mentors' losers; mass_email: the clean-up of all mass-email stubs.",
        ),
        sa.Column(
            "contact_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Givebutter's id of the contact.",
        ),
        sa.Column(
            "action",
            sa.Text(),
            nullable=False,
            comment="archive, or release: only take the External ID off the contact.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=True, comment="The mentor's id, such as MN0123."),
        sa.Column("winner_contact_id", sa.BigInteger(), nullable=True, comment="The contact that is kept."),
        sa.Column(
            "plan_state", sa.Text(), nullable=False, comment="planned, needs_approval (a person must say yes) or kept."
        ),
        sa.Column("reason_code", sa.Text(), nullable=False, comment="Why, as a stable code."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in plain words."),
        sa.Column(
            "carried_over",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="What is moved to the kept contact first.",
        ),
        sa.Column(
            "has_donations",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the contact has donations.",
        ),
        sa.Column(
            "clears_external_id",
            sa.Text(),
            nullable=True,
            comment="The External ID that is taken off it, because the winner needs it.",
        ),
        sa.Column(
            "input_fingerprint",
            sa.Text(),
            nullable=False,
            comment="What was compared, as a hash: when it changes, the question is asked again.",
        ),
        sa.Column("approved_by", sa.Text(), nullable=True, comment="Who approved it."),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True, comment="When it was approved."),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.CheckConstraint("action IN ('archive', 'release')", name=op.f("ck_archive_plan_action")),
        sa.CheckConstraint(
            "plan_state IN ('planned', 'needs_approval', 'kept')", name=op.f("ck_archive_plan_plan_state")
        ),
        sa.CheckConstraint("purpose IN ('duplicates', 'mass_email')", name=op.f("ck_archive_plan_purpose")),
        sa.PrimaryKeyConstraint("campaign_year", "purpose", "contact_id", name=op.f("pk_archive_plan")),
        schema="mentorsync",
    )
    op.create_table(
        "archived_duplicates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column(
            "purpose",
            sa.Text(),
            nullable=False,
            comment="duplicates: the mentors' losers; mass_email: the clean-up of all mass-email stubs.",
        ),
        sa.Column(
            "action",
            sa.Text(),
            nullable=False,
            comment="archive, or release: only take the External ID off the contact.",
        ),
        sa.Column("contact_id", sa.BigInteger(), nullable=False, comment="Givebutter's id of the contact."),
        sa.Column("mn_id", sa.Text(), nullable=True, comment="The mentor's id, such as MN0123."),
        sa.Column("winner_contact_id", sa.BigInteger(), nullable=True, comment="The contact that is kept."),
        sa.Column("status", sa.Text(), nullable=False, comment="The state that it is in."),
        sa.Column(
            "outcome",
            sa.Text(),
            nullable=True,
            comment="done: we did it; found_done: somebody had archived it, or freed the id, before; missing: no such contact any more.",
        ),
        sa.Column(
            "before_image",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="The whole contact as it was, so that it can be restored.",
        ),
        sa.Column(
            "clears_external_id", sa.Text(), nullable=True, comment="The External ID that has to be taken off it first."
        ),
        sa.Column("cleared_external_id", sa.Text(), nullable=True, comment="The External ID that was taken off it."),
        sa.Column(
            "input_fingerprint",
            sa.Text(),
            nullable=False,
            comment="What was compared, as a hash: when it changes, the question is asked again.",
        ),
        sa.Column("approved_by", sa.Text(), nullable=True, comment="Who approved it."),
        sa.Column("run_id", sa.Text(), nullable=False, comment="The Dagster run."),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False, comment="How many runs have tried."),
        sa.Column("error", sa.Text(), nullable=True, comment="What went wrong."),
        sa.Column(
            "planned_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was planned.",
        ),
        sa.Column(
            "cleared_at", sa.DateTime(timezone=True), nullable=True, comment="When the External ID was taken off."
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True, comment="When it was archived, if it was."),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True, comment="When it was restored."),
        sa.Column("restored_by", sa.Text(), nullable=True, comment="Who restored it."),
        sa.Column("restore_run_id", sa.Text(), nullable=True, comment="The Dagster run that restored it."),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.CheckConstraint("action IN ('archive', 'release')", name=op.f("ck_archived_duplicates_action")),
        sa.CheckConstraint("outcome IN ('done', 'found_done', 'missing')", name=op.f("ck_archived_duplicates_outcome")),
        sa.CheckConstraint("purpose IN ('duplicates', 'mass_email')", name=op.f("ck_archived_duplicates_purpose")),
        sa.CheckConstraint(
            "status IN ('planned', 'clearing', 'archiving', 'archived', 'cleared', 'failed', 'restoring', 'restored')",
            name=op.f("ck_archived_duplicates_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('clearing', 'archiving') OR before_image IS NOT NULL",
            name=op.f("ck_archived_duplicates_before_image_before_the_call"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archived_duplicates")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_archived_duplicates_contact_id", "archived_duplicates", ["contact_id"], unique=False, schema="mentorsync"
    )
    op.create_index(
        "ix_archived_duplicates_run_id",
        "archived_duplicates",
        ["campaign_year", "run_id"],
        unique=False,
        schema="mentorsync",
    )
    op.create_index(
        "uq_archived_duplicates_open",
        "archived_duplicates",
        ["contact_id"],
        unique=True,
        schema="mentorsync",
        postgresql_where=sa.text("status IN ('planned', 'clearing', 'archiving', 'archived', 'failed', 'restoring')"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column("campaign_year", sa.Integer(), nullable=True, comment="NULL for an act that concerns all years."),
        sa.Column("act", sa.Text(), nullable=False, comment="What a person did."),
        sa.Column("subject", sa.Text(), nullable=False, comment="What it was done to: a run's id, or a file's sha256."),
        sa.Column("who", sa.Text(), nullable=False, comment="The person, or the API token."),
        sa.Column(
            "via", sa.Text(), nullable=False, comment="How that was proved: by a login, by a token, or on the machine."
        ),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="Further counts.",
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False, comment="When it was done."),
        sa.CheckConstraint("act IN ('run_started', 'file_uploaded', 'file_fetched')", name=op.f("ck_audit_log_act")),
        sa.CheckConstraint("via IN ('session', 'token', 'local')", name=op.f("ck_audit_log_via")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        schema="mentorsync",
    )
    op.create_index("ix_audit_log_subject", "audit_log", ["subject", "act"], unique=False, schema="mentorsync")
    op.create_table(
        "campaign_messages",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column("message_column", sa.Text(), nullable=False, comment="text or email: the column of `mn_gb_import`."),
        sa.Column("campaign", sa.Text(), nullable=False, comment="The campaign that the message is, or last was, of."),
        sa.Column(
            "content",
            sa.Text(),
            nullable=True,
            comment="The message; NULL when the mentor had one and has none any more.",
        ),
        sa.Column(
            "emptied_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Since when the mentor has no message any more.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.CheckConstraint("message_column IN ('text', 'email')", name=op.f("ck_campaign_messages_message_column")),
        sa.CheckConstraint(
            "(content IS NULL) = (emptied_at IS NOT NULL)", name=op.f("ck_campaign_messages_emptied_at")
        ),
        sa.CheckConstraint("char_length(content) BETWEEN 1 AND 255", name=op.f("ck_campaign_messages_content")),
        sa.PrimaryKeyConstraint("campaign_year", "mn_id", "message_column", name=op.f("pk_campaign_messages")),
        schema="mentorsync",
    )
    op.create_table(
        "contact_candidates",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("submission_id", sa.Text(), nullable=False, comment="Jotform's id of the sign-up."),
        sa.Column(
            "contact_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Givebutter's id of the contact.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column(
            "matched_on",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Which keys the sign-up and the contact share.",
        ),
        sa.Column(
            "viability",
            sa.Text(),
            nullable=False,
            comment="viable: may win; doubtful: only a person may choose it; refused: somebody else.",
        ),
        sa.Column("viability_reason", sa.Text(), nullable=False, comment="Why, in plain words."),
        sa.Column(
            "name_agreement",
            sa.Text(),
            nullable=False,
            comment="Whether the two names agree, differ, or it cannot be told.",
        ),
        sa.Column(
            "is_mass_email",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="A stub of a mass mailing: nothing but a university email.",
        ),
        sa.Column(
            "campaign_member",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether a member of the year's campaign was found.",
        ),
        sa.Column("score", sa.Numeric(precision=10, scale=2), nullable=False, comment="The contact's points."),
        sa.Column(
            "score_parts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="What the points are made of.",
        ),
        sa.Column(
            "rank",
            sa.Integer(),
            nullable=True,
            comment="1 is best, among the viable; NULL for doubtful and refused ones.",
        ),
        sa.Column("contact_external_id", sa.Text(), nullable=True, comment="The External ID that the contact holds."),
        sa.Column(
            "last_modified",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the contact was last changed in Givebutter.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
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
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("submission_id", sa.Text(), nullable=False, comment="Jotform's id of the sign-up."),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column(
            "external_id", sa.Text(), nullable=False, comment="The year's external_id_template, filled with mn_id."
        ),
        sa.Column("first_name", sa.Text(), nullable=True, comment="First name, as given."),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Last name, as given."),
        sa.Column("preferred_name", sa.Text(), nullable=True, comment="The name that the person goes by."),
        sa.Column(
            "phone",
            sa.Text(),
            nullable=True,
            comment="Phone number; E.164 from `deduplicated_signups` on, as given before.",
        ),
        sa.Column("phone_raw", sa.Text(), nullable=True, comment="The phone as it was typed."),
        sa.Column(
            "personal_email",
            sa.Text(),
            nullable=True,
            comment="Personal email; casefolded from `deduplicated_signups` on, as given before.",
        ),
        sa.Column("personal_email_raw", sa.Text(), nullable=True, comment="The personal email as it was typed."),
        sa.Column(
            "uga_email",
            sa.Text(),
            nullable=True,
            comment="University email; casefolded from `deduplicated_signups` on, as given before.",
        ),
        sa.Column("uga_email_raw", sa.Text(), nullable=True, comment="The university email as it was typed."),
        sa.Column("gender", sa.Text(), nullable=True, comment="Gender, as given."),
        sa.Column("shirt_size", sa.Text(), nullable=True, comment="Size of the mentor's shirt."),
        sa.Column("uga_class", sa.Text(), nullable=True, comment="Year at the university."),
        sa.Column("shift_preference", sa.Text(), nullable=True, comment="The shift that the mentor would like."),
        sa.Column("partner_preference", sa.Text(), nullable=True, comment="With whom the mentor would like to work."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was made."),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True, comment="When it was last changed."),
        sa.Column(
            "superseded_submission_ids",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Earlier sign-ups of the same person.",
        ),
        sa.Column(
            "superseded_mn_ids",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="The mentor ids of those earlier sign-ups.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_deduplicated_signups")),
        schema="mentorsync",
    )
    op.create_table(
        "gb_contact_loads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column("origin", sa.Text(), nullable=False, comment="Which way it came: which file or which service."),
        sa.Column("file_name", sa.Text(), nullable=True, comment="The file's name."),
        sa.Column("sha256", sa.Text(), nullable=True, comment="The file's fingerprint."),
        sa.Column("row_count", sa.BigInteger(), nullable=False, comment="How many rows it has."),
        sa.Column("previous_row_count", sa.BigInteger(), nullable=True, comment="How many rows there were before."),
        sa.Column(
            "as_of",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The moment that the contact data was taken at Givebutter.",
        ),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False, comment="When it was loaded."),
        sa.Column("run_id", sa.Text(), nullable=True, comment="The Dagster run."),
        sa.Column("forced_by", sa.Text(), nullable=True, comment="Who let it through against a warning, if anyone."),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment="Notes."),
        sa.CheckConstraint(
            "origin IN ('export', 'api_full', 'api_changes', 'api_mentors')", name=op.f("ck_gb_contact_loads_origin")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gb_contact_loads")),
        schema="mentorsync",
    )
    op.create_table(
        "gb_import_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("file_name", sa.Text(), nullable=False, comment="The file's name."),
        sa.Column("sha256", sa.Text(), nullable=False, comment="The file's fingerprint."),
        sa.Column("row_count", sa.Integer(), nullable=False, comment="How many rows it has."),
        sa.Column("held_back", sa.Integer(), nullable=False, comment="Rows that the linter kept out of the file."),
        sa.Column("run_id", sa.Text(), nullable=False, comment="The Dagster run."),
        sa.Column(
            "contacts_as_of",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="The as_of of the contact data that the file was built from.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was made."),
        sa.Column(
            "forced_by", sa.Text(), nullable=True, comment="Who forced the file past the staleness gate, if anyone."
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
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
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column("field", sa.Text(), nullable=False, comment="The field of `mentors`."),
        sa.Column(
            "value",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="The value last known equal here and in Givebutter.",
        ),
        sa.Column(
            "source_value",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="What our own source said when the value was confirmed.",
        ),
        sa.Column(
            "contact_value",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="What the contact's primary field held when the value was confirmed.",
        ),
        sa.Column(
            "contact_id",
            sa.BigInteger(),
            nullable=True,
            comment="The contact that confirmed it; NULL where no contact has a say.",
        ),
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The as_of of the contact data that confirmed it.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.PrimaryKeyConstraint("campaign_year", "mn_id", "field", name=op.f("pk_mentor_bases")),
        schema="mentorsync",
    )
    op.create_table(
        "mentors",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column("submission_id", sa.Text(), nullable=True, comment="Jotform's id of the sign-up."),
        sa.Column("first_name", sa.Text(), nullable=True, comment="First name, as given."),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Last name, as given."),
        sa.Column("preferred_name", sa.Text(), nullable=True, comment="The name that the person goes by."),
        sa.Column(
            "phone",
            sa.Text(),
            nullable=True,
            comment="Phone number; E.164 from `deduplicated_signups` on, as given before.",
        ),
        sa.Column(
            "personal_email",
            sa.Text(),
            nullable=True,
            comment="Personal email; casefolded from `deduplicated_signups` on, as given before.",
        ),
        sa.Column(
            "uga_email",
            sa.Text(),
            nullable=True,
            comment="University email; casefolded from `deduplicated_signups` on, as given before.",
        ),
        sa.Column("gender", sa.Text(), nullable=True, comment="Gender, as given."),
        sa.Column("shirt_size", sa.Text(), nullable=True, comment="Size of the mentor's shirt."),
        sa.Column("uga_class", sa.Text(), nullable=True, comment="Year at the university."),
        sa.Column("shift_preference", sa.Text(), nullable=True, comment="The shift that the mentor would like."),
        sa.Column("partner_preference", sa.Text(), nullable=True, comment="With whom the mentor would like to work."),
        sa.Column("gb_contact_id", sa.BigInteger(), nullable=True, comment="The contact that is kept for the mentor."),
        sa.Column(
            "campaign_member",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether a member of the year's campaign was found.",
        ),
        sa.Column(
            "gb_member_id", sa.BigInteger(), nullable=True, comment="The campaign member that belongs to the mentor."
        ),
        sa.Column(
            "amount_raised",
            sa.Numeric(precision=12, scale=2),
            server_default="0",
            nullable=False,
            comment="What the mentor has raised, in dollars; from the campaign's members alone.",
        ),
        sa.Column("fundraising_page_url", sa.Text(), nullable=True, comment="The mentor's fundraising page."),
        sa.Column("setup_submission_id", sa.Text(), nullable=True, comment="The mentor's set-up form."),
        sa.Column(
            "training_signup",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the mentor signed up for training.",
        ),
        sa.Column(
            "training_signup_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the mentor signed up for training.",
        ),
        sa.Column("training_signup_submission_id", sa.Text(), nullable=True, comment="The mentor's training form."),
        sa.Column(
            "attended_training",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the mentor came, as ticked in Givebutter.",
        ),
        sa.Column(
            "training_at", sa.Date(), nullable=True, comment="The day of the training, as entered in Givebutter."
        ),
        sa.Column(
            "dropped",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the mentor has left the campaign.",
        ),
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False, comment="Givebutter's tags."
        ),
        sa.Column("notes", sa.Text(), nullable=True, comment="Notes."),
        sa.Column("status", sa.Text(), nullable=False, comment="The state that it is in."),
        sa.Column(
            "sync_state",
            sa.Text(),
            nullable=False,
            comment="matched: has a contact; new: the import makes one; blocked: waits for a person.",
        ),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=True, comment="When the mentor signed up."),
        sa.Column(
            "provenance",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="For each field: where its value comes from, when it was read, and which rule chose it.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.CheckConstraint(
            "status IN ('needs_setup', 'needs_page', 'needs_fundraising', 'complete')", name=op.f("ck_mentors_status")
        ),
        sa.CheckConstraint("sync_state IN ('matched', 'new', 'blocked')", name=op.f("ck_mentors_sync_state")),
        sa.PrimaryKeyConstraint("campaign_year", "mn_id", name=op.f("pk_mentors")),
        schema="mentorsync",
    )
    op.create_index("ix_mentors_gb_contact_id", "mentors", ["gb_contact_id"], unique=False, schema="mentorsync")
    op.create_table(
        "message_campaigns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="The campaign's name, as its file gives it."),
        sa.Column("file_name", sa.Text(), nullable=False, comment="The file's name."),
        sa.Column(
            "source", sa.Text(), nullable=False, comment="The whole file as it was applied; later runs go by this text."
        ),
        sa.Column("sha256", sa.Text(), nullable=False, comment="The file's fingerprint."),
        sa.Column(
            "message_columns",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Givebutter's import column message_columns.",
        ),
        sa.Column("applied_by", sa.Text(), nullable=False, comment="Who applied it."),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False, comment="When it was applied."),
        sa.Column(
            "cleared_by", sa.Text(), nullable=True, comment="Who cleared it, or applied another text of the same name."
        ),
        sa.Column(
            "cleared_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it ceased to be in force; NULL while it is.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_campaigns")),
        schema="mentorsync",
    )
    op.create_index(
        "uq_message_campaigns_active",
        "message_campaigns",
        ["campaign_year", "name"],
        unique=True,
        schema="mentorsync",
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "mn_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column("change_type", sa.Text(), nullable=False, comment="What kind of change it is."),
        sa.Column("field", sa.Text(), nullable=True, comment="The field of `mentors`."),
        sa.Column("old_value", postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment="The value before."),
        sa.Column("new_value", postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment="The value after."),
        sa.Column("source_table", sa.Text(), nullable=False, comment="The table that the finding is about."),
        sa.Column("source", sa.Text(), nullable=True, comment="Who or what made the change."),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=False, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.Column(
            "detected_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the change was found.",
        ),
        sa.Column(
            "synced_to_gb",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When contact data confirmed the new value; NULL until then.",
        ),
        sa.Column(
            "resolved", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="Whether it is settled."
        ),
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
    op.create_index(
        "ix_mn_changes_newest", "mn_changes", ["campaign_year", "sync_log_id", "id"], unique=False, schema="mentorsync"
    )
    op.create_index("ix_mn_changes_sync_log_id", "mn_changes", ["sync_log_id"], unique=False, schema="mentorsync")
    op.create_table(
        "mn_gb_import",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column(
            "Givebutter Contact ID",
            sa.Text(),
            nullable=True,
            comment="Givebutter's import column Givebutter Contact ID.",
        ),
        sa.Column(
            "Contact External ID", sa.Text(), nullable=True, comment="Givebutter's import column Contact External ID."
        ),
        sa.Column("Contact Since", sa.Text(), nullable=True, comment="Givebutter's import column Contact Since."),
        sa.Column("Prefix", sa.Text(), nullable=True, comment="Givebutter's import column Prefix."),
        sa.Column("First Name", sa.Text(), nullable=True, comment="Givebutter's import column First Name."),
        sa.Column(
            "Preferred First Name", sa.Text(), nullable=True, comment="Givebutter's import column Preferred First Name."
        ),
        sa.Column("Middle Name", sa.Text(), nullable=True, comment="Givebutter's import column Middle Name."),
        sa.Column("Last Name", sa.Text(), nullable=True, comment="Givebutter's import column Last Name."),
        sa.Column("Suffix", sa.Text(), nullable=True, comment="Givebutter's import column Suffix."),
        sa.Column("Primary Email", sa.Text(), nullable=True, comment="Givebutter's import column Primary Email."),
        sa.Column(
            "Primary Phone Number", sa.Text(), nullable=True, comment="Givebutter's import column Primary Phone Number."
        ),
        sa.Column("Address Line 1", sa.Text(), nullable=True, comment="Givebutter's import column Address Line 1."),
        sa.Column("Address Line 2", sa.Text(), nullable=True, comment="Givebutter's import column Address Line 2."),
        sa.Column("City", sa.Text(), nullable=True, comment="Givebutter's import column City."),
        sa.Column("State", sa.Text(), nullable=True, comment="Givebutter's import column State."),
        sa.Column("Zip Code", sa.Text(), nullable=True, comment="Givebutter's import column Zip Code."),
        sa.Column("Country", sa.Text(), nullable=True, comment="Givebutter's import column Country."),
        sa.Column("Gender", sa.Text(), nullable=True, comment="Givebutter's import column Gender."),
        sa.Column("Pronouns", sa.Text(), nullable=True, comment="Givebutter's import column Pronouns."),
        sa.Column("Household Name", sa.Text(), nullable=True, comment="Givebutter's import column Household Name."),
        sa.Column(
            "Household Envelope Name",
            sa.Text(),
            nullable=True,
            comment="Givebutter's import column Household Envelope Name.",
        ),
        sa.Column(
            "Is Household Primary Contact",
            sa.Text(),
            nullable=True,
            comment="Givebutter's import column Is Household Primary Contact.",
        ),
        sa.Column("Email Addresses", sa.Text(), nullable=True, comment="Givebutter's import column Email Addresses."),
        sa.Column("Phone Numbers", sa.Text(), nullable=True, comment="Givebutter's import column Phone Numbers."),
        sa.Column("Date of Birth", sa.Text(), nullable=True, comment="Givebutter's import column Date of Birth."),
        sa.Column("Employer", sa.Text(), nullable=True, comment="Givebutter's import column Employer."),
        sa.Column("Title", sa.Text(), nullable=True, comment="Givebutter's import column Title."),
        sa.Column("Twitter URL", sa.Text(), nullable=True, comment="Givebutter's import column Twitter URL."),
        sa.Column("LinkedIn URL", sa.Text(), nullable=True, comment="Givebutter's import column LinkedIn URL."),
        sa.Column("Facebook URL", sa.Text(), nullable=True, comment="Givebutter's import column Facebook URL."),
        sa.Column("TikTok URL", sa.Text(), nullable=True, comment="Givebutter's import column TikTok URL."),
        sa.Column("Tags", sa.Text(), nullable=True, comment="Givebutter's import column Tags."),
        sa.Column("Notes", sa.Text(), nullable=True, comment="Givebutter's import column Notes."),
        sa.Column(
            "Email Subscription Status",
            sa.Text(),
            nullable=True,
            comment="Givebutter's import column Email Subscription Status.",
        ),
        sa.Column(
            "Phone Subscription Status",
            sa.Text(),
            nullable=True,
            comment="Givebutter's import column Phone Subscription Status.",
        ),
        sa.Column(
            "Address Subscription Status",
            sa.Text(),
            nullable=True,
            comment="Givebutter's import column Address Subscription Status.",
        ),
        sa.Column(
            "📱Custom Text Message 1️⃣",
            sa.Text(),
            nullable=True,
            comment="Givebutter's import column 📱Custom Text Message 1️⃣.",
        ),
        sa.Column(
            "📧 Custom Email Message 1️⃣",
            sa.Text(),
            nullable=True,
            comment="Givebutter's import column 📧 Custom Email Message 1️⃣.",
        ),
        sa.Column(
            "custom_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="Givebutter's custom fields, by label.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.PrimaryKeyConstraint("campaign_year", "mn_id", name=op.f("pk_mn_gb_import")),
        schema="mentorsync",
    )
    op.create_table(
        "raw_gb_campaign_members",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column(
            "member_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Givebutter's id of the campaign member.",
        ),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False, comment="Givebutter's id of the campaign."),
        sa.Column("first_name", sa.Text(), nullable=True, comment="First name, as given."),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Last name, as given."),
        sa.Column("display_name", sa.Text(), nullable=True, comment="The name on the fundraising page."),
        sa.Column("email", sa.Text(), nullable=True, comment="Email, as given."),
        sa.Column(
            "phone",
            sa.Text(),
            nullable=True,
            comment="Phone number; E.164 from `deduplicated_signups` on, as given before.",
        ),
        sa.Column("email_key", sa.Text(), nullable=True, comment="The email in its normal form, to match by."),
        sa.Column("phone_key", sa.Text(), nullable=True, comment="The phone in its normal form (E.164), to match by."),
        sa.Column(
            "raised",
            sa.Numeric(precision=12, scale=2),
            nullable=False,
            comment="What the member has raised, in dollars.",
        ),
        sa.Column(
            "goal", sa.Numeric(precision=12, scale=2), nullable=True, comment="The member's own goal, in dollars."
        ),
        sa.Column("donors", sa.Integer(), nullable=True, comment="How many people have given."),
        sa.Column("items", sa.Integer(), nullable=True, comment="How many items were bought."),
        sa.Column("url", sa.Text(), nullable=True, comment="The member's fundraising page."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True, comment="When it was made."),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True, comment="When it was last changed."),
        sa.Column("origin", sa.Text(), nullable=False, comment="Which way it came: which file or which service."),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The record as its source gave it.",
        ),
        sa.Column(
            "observed_at", sa.DateTime(timezone=True), nullable=False, comment="When we read it from its source."
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.PrimaryKeyConstraint("campaign_year", "member_id", name=op.f("pk_raw_gb_campaign_members")),
        schema="mentorsync",
    )
    op.create_table(
        "raw_gb_full_contacts",
        sa.Column(
            "contact_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Givebutter's id of the contact.",
        ),
        sa.Column(
            "contact_type",
            sa.Text(),
            server_default="individual",
            nullable=False,
            comment="A person (individual) or a company.",
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True, comment="When it was archived, if it was."),
        sa.Column(
            "external_id",
            sa.Text(collation="C"),
            nullable=True,
            comment="The External ID that Givebutter holds: a mentor's id, or nothing.",
        ),
        sa.Column(
            "email_keys",
            postgresql.ARRAY(sa.Text(collation="C")),
            server_default="{}",
            nullable=False,
            comment="All emails in their normal form, the primary one first, to match by.",
        ),
        sa.Column(
            "phone_keys",
            postgresql.ARRAY(sa.Text(collation="C")),
            server_default="{}",
            nullable=False,
            comment="All phones in their normal form (E.164), the primary one first, to match by.",
        ),
        sa.Column("prefix", sa.Text(), nullable=True, comment="Title before the name."),
        sa.Column("first_name", sa.Text(), nullable=True, comment="First name, as given."),
        sa.Column("preferred_name", sa.Text(), nullable=True, comment="The name that the person goes by."),
        sa.Column("middle_name", sa.Text(), nullable=True, comment="Middle name, as given."),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Last name, as given."),
        sa.Column("suffix", sa.Text(), nullable=True, comment="What follows the name, such as Jr."),
        sa.Column("date_of_birth", sa.Text(), nullable=True, comment="Date of birth, as Givebutter has it."),
        sa.Column("gender", sa.Text(), nullable=True, comment="Gender, as given."),
        sa.Column("pronouns", sa.Text(), nullable=True, comment="Pronouns, as given."),
        sa.Column("employer", sa.Text(), nullable=True, comment="Employer."),
        sa.Column("title", sa.Text(), nullable=True, comment="Job title."),
        sa.Column("primary_email", sa.Text(), nullable=True, comment="The main email, as Givebutter has it."),
        sa.Column(
            "additional_emails",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="All other emails.",
        ),
        sa.Column("primary_phone", sa.Text(), nullable=True, comment="The main phone, as Givebutter has it."),
        sa.Column(
            "additional_phones",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="All other phones.",
        ),
        sa.Column("address_line_1", sa.Text(), nullable=True, comment="Street and number."),
        sa.Column("address_line_2", sa.Text(), nullable=True, comment="Second line of the address."),
        sa.Column("city", sa.Text(), nullable=True, comment="City."),
        sa.Column("state", sa.Text(), nullable=True, comment="State."),
        sa.Column("zip_code", sa.Text(), nullable=True, comment="Postal code."),
        sa.Column("country", sa.Text(), nullable=True, comment="Country."),
        sa.Column("contact_since", sa.Text(), nullable=True, comment="Since when Givebutter counts the contact."),
        sa.Column("website", sa.Text(), nullable=True, comment="Website."),
        sa.Column("twitter", sa.Text(), nullable=True, comment="Page on Twitter."),
        sa.Column("linkedin", sa.Text(), nullable=True, comment="Page on LinkedIn."),
        sa.Column("facebook", sa.Text(), nullable=True, comment="Page on Facebook."),
        sa.Column("tiktok", sa.Text(), nullable=True, comment="Page on TikTok."),
        sa.Column(
            "household",
            sa.Text(),
            nullable=True,
            comment="The household that the contact belongs to; known from exports alone.",
        ),
        sa.Column(
            "household_primary_contact", sa.Text(), nullable=True, comment="Whether it is the household's main contact."
        ),
        sa.Column(
            "recurring_contributions",
            sa.Numeric(precision=12, scale=2),
            nullable=True,
            comment="Recurring donations, in dollars.",
        ),
        sa.Column(
            "total_contributions",
            sa.Numeric(precision=12, scale=2),
            nullable=True,
            comment="All donations, in dollars.",
        ),
        sa.Column(
            "email_subscribed",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether emails may be sent.",
        ),
        sa.Column(
            "phone_subscribed",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether text messages may be sent.",
        ),
        sa.Column(
            "address_subscribed",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether letters may be sent.",
        ),
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False, comment="Givebutter's tags."
        ),
        sa.Column("notes", sa.Text(), nullable=True, comment="Notes."),
        sa.Column(
            "custom_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="Givebutter's custom fields, by label.",
        ),
        sa.Column(
            "date_created",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the contact was made in Givebutter.",
        ),
        sa.Column(
            "last_modified",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the contact was last changed in Givebutter.",
        ),
        sa.Column("origin", sa.Text(), nullable=False, comment="Which way it came: which file or which service."),
        sa.Column(
            "payload",
            sa.JSON(),
            nullable=False,
            comment="The record of the API; of an export, each cell that no other column gives back to the letter.",
        ),
        sa.Column(
            "observed_at", sa.DateTime(timezone=True), nullable=False, comment="When we read it from its source."
        ),
        sa.Column(
            "load_id", sa.BigInteger(), nullable=False, comment="The load (`gb_contact_loads`) that last wrote the row."
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_raw_gb_full_contacts")),
        schema="mentorsync",
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
        "ix_raw_gb_full_contacts_first_email_keys",
        "raw_gb_full_contacts",
        [sa.literal_column("(email_keys[1])")],
        unique=False,
        schema="mentorsync",
        postgresql_where=sa.text("(email_keys[1] IS NOT NULL)"),
    )
    op.create_index(
        "ix_raw_gb_full_contacts_first_phone_keys",
        "raw_gb_full_contacts",
        [sa.literal_column("(phone_keys[1])")],
        unique=False,
        schema="mentorsync",
        postgresql_where=sa.text("(phone_keys[1] IS NOT NULL)"),
    )
    op.create_index(
        "ix_raw_gb_full_contacts_several_keys",
        "raw_gb_full_contacts",
        ["email_keys", "phone_keys"],
        unique=False,
        schema="mentorsync",
        postgresql_using="gin",
        postgresql_where=sa.text("(cardinality(email_keys) > 1 OR cardinality(phone_keys) > 1)"),
        postgresql_with={"fastupdate": "off"},
    )
    op.create_table(
        "raw_mn_funds_setup",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("submission_id", sa.Text(), nullable=False, comment="Jotform's id of the sign-up."),
        sa.Column("form_id", sa.Text(), nullable=False, comment="Jotform's id of the form."),
        sa.Column("status", sa.Text(), nullable=False, comment="The state that it is in."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was made."),
        sa.Column(
            "created_at_raw",
            sa.Text(),
            nullable=False,
            comment="When it was made, as Jotform wrote it (US Eastern wall clock).",
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True, comment="When it was last changed."),
        sa.Column("updated_at_raw", sa.Text(), nullable=True, comment="When it was last edited, as Jotform wrote it."),
        sa.Column("mn_id", sa.Text(), nullable=True, comment="The mentor's id, such as MN0123."),
        sa.Column("first_name", sa.Text(), nullable=True, comment="First name, as given."),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Last name, as given."),
        sa.Column(
            "phone",
            sa.Text(),
            nullable=True,
            comment="Phone number; E.164 from `deduplicated_signups` on, as given before.",
        ),
        sa.Column("email", sa.Text(), nullable=True, comment="Email, as given."),
        sa.Column(
            "removed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a full listing first came without this submission; kept as a tombstone.",
        ),
        sa.Column("origin", sa.Text(), nullable=False, comment="Which way it came: which file or which service."),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The record as its source gave it.",
        ),
        sa.Column(
            "observed_at", sa.DateTime(timezone=True), nullable=False, comment="When we read it from its source."
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_raw_mn_funds_setup")),
        schema="mentorsync",
    )
    op.create_table(
        "raw_mn_signups",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("submission_id", sa.Text(), nullable=False, comment="Jotform's id of the sign-up."),
        sa.Column("form_id", sa.Text(), nullable=False, comment="Jotform's id of the form."),
        sa.Column("status", sa.Text(), nullable=False, comment="The state that it is in."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was made."),
        sa.Column(
            "created_at_raw",
            sa.Text(),
            nullable=False,
            comment="When it was made, as Jotform wrote it (US Eastern wall clock).",
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True, comment="When it was last changed."),
        sa.Column("updated_at_raw", sa.Text(), nullable=True, comment="When it was last edited, as Jotform wrote it."),
        sa.Column("mn_id", sa.Text(), nullable=True, comment="The mentor's id, such as MN0123."),
        sa.Column("first_name", sa.Text(), nullable=True, comment="First name, as given."),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Last name, as given."),
        sa.Column("preferred_name", sa.Text(), nullable=True, comment="The name that the person goes by."),
        sa.Column(
            "phone",
            sa.Text(),
            nullable=True,
            comment="Phone number; E.164 from `deduplicated_signups` on, as given before.",
        ),
        sa.Column(
            "personal_email",
            sa.Text(),
            nullable=True,
            comment="Personal email; casefolded from `deduplicated_signups` on, as given before.",
        ),
        sa.Column(
            "uga_email",
            sa.Text(),
            nullable=True,
            comment="University email; casefolded from `deduplicated_signups` on, as given before.",
        ),
        sa.Column("gender", sa.Text(), nullable=True, comment="Gender, as given."),
        sa.Column("shirt_size", sa.Text(), nullable=True, comment="Size of the mentor's shirt."),
        sa.Column("uga_class", sa.Text(), nullable=True, comment="Year at the university."),
        sa.Column("shift_preference", sa.Text(), nullable=True, comment="The shift that the mentor would like."),
        sa.Column("partner_preference", sa.Text(), nullable=True, comment="With whom the mentor would like to work."),
        sa.Column(
            "removed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a full listing first came without this submission; kept as a tombstone.",
        ),
        sa.Column("origin", sa.Text(), nullable=False, comment="Which way it came: which file or which service."),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The record as its source gave it.",
        ),
        sa.Column(
            "observed_at", sa.DateTime(timezone=True), nullable=False, comment="When we read it from its source."
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_raw_mn_signups")),
        schema="mentorsync",
    )
    op.create_table(
        "raw_mn_training_signup",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("submission_id", sa.Text(), nullable=False, comment="Jotform's id of the sign-up."),
        sa.Column("form_id", sa.Text(), nullable=False, comment="Jotform's id of the form."),
        sa.Column("status", sa.Text(), nullable=False, comment="The state that it is in."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was made."),
        sa.Column(
            "created_at_raw",
            sa.Text(),
            nullable=False,
            comment="When it was made, as Jotform wrote it (US Eastern wall clock).",
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True, comment="When it was last changed."),
        sa.Column("updated_at_raw", sa.Text(), nullable=True, comment="When it was last edited, as Jotform wrote it."),
        sa.Column("mn_id", sa.Text(), nullable=True, comment="The mentor's id, such as MN0123."),
        sa.Column("first_name", sa.Text(), nullable=True, comment="First name, as given."),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Last name, as given."),
        sa.Column(
            "phone",
            sa.Text(),
            nullable=True,
            comment="Phone number; E.164 from `deduplicated_signups` on, as given before.",
        ),
        sa.Column("email", sa.Text(), nullable=True, comment="Email, as given."),
        sa.Column("training_session", sa.Text(), nullable=True, comment="The training session that was chosen."),
        sa.Column(
            "removed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a full listing first came without this submission; kept as a tombstone.",
        ),
        sa.Column("origin", sa.Text(), nullable=False, comment="Which way it came: which file or which service."),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The record as its source gave it.",
        ),
        sa.Column(
            "observed_at", sa.DateTime(timezone=True), nullable=False, comment="When we read it from its source."
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_raw_mn_training_signup")),
        schema="mentorsync",
    )
    op.create_table(
        "sync_configs",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("config_key", sa.Text(), nullable=False, comment="The name of the setting."),
        sa.Column("config_value", sa.Text(), nullable=False, comment="Its value, as text."),
        sa.Column("config_type", sa.Text(), nullable=False, comment="string, number, boolean or json."),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "config_type IN ('string', 'number', 'boolean', 'json')", name=op.f("ck_sync_configs_config_type")
        ),
        sa.PrimaryKeyConstraint("campaign_year", "config_key", name=op.f("pk_sync_configs")),
        schema="mentorsync",
    )
    op.create_table(
        "sync_conflicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column("conflict_type", sa.Text(), nullable=False, comment="What kind of question it is."),
        sa.Column("subject", sa.Text(), nullable=False, comment="What the question is about, stable between runs."),
        sa.Column("severity", sa.Text(), nullable=False, comment="high, medium or low."),
        sa.Column(
            "blocking",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the mentor waits for the answer.",
        ),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False, comment="The state that it is in."),
        sa.Column(
            "option_a",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="The first answer: its value, its source and what is known of it.",
        ),
        sa.Column(
            "option_b",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="The second answer.",
        ),
        sa.Column(
            "context",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="What else helps to decide.",
        ),
        sa.Column("recommended_option", sa.Text(), nullable=True, comment="The answer that is recommended, if one is."),
        sa.Column("recommendation_reason", sa.Text(), nullable=False, comment="Why, in plain words."),
        sa.Column(
            "input_fingerprint",
            sa.Text(),
            nullable=False,
            comment="What was compared, as a hash: when it changes, the question is asked again.",
        ),
        sa.Column("source_table", sa.Text(), nullable=False, comment="The table that the finding is about."),
        sa.Column("decision_id", sa.BigInteger(), nullable=True, comment="The `sync_decisions` row that settled it."),
        sa.Column(
            "previous_decision",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="What a person answered before the inputs changed.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True, comment="When it was closed."),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.Column(
            "searched",
            sa.Text(),
            sa.Computed(
                "lower(mn_id || ' ' || subject || ' ' || recommendation_reason || ' ' || option_a::text || ' ' || option_b::text || ' ' || context::text)",
                persisted=True,
            ),
            nullable=True,
            comment="What a search looks in.",
        ),
        sa.CheckConstraint(
            "conflict_type IN ('contact_selection', 'external_id_collision', 'phone_mismatch', 'email_mismatch', 'field_mismatch', 'fundraising_mismatch', 'shared_phone', 'data_staleness')",
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
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column("conflict_type", sa.Text(), nullable=False, comment="What kind of question it is."),
        sa.Column("subject", sa.Text(), nullable=False, comment="The record that it is about."),
        sa.Column(
            "input_fingerprint",
            sa.Text(),
            nullable=False,
            comment="What was compared, as a hash: when it changes, the question is asked again.",
        ),
        sa.Column("choice", sa.Text(), nullable=False, comment="a, b, custom or skipped."),
        sa.Column(
            "value", postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment="The value that was chosen."
        ),
        sa.Column("decided_by", sa.Text(), nullable=False, comment="Who decided."),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why, in plain words."),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was decided.",
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True, comment="When the decision was taken back."),
        sa.Column("undone_by", sa.Text(), nullable=True, comment="Who took it back."),
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
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column(
            "campaign_year", sa.Integer(), nullable=True, comment="NULL for an error that belongs to no one year."
        ),
        sa.Column("mn_id", sa.Text(), nullable=True, comment="The mentor's id, such as MN0123."),
        sa.Column("error_code", sa.Text(), nullable=False, comment="A stable code."),
        sa.Column("subject", sa.Text(), nullable=False, comment="The record that is wrong, stable between runs."),
        sa.Column("message", sa.Text(), nullable=False, comment="What is wrong, in plain words."),
        sa.Column("what_to_do", sa.Text(), nullable=False, comment="What to do about it."),
        sa.Column("severity", sa.Text(), nullable=False, comment="high, medium or low."),
        sa.Column("source_table", sa.Text(), nullable=False, comment="The table that the finding is about."),
        sa.Column(
            "can_retry",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether trying again may help.",
        ),
        sa.Column(
            "retry_count", sa.Integer(), server_default="0", nullable=False, comment="How often it was tried again."
        ),
        sa.Column(
            "max_retries", sa.Integer(), server_default="3", nullable=False, comment="How often it will be tried again."
        ),
        sa.Column("next_retry_at", sa.DateTime(timezone=True), nullable=True, comment="When it will be tried again."),
        sa.Column(
            "retried_by",
            sa.Text(),
            nullable=True,
            comment="Who had it tried again last; NULL when nobody asked for that try.",
        ),
        sa.Column(
            "resolved", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="Whether it is settled."
        ),
        sa.Column(
            "resolution_method", sa.Text(), nullable=True, comment="How it was settled: auto_retry, manual or ignored."
        ),
        sa.Column("resolved_by", sa.Text(), nullable=True, comment="Who settled it."),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True, comment="When it was settled."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
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
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column("campaign_year", sa.Integer(), nullable=True, comment="NULL for assets that serve all years."),
        sa.Column("asset", sa.Text(), nullable=False, comment="The asset that ran."),
        sa.Column("run_id", sa.Text(), nullable=False, comment="The Dagster run."),
        sa.Column("status", sa.Text(), nullable=False, comment="The state that it is in."),
        sa.Column("rows_in", sa.BigInteger(), nullable=True, comment="Rows read."),
        sa.Column("rows_out", sa.BigInteger(), nullable=True, comment="Rows there were afterwards."),
        sa.Column("rows_added", sa.BigInteger(), nullable=True, comment="Rows added."),
        sa.Column("rows_changed", sa.BigInteger(), nullable=True, comment="Rows changed."),
        sa.Column("rows_removed", sa.BigInteger(), nullable=True, comment="Rows removed."),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment="Further counts."),
        sa.Column("error", sa.Text(), nullable=True, comment="What went wrong."),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="When it started."),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True, comment="When it ended."),
        sa.CheckConstraint("status IN ('running', 'success', 'failed')", name=op.f("ck_sync_log_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_log")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_sync_log_asset", "sync_log", ["asset", "campaign_year", "id"], unique=False, schema="mentorsync"
    )
    op.create_index("ix_sync_log_run_id", "sync_log", ["run_id"], unique=False, schema="mentorsync")
    op.create_table(
        "sync_warnings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="A running number."),
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=True, comment="The mentor's id, such as MN0123."),
        sa.Column("warning_type", sa.Text(), nullable=False, comment="What kind of warning it is."),
        sa.Column("subject", sa.Text(), nullable=False, comment="The record that it is about."),
        sa.Column("message", sa.Text(), nullable=False, comment="What is wrong, in plain words."),
        sa.Column(
            "fingerprint",
            sa.Text(),
            nullable=False,
            comment="What the warning says, as a hash: an acknowledged one is not repeated while it is the same.",
        ),
        sa.Column("source_table", sa.Text(), nullable=False, comment="The table that the finding is about."),
        sa.Column(
            "acknowledged",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether a person has seen it.",
        ),
        sa.Column("acknowledged_by", sa.Text(), nullable=True, comment="Who has seen it."),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True, comment="When it was seen."),
        sa.Column(
            "cleared_at", sa.DateTime(timezone=True), nullable=True, comment="When a run no longer found the cause."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
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
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("submission_id", sa.Text(), nullable=False, comment="Jotform's id of the sign-up."),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column("contact_id", sa.BigInteger(), nullable=True, comment="Givebutter's id of the contact."),
        sa.Column("decision", sa.Text(), nullable=False, comment="Which step of the rules decided."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in plain words."),
        sa.Column("score", sa.Numeric(precision=10, scale=2), nullable=True, comment="The contact's points."),
        sa.Column("second_contact_id", sa.BigInteger(), nullable=True, comment="The next best contact."),
        sa.Column(
            "second_score", sa.Numeric(precision=10, scale=2), nullable=True, comment="The next best contact's points."
        ),
        sa.Column(
            "transferred_external_id",
            sa.Text(),
            nullable=True,
            comment="The same person's other External ID that this one replaces.",
        ),
        sa.Column(
            "release_contact_id",
            sa.BigInteger(),
            nullable=True,
            comment="The contact that shall lose the mentor's id, as a person decided.",
        ),
        sa.Column(
            "blocked_by",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="The conflicts that the mentor waits for.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
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
    op.drop_index("ix_sync_log_run_id", table_name="sync_log", schema="mentorsync")
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
        "ix_raw_gb_full_contacts_several_keys",
        table_name="raw_gb_full_contacts",
        schema="mentorsync",
        postgresql_using="gin",
        postgresql_where=sa.text("(cardinality(email_keys) > 1 OR cardinality(phone_keys) > 1)"),
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index(
        "ix_raw_gb_full_contacts_first_phone_keys",
        table_name="raw_gb_full_contacts",
        schema="mentorsync",
        postgresql_where=sa.text("(phone_keys[1] IS NOT NULL)"),
    )
    op.drop_index(
        "ix_raw_gb_full_contacts_first_email_keys",
        table_name="raw_gb_full_contacts",
        schema="mentorsync",
        postgresql_where=sa.text("(email_keys[1] IS NOT NULL)"),
    )
    op.drop_index(
        "ix_raw_gb_full_contacts_external_id",
        table_name="raw_gb_full_contacts",
        schema="mentorsync",
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.drop_table("raw_gb_full_contacts", schema="mentorsync")
    op.drop_table("raw_gb_campaign_members", schema="mentorsync")
    op.drop_table("mn_gb_import", schema="mentorsync")
    op.drop_index("ix_mn_changes_sync_log_id", table_name="mn_changes", schema="mentorsync")
    op.drop_index("ix_mn_changes_newest", table_name="mn_changes", schema="mentorsync")
    op.drop_index("ix_mn_changes_campaign_year_mn_id", table_name="mn_changes", schema="mentorsync")
    op.drop_table("mn_changes", schema="mentorsync")
    op.drop_index(
        "uq_message_campaigns_active",
        table_name="message_campaigns",
        schema="mentorsync",
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.drop_table("message_campaigns", schema="mentorsync")
    op.drop_index("ix_mentors_gb_contact_id", table_name="mentors", schema="mentorsync")
    op.drop_table("mentors", schema="mentorsync")
    op.drop_table("mentor_bases", schema="mentorsync")
    op.drop_index("ix_gb_import_files_campaign_year", table_name="gb_import_files", schema="mentorsync")
    op.drop_table("gb_import_files", schema="mentorsync")
    op.drop_table("gb_contact_loads", schema="mentorsync")
    op.drop_table("deduplicated_signups", schema="mentorsync")
    op.drop_index("ix_contact_candidates_contact_id", table_name="contact_candidates", schema="mentorsync")
    op.drop_table("contact_candidates", schema="mentorsync")
    op.drop_table("campaign_messages", schema="mentorsync")
    op.drop_index("ix_audit_log_subject", table_name="audit_log", schema="mentorsync")
    op.drop_table("audit_log", schema="mentorsync")
    op.drop_index(
        "uq_archived_duplicates_open",
        table_name="archived_duplicates",
        schema="mentorsync",
        postgresql_where=sa.text("status IN ('planned', 'clearing', 'archiving', 'archived', 'failed', 'restoring')"),
    )
    op.drop_index("ix_archived_duplicates_run_id", table_name="archived_duplicates", schema="mentorsync")
    op.drop_index("ix_archived_duplicates_contact_id", table_name="archived_duplicates", schema="mentorsync")
    op.drop_table("archived_duplicates", schema="mentorsync")
    op.drop_table("archive_plan", schema="mentorsync")
    op.drop_index("ix_archive_approvals_contact_id", table_name="archive_approvals", schema="mentorsync")
    op.drop_table("archive_approvals", schema="mentorsync")
