"""A contact's payload is empty unless its row says otherwise, as its lists and its custom fields are.

Revision 0002, made on 2026-11-23; it follows 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.alter_column("raw_gb_full_contacts", "payload", schema="mentorsync", server_default=sa.text("'{}'::json"))


def downgrade() -> None:
    """Take this revision back."""
    op.alter_column("raw_gb_full_contacts", "payload", schema="mentorsync", server_default=None)
