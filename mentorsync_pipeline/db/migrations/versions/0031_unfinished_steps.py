"""Index the steps of runs that are in progress.

Revision 0031, made on 2026-11-29; it follows 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_index(
        "ix_sync_log_unfinished",
        "sync_log",
        ["id"],
        schema="mentorsync",
        postgresql_where=sa.text("finished_at IS NULL"),
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_index("ix_sync_log_unfinished", "sync_log", schema="mentorsync")
