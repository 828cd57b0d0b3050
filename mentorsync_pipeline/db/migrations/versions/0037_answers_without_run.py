"""Answers about archiving have no run, because people give them.

Revision 0037, made on 2026-11-30; it follows 0036.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_COMMENT = "The run (`sync_log`) that wrote the row's values."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.drop_column("archive_approvals", "sync_log_id", schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    op.add_column("archive_approvals", sa.Column("sync_log_id", sa.BigInteger(), comment=_COMMENT), schema="mentorsync")
