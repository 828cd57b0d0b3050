"""Keys of contacts that cannot be read, so that no import row creates a second contact of the person.

Revision 0044, made on 2026-12-01; it follows 0043.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_SCHEMA = "mentorsync"


def _keys(name: str, comment: str) -> sa.Column[list[str]]:
    return sa.Column(name, pg.ARRAY(sa.Text), nullable=False, server_default="{}", comment=comment)


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "unread_contacts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False, comment="Serial number."),
        sa.Column("subject", sa.Text, nullable=False, comment="Id of the contact, as in its error (`sync_errors`)."),
        sa.Column("message", sa.Text, nullable=False, comment="Why it cannot be read, as in its error."),
        sa.Column("external_id", sa.Text, comment="The External ID that Givebutter holds: a mentor's id, or nothing."),
        sa.Column("first_name", sa.Text, comment="First name, as given."),
        sa.Column("preferred_name", sa.Text, comment="Preferred first name."),
        sa.Column("last_name", sa.Text, comment="Last name, as given."),
        sa.Column("suffix", sa.Text, comment="Suffix of the name, such as Jr."),
        _keys("email_keys", "All normalised emails (one per mailbox), primary first, without placeholders."),
        _keys("phone_keys", "All normalised phones (E.164), primary first, without placeholders."),
        sa.Column("sync_log_id", sa.BigInteger, comment="The run (`sync_log`) that wrote the row's values."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unread_contacts")),
        schema=_SCHEMA,
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("unread_contacts", schema=_SCHEMA)
