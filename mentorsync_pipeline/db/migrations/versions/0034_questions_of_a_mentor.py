"""Index the conflicts of a mentor, closed ones too.

Revision 0034, made on 2026-11-29; it follows 0033.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_index("ix_sync_conflicts_mentor", "sync_conflicts", ["campaign_year", "mn_id"], schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    op.drop_index("ix_sync_conflicts_mentor", "sync_conflicts", schema="mentorsync")
