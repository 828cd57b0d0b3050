"""What Givebutter rejected of a row, and messages as long as `custom_text_limit` allows.

Revision 0009, made on 2026-11-28; it follows 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SCHEMA = "mentorsync"
_COMMENT = "Of a rejected row: what Givebutter rejected; another one goes out again."
_CONTENT = "ck_campaign_messages_content"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("sync_errors", sa.Column("cause_fingerprint", sa.Text(), comment=_COMMENT), schema=_SCHEMA)
    op.drop_constraint(op.f(_CONTENT), "campaign_messages", schema=_SCHEMA)
    op.create_check_constraint(op.f(_CONTENT), "campaign_messages", "char_length(content) >= 1", schema=_SCHEMA)


def downgrade() -> None:
    """Take this revision back; longer messages are taken away and come back with the next sync of that version."""
    op.execute(f"DELETE FROM {_SCHEMA}.campaign_messages WHERE char_length(content) > 255")
    op.drop_constraint(op.f(_CONTENT), "campaign_messages", schema=_SCHEMA)
    op.create_check_constraint(
        op.f(_CONTENT), "campaign_messages", "char_length(content) BETWEEN 1 AND 255", schema=_SCHEMA
    )
    op.drop_column("sync_errors", "cause_fingerprint", schema=_SCHEMA)
