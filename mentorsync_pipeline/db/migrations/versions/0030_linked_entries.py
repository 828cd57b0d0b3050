"""Known mentors keep the form entries that were linked to them.

Revision 0030, made on 2026-11-29; it follows 0029.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_COMMENT = "All form entries that were linked to the mentor, also while the mentor was blocked."
_FILL = """
UPDATE mentorsync.known_mentors AS known SET entry_ids = linked.entry_ids
FROM (
    SELECT campaign_year, submission_id, array_agg(DISTINCT entry_id ORDER BY entry_id) AS entry_ids
    FROM (
        SELECT mentor.campaign_year, mentor.submission_id, entry.submission_id AS entry_id
        FROM mentorsync.mentor_form_entries AS entry
        JOIN mentorsync.mentors AS mentor USING (campaign_year, mn_id)
        UNION ALL
        SELECT absent.campaign_year, absent.submission_id, entry_id
        FROM mentorsync.known_mentors AS absent,
            unnest(ARRAY[
                absent.last_row ->> 'setup_submission_id',
                absent.last_row ->> 'training_signup_submission_id',
                absent.last_row ->> 'partner_submission_id'
            ]) AS entry_id
        WHERE entry_id IS NOT NULL
    ) AS entries
    GROUP BY campaign_year, submission_id
) AS linked
WHERE known.campaign_year = linked.campaign_year AND known.submission_id = linked.submission_id
"""


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "known_mentors",
        sa.Column("entry_ids", pg.ARRAY(sa.Text()), nullable=False, server_default="{}", comment=_COMMENT),
        schema="mentorsync",
    )
    op.execute(_FILL)


def downgrade() -> None:
    """Take this revision back."""
    op.drop_column("known_mentors", "entry_ids", schema="mentorsync")
