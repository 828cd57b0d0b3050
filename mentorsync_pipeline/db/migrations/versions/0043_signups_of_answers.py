"""Conflicts and decisions name the sign-up that they are about.

An MN id may be corrected, exchanged or given to another person; the answer stays the first person's. Rows from before
get the sign-up where it is known: from the subject or the options, for others where the MN id had one sign-up only.

Revision 0043, made on 2026-11-30; it follows 0042.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_COMMENT = "Sign-up that the question is about; NULL if it is unknown, or the question is about no mentor."
_OPEN = {"sync_conflicts": "status <> 'obsolete'", "sync_decisions": "undone_at IS NULL"}
_INDEXES = {"sync_conflicts": "uq_sync_conflicts_open", "sync_decisions": "uq_sync_decisions_standing"}
_KEY = ("campaign_year", "mn_id", "conflict_type", "subject")

_BY_SUBJECT = """
UPDATE mentorsync.{table} SET submission_id = CASE conflict_type
    WHEN 'contact_selection' THEN subject ELSE split_part(subject, '+', 2) END
WHERE conflict_type IN ('contact_selection', 'shared_phone')
   OR conflict_type = 'external_id_collision' AND subject LIKE 'signups:%'
"""
_BY_OPTIONS = """
UPDATE mentorsync.sync_conflicts
SET submission_id = coalesce(context->'signup'->>'submission_id', option_a->'metadata'->>'submission_id')
WHERE submission_id IS NULL
"""
_BY_CONFLICT = """
UPDATE mentorsync.sync_decisions AS decision SET submission_id = conflict.submission_id
FROM mentorsync.sync_conflicts AS conflict
WHERE decision.submission_id IS NULL AND conflict.submission_id IS NOT NULL
  AND decision.campaign_year = conflict.campaign_year AND decision.mn_id = conflict.mn_id
  AND decision.conflict_type = conflict.conflict_type AND decision.subject = conflict.subject
  AND (conflict.decision_id = decision.id OR conflict.input_fingerprint = decision.input_fingerprint)
"""
_BY_MN_ID = """
UPDATE mentorsync.{table} AS target SET submission_id = owner.submission_id
FROM (
    SELECT campaign_year, had.mn_id, min(submission_id) AS submission_id
    FROM mentorsync.known_mentors CROSS JOIN LATERAL unnest(mn_ids) AS had(mn_id)
    GROUP BY campaign_year, had.mn_id HAVING count(*) = 1
) AS owner
WHERE target.submission_id IS NULL AND target.conflict_type <> 'data_staleness'
  AND target.campaign_year = owner.campaign_year AND target.mn_id = owner.mn_id
"""
_EARLIER_ANSWERS = """
UPDATE mentorsync.sync_conflicts AS conflict
SET previous_decision = conflict.previous_decision || jsonb_build_object('id', decision.id)
FROM mentorsync.sync_decisions AS decision
WHERE conflict.status <> 'obsolete' AND conflict.previous_decision <> '{}' AND decision.undone_at IS NULL
  AND decision.campaign_year = conflict.campaign_year AND decision.mn_id = conflict.mn_id
  AND decision.conflict_type = conflict.conflict_type AND decision.subject = conflict.subject
"""


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.execute(_EARLIER_ANSWERS)
    for table, index in _INDEXES.items():
        op.add_column(table, sa.Column("submission_id", sa.Text, comment=_COMMENT), schema="mentorsync")
        op.execute(_BY_SUBJECT.format(table=table))
        op.drop_index(index, table, schema="mentorsync")
        op.create_index(
            index,
            table,
            [*_KEY, "submission_id"],
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sa.text(_OPEN[table]),
            schema="mentorsync",
        )
    op.execute(_BY_OPTIONS)
    op.execute(_BY_CONFLICT)
    for table in _INDEXES:
        op.execute(_BY_MN_ID.format(table=table))


def downgrade() -> None:
    """Take this revision back. Of answers to the same question under one MN id, the newest holds."""
    op.execute(
        """
        UPDATE mentorsync.sync_decisions AS old SET undone_at = now(), undone_by = 'downgrade'
        FROM mentorsync.sync_decisions AS new
        WHERE old.undone_at IS NULL AND new.undone_at IS NULL AND old.id < new.id
          AND (old.campaign_year, old.mn_id, old.conflict_type, old.subject)
            = (new.campaign_year, new.mn_id, new.conflict_type, new.subject)
        """
    )
    op.execute(
        """
        UPDATE mentorsync.sync_conflicts AS old SET status = 'obsolete', closed_at = now()
        FROM mentorsync.sync_conflicts AS new
        WHERE old.status <> 'obsolete' AND new.status <> 'obsolete' AND old.id < new.id
          AND (old.campaign_year, old.mn_id, old.conflict_type, old.subject)
            = (new.campaign_year, new.mn_id, new.conflict_type, new.subject)
        """
    )
    for table, index in _INDEXES.items():
        op.drop_index(index, table, schema="mentorsync")
        op.create_index(index, table, [*_KEY], unique=True, postgresql_where=sa.text(_OPEN[table]), schema="mentorsync")
        op.drop_column(table, "submission_id", schema="mentorsync")
