"""Labels of custom fields in the contact data, and class and time of a training sign-up.

Revision 0017, made on 2026-11-29; it follows 0016.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ANSWERS = {"uga_class": "Year at the university.", "session_time": "Time of the chosen training session."}
_LABELS = "Labels of the custom fields in the contact data; null for a load of some contacts."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "gb_contact_loads",
        sa.Column("custom_field_labels", pg.ARRAY(sa.Text()), nullable=True, comment=_LABELS),
        schema="mentorsync",
    )
    for name, meaning in _ANSWERS.items():
        column = sa.Column(name, sa.Text(), nullable=True, comment=meaning)
        op.add_column("raw_mn_training_signup", column, schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    for name in _ANSWERS:
        op.drop_column("raw_mn_training_signup", name, schema="mentorsync")
    op.drop_column("gb_contact_loads", "custom_field_labels", schema="mentorsync")
