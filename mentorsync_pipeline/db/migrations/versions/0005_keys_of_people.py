"""Further phones and emails of a sign-up, keys that match nobody, and emails of contacts compared by mailbox.

Gmail's addresses are one mailbox with or without dots and `+tag`, at either of its two domains.

Revision 0005, made on 2026-11-28; it follows 0004.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = {
    "further_phones": "Other valid phones typed into the same box as the first one.",
    "further_emails": "Other valid emails typed into the same boxes as the first ones.",
    "placeholder_keys": "Phones and emails that so many people share that they match nobody.",
}
_COMMENTS = {
    ("raw_gb_full_contacts", "email_keys"): (
        "All emails as they are compared (one for a mailbox), the primary one first, without placeholders.",
        "All emails in their normal form, the primary one first, to match by.",
    ),
    ("raw_gb_full_contacts", "phone_keys"): (
        "All phones in their normal form (E.164), the primary one first, without placeholders.",
        "All phones in their normal form (E.164), the primary one first, to match by.",
    ),
    ("raw_gb_campaign_members", "email_key"): (
        "The email as it is compared, to match by.",
        "The email in its normal form, to match by.",
    ),
}
# A plus first: what follows it may hold dots.
_MAILBOX = "replace(regexp_replace(split_part({key}, '@', 1), '(.)[+].*$', '\\1'), '.', '') || '@gmail.com'"
_IS_GMAIL = "{key} ~ '@(gmail|googlemail)[.]com$'"


def upgrade() -> None:
    """Bring the schema to this revision."""
    for name, comment in _COLUMNS.items():
        op.add_column(
            "deduplicated_signups",
            sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False, comment=comment),
            schema="mentorsync",
        )
    _comment(0)
    op.execute(
        "UPDATE mentorsync.raw_gb_full_contacts SET email_keys = ("
        "SELECT array_agg(key ORDER BY place) FROM (SELECT key, min(place) AS place FROM ("
        f"SELECT CASE WHEN {_IS_GMAIL.format(key='old')} THEN {_MAILBOX.format(key='old')} ELSE old END AS key, place "
        "FROM unnest(email_keys) WITH ORDINALITY AS listed (old, place)) keyed GROUP BY key) each_once) "
        f"WHERE EXISTS (SELECT FROM unnest(email_keys) AS held (key) WHERE {_IS_GMAIL.format(key='held.key')})"
    )
    op.execute(
        f"UPDATE mentorsync.raw_gb_campaign_members SET email_key = {_MAILBOX.format(key='email_key')} "
        f"WHERE {_IS_GMAIL.format(key='email_key')}"
    )


def downgrade() -> None:
    """Take this revision back; contacts and members keep their keys until they are loaded again."""
    _comment(1)
    for name in _COLUMNS:
        op.drop_column("deduplicated_signups", name, schema="mentorsync")


def _comment(which: int) -> None:
    for (table, column), comments in _COMMENTS.items():
        op.alter_column(table, column, schema="mentorsync", comment=comments[which])
