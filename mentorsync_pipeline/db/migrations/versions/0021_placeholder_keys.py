"""Phones and emails that are not used for matching, by year.

Revision 0021, made on 2026-11-29; it follows 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SCHEMA = "mentorsync"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "placeholder_keys",
        sa.Column(
            "campaign_year",
            sa.Integer,
            nullable=False,
            autoincrement=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("key", sa.Text, nullable=False, comment="A phone (E.164) or an email that is not used for matching."),
        sa.Column("signups", sa.Integer, nullable=False, comment="Number of sign-ups with it."),
        sa.Column(
            "contacts",
            sa.Integer,
            nullable=False,
            comment="Number of contacts with it, when too many share it.",
        ),
        sa.Column(
            "sync_log_id",
            sa.BigInteger,
            nullable=True,
            comment="The run (`sync_log`) that wrote the row's values.",
        ),
        sa.PrimaryKeyConstraint("campaign_year", "key", name="pk_placeholder_keys"),
        schema=_SCHEMA,
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("placeholder_keys", schema=_SCHEMA)
