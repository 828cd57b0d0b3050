"""Labels of custom fields are also recorded by loads of some contacts.

Revision 0026, made on 2026-11-29; it follows 0025.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_BEFORE = "Labels of the custom fields in the contact data; null for a load of some contacts."
_AFTER = "Labels of the custom fields as of the load; null for a load of some contacts without a new label."


def upgrade() -> None:
    """Bring the schema to this revision."""
    _comment(_AFTER)


def downgrade() -> None:
    """Take this revision back."""
    _comment(_BEFORE)


def _comment(text: str) -> None:
    op.execute(f"COMMENT ON COLUMN mentorsync.gb_contact_loads.custom_field_labels IS '{text}'")
