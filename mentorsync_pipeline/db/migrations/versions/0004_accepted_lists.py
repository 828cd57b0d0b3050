"""An error may be accepted by a person: what was found, what was accepted, by whom and when.

Revision 0004, made on 2026-11-28; it follows 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SCHEMA = "mentorsync"
_ACTS = ("run_started", "file_uploaded", "file_fetched")
_FOUND = "What a person may accept; NULL for an error that is to be put right."
_ACCEPTED = "What a person accepted; it holds for this content alone."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("sync_errors", sa.Column("fingerprint", sa.Text, comment=_FOUND), schema=_SCHEMA)
    op.add_column("sync_errors", sa.Column("accepted_fingerprint", sa.Text, comment=_ACCEPTED), schema=_SCHEMA)
    op.add_column("sync_errors", sa.Column("accepted_by", sa.Text, comment="Who accepted it."), schema=_SCHEMA)
    op.add_column(
        "sync_errors",
        sa.Column("accepted_at", sa.DateTime(timezone=True), comment="When it was accepted."),
        schema=_SCHEMA,
    )
    _allow_acts(*_ACTS, "list_accepted")


def downgrade() -> None:
    """Take this revision back."""
    op.execute(f"DELETE FROM {_SCHEMA}.audit_log WHERE act = 'list_accepted'")
    _allow_acts(*_ACTS)
    for column in ("fingerprint", "accepted_fingerprint", "accepted_by", "accepted_at"):
        op.drop_column("sync_errors", column, schema=_SCHEMA)


def _allow_acts(*acts: str) -> None:
    listed = ", ".join(f"'{act}'" for act in acts)
    op.drop_constraint(op.f("ck_audit_log_act"), "audit_log", schema=_SCHEMA)
    op.create_check_constraint(op.f("ck_audit_log_act"), "audit_log", f"act IN ({listed})", schema=_SCHEMA)
