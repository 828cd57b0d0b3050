"""Answers from before an open question was asked again hold for the contacts that it shows.

Which contacts people saw then was not recorded. Without these, a contact that somebody declined could be archived.

Revision 0039, made on 2026-11-30; it follows 0038.
"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_FILL = """
UPDATE mentorsync.sync_conflicts SET previous_decision = previous_decision || jsonb_build_object(
    'seen_contacts',
    coalesce(context->'compared_contacts', '[]') || coalesce(nullif(context->'contact'->'contact_id', 'null'), '[]'))
WHERE status <> 'obsolete' AND previous_decision->>'value' = 'new_contact'
"""


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.execute(_FILL)


def downgrade() -> None:
    """Take this revision back."""
    op.execute("UPDATE mentorsync.sync_conflicts SET previous_decision = previous_decision - 'seen_contacts'")
