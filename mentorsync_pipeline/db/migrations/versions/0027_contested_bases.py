"""A base keeps whether an edit in Givebutter was in conflict since, so that setting the value back counts as an edit.

Revision 0027, made on 2026-11-29; it follows 0026.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_CONTESTED = "Whether a conflict about an edit in Givebutter was raised since the value was confirmed."


def upgrade() -> None:
    """Bring the schema to this revision."""
    column = sa.Column("is_contested", sa.Boolean, nullable=False, server_default=sa.false(), comment=_CONTESTED)
    op.add_column("mentor_bases", column, schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("mentor_bases", "is_contested", schema="mentorsync")
