"""Plainer comments of the columns with phones and emails.

Revision 0045, made on 2026-12-01; it follows 0044.
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# Column, new comment, comment before.
_COMMENTS = {
    "phone": (
        "Phone number: as given in the raw tables, E.164 in the others.",
        "Phone number; E.164 from `deduplicated_signups` on, as given before.",
    ),
    "personal_email": (
        "Personal email: as given in the raw tables, in lower case in the others.",
        "Personal email; casefolded from `deduplicated_signups` on, as given before.",
    ),
    "uga_email": (
        "University email: as given in the raw tables, in lower case in the others.",
        "University email; casefolded from `deduplicated_signups` on, as given before.",
    ),
}
_COLUMNS = {
    "deduplicated_signups": ("phone", "personal_email", "uga_email"),
    "mentors": ("phone", "personal_email", "uga_email"),
    "raw_gb_campaign_members": ("phone",),
    "raw_mn_funds_setup": ("phone",),
    "raw_mn_partner_preference": ("phone",),
    "raw_mn_signups": ("phone", "personal_email", "uga_email"),
    "raw_mn_training_signup": ("phone",),
}


def upgrade() -> None:
    """Bring the schema to this revision."""
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.alter_column(table, column, comment=_COMMENTS[column][0], schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.alter_column(table, column, comment=_COMMENTS[column][1], schema="mentorsync")
