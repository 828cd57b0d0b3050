"""A base may be what a contact had before our value was first to replace it.

Revision 0040, made on 2026-11-30; it follows 0039.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "mentor_bases",
        sa.Column(
            "is_seen_only",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="Whether the value was never equal here: Givebutter's, before ours was first to replace it.",
        ),
        schema="mentorsync",
    )


def downgrade() -> None:
    """Take this revision back."""
    op.execute("DELETE FROM mentorsync.mentor_bases WHERE is_seen_only")
    op.drop_column("mentor_bases", "is_seen_only", schema="mentorsync")
