"""Known mentors keep the names that import rows last had in place of the contact's.

Revision 0036, made on 2026-11-30; it follows 0035.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_COMMENT = "First and last name that import rows last had in place of the contact's."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "known_mentors",
        sa.Column("sent_names", pg.ARRAY(sa.Text()), nullable=False, server_default="{}", comment=_COMMENT),
        schema="mentorsync",
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("known_mentors", "sent_names", schema="mentorsync")
