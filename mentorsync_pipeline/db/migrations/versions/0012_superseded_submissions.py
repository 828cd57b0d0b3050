"""A known mentor keeps the submissions that its own has superseded: one of them may count again.

Revision 0012, made on 2026-11-28; it follows 0011.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SCHEMA = "mentorsync"
_SUPERSEDED = "Every submission that this one has superseded."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "known_mentors",
        sa.Column(
            "superseded_submission_ids", pg.ARRAY(sa.Text), nullable=False, server_default="{}", comment=_SUPERSEDED
        ),
        schema=_SCHEMA,
    )
    op.execute(
        """
        UPDATE mentorsync.known_mentors k
           SET superseded_submission_ids = d.superseded_submission_ids
          FROM mentorsync.deduplicated_signups d
         WHERE d.campaign_year = k.campaign_year AND d.submission_id = k.submission_id
        """
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("known_mentors", "superseded_submission_ids", schema=_SCHEMA)
