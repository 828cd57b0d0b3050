"""Table `raw_mn_partner_preference`: submissions of the partner form.

Revision 0018, made on 2026-11-29; it follows 0017.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "raw_mn_partner_preference",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("submission_id", sa.Text(), nullable=False, comment="Jotform's id of the sign-up."),
        sa.Column("form_id", sa.Text(), nullable=False, comment="Jotform's id of the form."),
        sa.Column("status", sa.Text(), nullable=False, comment="Status."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="Time of creation."),
        sa.Column(
            "created_at_raw",
            sa.Text(),
            nullable=False,
            comment="Time of creation, as Jotform wrote it (US Eastern wall clock).",
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True, comment="Time of the last change."),
        sa.Column("updated_at_raw", sa.Text(), nullable=True, comment="Time of the last edit, as Jotform wrote it."),
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
        sa.Column("partner_mn_id", sa.Text(), nullable=True, comment="The partner's mentor id, as typed."),
        sa.Column("partner_phone", sa.Text(), nullable=True, comment="The partner's phone, as typed."),
        sa.Column("shift_preference", sa.Text(), nullable=True, comment="The shift that the mentor would like."),
        sa.Column(
            "partner_notes", sa.Text(), nullable=True, comment="What the mentor adds about the partner and the shift."
        ),
        sa.Column(
            "removed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a full listing first came without this submission; kept as a tombstone.",
        ),
        sa.Column("origin", sa.Text(), nullable=False, comment="Where it came from: a file or a service."),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The record as its source gave it.",
        ),
        sa.Column(
            "observed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Time at which it was read from its source.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_raw_mn_partner_preference")),
        schema="mentorsync",
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("raw_mn_partner_preference", schema="mentorsync")
