"""A sign-up names the person's deleted ones, so that what was remembered by them is taken up again.

Revision 0016, made on 2026-11-29; it follows 0015.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_DELETED = "Deleted sign-ups of the same person that had been a mentor's."


def upgrade() -> None:
    """Bring the schema to this revision."""
    column: sa.Column[list[str]] = sa.Column(
        "deleted_submission_ids", pg.ARRAY(sa.Text), nullable=False, server_default="{}", comment=_DELETED
    )
    op.add_column("deduplicated_signups", column, schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("deduplicated_signups", "deleted_submission_ids", schema="mentorsync")
