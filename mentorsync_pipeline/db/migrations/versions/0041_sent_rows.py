"""Import files record which rows they had, and their values.

Revision 0041, made on 2026-11-30; it follows 0040.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_LEFT_OUT = "MN ids of import rows that are not in the file."
_SENT = "Values by submission, of the rows that differ from those of the last file with the mentor."


def upgrade() -> None:
    """Bring the schema to this revision."""
    columns: list[sa.Column[Any]] = [
        sa.Column("left_out", pg.ARRAY(sa.Text()), nullable=False, server_default="{}", comment=_LEFT_OUT),
        sa.Column("sent_rows", pg.JSONB(), nullable=False, server_default="{}", comment=_SENT),
    ]
    for column in columns:
        op.add_column("gb_import_files", column, schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("gb_import_files", "sent_rows", schema="mentorsync")
    op.drop_column("gb_import_files", "left_out", schema="mentorsync")
