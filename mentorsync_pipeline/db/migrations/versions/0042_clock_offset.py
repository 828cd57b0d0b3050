"""Loads over the API record how far Givebutter's clock is ahead.

Revision 0042, made on 2026-11-30; it follows 0041.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_COMMENT = "How far Givebutter's clock was ahead of this machine's; NULL if the load did not measure it."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("gb_contact_loads", sa.Column("clock_offset", sa.Interval(), comment=_COMMENT), schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("gb_contact_loads", "clock_offset", schema="mentorsync")
