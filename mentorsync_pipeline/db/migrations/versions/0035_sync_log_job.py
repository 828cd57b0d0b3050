"""The log of asset runs keeps the name of the job.

Revision 0035, made on 2026-11-30; it follows 0034.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_COMMENT = "Name of the job of the run; NULL before it was recorded."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("sync_log", sa.Column("job", sa.Text(), comment=_COMMENT), schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("sync_log", "job", schema="mentorsync")
