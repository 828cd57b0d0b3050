"""The ledger records which approvals and runs came before each action, because clocks differ.

Revision 0038, made on 2026-11-30; it follows 0037.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_TABLE = "archived_duplicates"
_COLUMNS = {
    "last_approval_id": "Last approval when it was archived, released or restored; only a later one is about that.",
    "last_run_id": "Last run (`sync_log`) when it was archived, released or restored; later loads of contacts show it.",
}
# Earlier actions have only their times.
_FILL = """
UPDATE mentorsync.archived_duplicates ledger SET
    last_approval_id = (SELECT max(id) FROM mentorsync.archive_approvals
        WHERE approved_at <= coalesce(ledger.restored_at, ledger.archived_at, ledger.cleared_at)),
    last_run_id = (SELECT max(id) FROM mentorsync.sync_log
        WHERE started_at <= coalesce(ledger.restored_at, ledger.archived_at, ledger.cleared_at))
"""


def upgrade() -> None:
    """Bring the schema to this revision."""
    for name, comment in _COLUMNS.items():
        op.add_column(_TABLE, sa.Column(name, sa.BigInteger(), comment=comment), schema="mentorsync")
    op.execute(_FILL)


def downgrade() -> None:
    """Take this revision back."""
    for name in _COLUMNS:
        op.drop_column(_TABLE, name, schema="mentorsync")
