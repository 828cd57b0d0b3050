"""Tables `mentor_form_entries` and `partner_matches`; the partner's columns of `mentors`.

Revision 0019, made on 2026-11-29; it follows 0018.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "mentor_form_entries",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column(
            "form", sa.Text(), nullable=False, comment="The form: setup, training, partner or another of the year."
        ),
        sa.Column("submission_id", sa.Text(), nullable=False, comment="Jotform's id of the entry."),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column(
            "is_latest",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it is the mentor's latest entry of the form, which counts.",
        ),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.PrimaryKeyConstraint("campaign_year", "form", "submission_id", name=op.f("pk_mentor_form_entries")),
        schema="mentorsync",
    )
    op.create_index(
        "ix_mentor_form_entries_mentor",
        "mentor_form_entries",
        ["campaign_year", "mn_id"],
        unique=False,
        schema="mentorsync",
    )
    op.create_table(
        "partner_matches",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="matched, different_shifts, one_sided, partner_unknown, partner_dropped or no_wish.",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="Reason, as a sentence."),
        sa.Column("partner_mn_id", sa.Text(), nullable=True, comment="The partner that the mentor wishes for."),
        sa.Column(
            "typed_partner",
            sa.Text(),
            nullable=True,
            comment="What the mentor typed for the partner on the partner form.",
        ),
        sa.Column("shift_preference", sa.Text(), nullable=True, comment="The shift that the mentor would like."),
        sa.Column(
            "partner_shift_preference", sa.Text(), nullable=True, comment="The shift that the partner would like."
        ),
        sa.Column(
            "shifts_agree",
            sa.Boolean(),
            nullable=True,
            comment="Whether both wish for one shift; NULL unless both are known.",
        ),
        sa.Column(
            "wished_by",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Other mentors who wish for this one.",
        ),
        sa.Column("source_table", sa.Text(), nullable=True, comment="The table that the partner comes from."),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.CheckConstraint(
            "state IN ('matched', 'different_shifts', 'one_sided', 'partner_unknown', 'partner_dropped', 'no_wish')",
            name=op.f("ck_partner_matches_state"),
        ),
        sa.PrimaryKeyConstraint("campaign_year", "mn_id", name=op.f("pk_partner_matches")),
        schema="mentorsync",
    )
    op.add_column(
        "mentors",
        sa.Column("partner_submission_id", sa.Text(), nullable=True, comment="The mentor's partner form."),
        schema="mentorsync",
    )
    op.add_column(
        "mentors",
        sa.Column(
            "partner_mn_id",
            sa.Text(),
            nullable=True,
            comment="The partner that the mentor wishes for: the present MN id, if known.",
        ),
        schema="mentorsync",
    )
    op.add_column(
        "mentors",
        sa.Column("partner_phone", sa.Text(), nullable=True, comment="The partner's phone as typed, in E.164."),
        schema="mentorsync",
    )
    op.add_column(
        "mentors",
        sa.Column(
            "partner_notes", sa.Text(), nullable=True, comment="What the mentor adds about the partner and the shift."
        ),
        schema="mentorsync",
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("mentors", "partner_notes", schema="mentorsync")
    op.drop_column("mentors", "partner_phone", schema="mentorsync")
    op.drop_column("mentors", "partner_mn_id", schema="mentorsync")
    op.drop_column("mentors", "partner_submission_id", schema="mentorsync")
    op.drop_table("partner_matches", schema="mentorsync")
    op.drop_index("ix_mentor_form_entries_mentor", table_name="mentor_form_entries", schema="mentorsync")
    op.drop_table("mentor_form_entries", schema="mentorsync")
