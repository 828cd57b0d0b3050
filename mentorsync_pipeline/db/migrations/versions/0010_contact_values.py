"""A base keeps all phones or emails that the contact held, so that another primary among them is no edit.

Revision 0010, made on 2026-11-28; it follows 0009.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_HELD = "All phones or emails that the contact held, or was sent, when the value was confirmed."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("mentor_bases", sa.Column("contact_values", pg.JSONB, comment=_HELD), schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("mentor_bases", "contact_values", schema="mentorsync")
