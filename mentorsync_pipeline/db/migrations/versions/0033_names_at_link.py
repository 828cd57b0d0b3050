"""Known mentors keep the sign-up's names from when the link was made.

Revision 0033, made on 2026-11-29; it follows 0032.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_NAMES = "First, last and preferred name of the sign-up when the link was made."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "known_mentors",
        sa.Column("names", pg.ARRAY(sa.Text()), nullable=False, server_default="{}", comment=_NAMES),
        schema="mentorsync",
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("known_mentors", "names", schema="mentorsync")
