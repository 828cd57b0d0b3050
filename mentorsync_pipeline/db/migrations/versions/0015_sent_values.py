"""A base keeps the values that were sent since, so that the effect of our own import is never taken for an edit.

Revision 0015, made on 2026-11-28; it follows 0014.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SENT = "Values put into import rows since the value was confirmed."


def upgrade() -> None:
    """Bring the schema to this revision."""
    column = sa.Column("sent_values", pg.JSONB, nullable=False, server_default=sa.text("'[]'::jsonb"), comment=_SENT)
    op.add_column("mentor_bases", column, schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("mentor_bases", "sent_values", schema="mentorsync")
