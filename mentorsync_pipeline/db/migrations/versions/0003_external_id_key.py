"""External IDs of contacts are looked up without case, by an index over the form in which they are compared.

Revision 0003, made on 2026-11-28; it follows 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_HELD = sa.text("external_id IS NOT NULL")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.drop_index("ix_raw_gb_full_contacts_external_id", table_name="raw_gb_full_contacts", schema="mentorsync")
    op.create_index(
        "ix_raw_gb_full_contacts_external_id_key",
        "raw_gb_full_contacts",
        [sa.literal_column("upper(external_id)")],
        unique=False,
        schema="mentorsync",
        postgresql_where=_HELD,
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_index("ix_raw_gb_full_contacts_external_id_key", table_name="raw_gb_full_contacts", schema="mentorsync")
    op.create_index(
        "ix_raw_gb_full_contacts_external_id",
        "raw_gb_full_contacts",
        ["external_id"],
        unique=False,
        schema="mentorsync",
        postgresql_where=_HELD,
    )
