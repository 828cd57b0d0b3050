"""What each mentor still lacks, by year.

Revision 0023, made on 2026-11-29; it follows 0022.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "mentor_gaps",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's id, such as MN0123."),
        sa.Column("uga_class", sa.Text(), nullable=True, comment="Year at the university."),
        sa.Column("shift_preference", sa.Text(), nullable=True, comment="The shift that the mentor would like."),
        sa.Column(
            "lacks_setup",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the mentor has neither a set-up form nor a fundraising page.",
        ),
        sa.Column(
            "lacks_page",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the mentor has no fundraising page.",
        ),
        sa.Column(
            "lacks_training",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the mentor has not attended the training.",
        ),
        sa.Column(
            "lacks_partner",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the mentor has no partner who wishes back.",
        ),
        sa.Column(
            "training_signup",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the mentor signed up for training.",
        ),
        sa.Column("partner_state", sa.Text(), nullable=False, comment="The state in `partner_matches`."),
        sa.Column(
            "sync_log_id", sa.BigInteger(), nullable=True, comment="The run (`sync_log`) that wrote the row's values."
        ),
        sa.CheckConstraint(
            "partner_state IN ('matched', 'different_shifts', 'one_sided', 'partner_unknown', 'partner_dropped', 'no_wish')",
            name=op.f("ck_mentor_gaps_partner_state"),
        ),
        sa.PrimaryKeyConstraint("campaign_year", "mn_id", name=op.f("pk_mentor_gaps")),
        schema="mentorsync",
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("mentor_gaps", schema="mentorsync")
