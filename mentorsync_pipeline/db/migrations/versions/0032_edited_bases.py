"""A base keeps whether its value was entered in Givebutter, also when the sign-up had the same value.

Revision 0032, made on 2026-11-29; it follows 0031.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_EDIT = "Whether the value was entered in Givebutter in place of an earlier one."


def upgrade() -> None:
    """Bring the schema to this revision."""
    column = sa.Column("is_edit", sa.Boolean, nullable=False, server_default=sa.false(), comment=_EDIT)
    op.add_column("mentor_bases", column, schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("mentor_bases", "is_edit", schema="mentorsync")
