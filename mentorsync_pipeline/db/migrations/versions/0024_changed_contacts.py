"""Number of changed contacts of a load of some contacts.

Revision 0024, made on 2026-11-29; it follows 0023.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SCHEMA = "mentorsync"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "gb_contact_loads",
        sa.Column(
            "changed_count",
            sa.BigInteger,
            comment="Number of contacts that differ from those before; null for a load that replaced all contacts.",
        ),
        schema=_SCHEMA,
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("gb_contact_loads", "changed_count", schema=_SCHEMA)
