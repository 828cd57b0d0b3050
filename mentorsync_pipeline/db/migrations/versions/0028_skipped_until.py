"""A skipped conflict may have a day on which it is open again.

Revision 0028, made on 2026-11-29; it follows 0027.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_COMMENT = "Day on which a skipped conflict is open again; NULL for no end."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("sync_decisions", sa.Column("skipped_until", sa.Date, comment=_COMMENT), schema="mentorsync")
    op.create_check_constraint(
        op.f("ck_sync_decisions_skipped_until"),
        "sync_decisions",
        "skipped_until IS NULL OR choice = 'skipped'",
        schema="mentorsync",
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_constraint(op.f("ck_sync_decisions_skipped_until"), "sync_decisions", schema="mentorsync")
    op.drop_column("sync_decisions", "skipped_until", schema="mentorsync")
