"""Duplicate contacts get a table of their own, so that they are determined once for all that depends on them.

Revision 0007, made on 2026-11-28; it follows 0006.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "duplicate_contacts",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column(
            "contact_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Givebutter's id of the contact.",
        ),
        sa.Column(
            "submission_id", sa.Text(), nullable=False, comment="The sign-up of the mentor whose duplicate it is."
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column("winner_contact_id", sa.BigInteger(), nullable=True, comment="The contact that is kept."),
        sa.Column(
            "is_mass_email",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="A stub of a mass mailing: nothing but a university email.",
        ),
        sa.Column(
            "campaign_member",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="Whether a member of the year's campaign was found.",
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="duplicate: it may be archived; needs_approval: when a person approves; protected: it stays.",
        ),
        sa.Column("reason_code", sa.Text(), nullable=False, comment="Why, as a stable code."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in plain words."),
        sa.Column(
            "doubts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
            comment="Every reason to ask for approval: code and reason.",
        ),
        sa.Column(
            "hands_on",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="Whether its emails, phones and tags go to the kept contact.",
        ),
        sa.Column(
            "emails",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Emails that it may hand on to the kept contact.",
        ),
        sa.Column(
            "phones",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Phones that it may hand on to the kept contact.",
        ),
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False, comment="Givebutter's tags."
        ),
        sa.Column(
            "clears_external_id",
            sa.Text(),
            nullable=True,
            comment="The External ID that it holds and the winner needs.",
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
        sa.CheckConstraint(
            "state IN ('duplicate', 'needs_approval', 'protected')", name=op.f("ck_duplicate_contacts_state")
        ),
        sa.PrimaryKeyConstraint("campaign_year", "contact_id", name=op.f("pk_duplicate_contacts")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_duplicate_contacts_mentor",
        "duplicate_contacts",
        ["campaign_year", "submission_id"],
        unique=False,
        schema="mentorsync",
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_index("ix_duplicate_contacts_mentor", table_name="duplicate_contacts", schema="mentorsync")
    op.drop_table("duplicate_contacts", schema="mentorsync")
