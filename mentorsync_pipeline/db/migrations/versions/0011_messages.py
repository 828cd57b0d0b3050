"""Message columns and lengths by the year's configuration, and no triggers on the tables.

Messages change import rows by one statement (`messages.queries.fill_import_rows`), so no trigger has to refuse others.

Revision 0011, made on 2026-11-28; it follows 0010.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SCHEMA = "mentorsync"
_COMMENTS = (
    "text, email or a further one of the year's `message_columns`.",
    "text or email: the column of `mn_gb_import`.",
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    # The triggers on all tables are dropped together with their functions.
    op.execute(f"DROP FUNCTION IF EXISTS {_SCHEMA}.refuse_messages() CASCADE")
    op.execute(f"DROP FUNCTION IF EXISTS {_SCHEMA}.refuse_other_columns() CASCADE")
    _require("content", "char_length(content) >= 1")
    _require("message_column", "message_column ~ '^(text|email)(_([2-9]|[1-9][0-9]))?$'")
    _comment(_COMMENTS[0])


def downgrade() -> None:
    """Take this revision back: messages that it does not allow are removed, and that version installs its triggers."""
    op.execute(
        f"DELETE FROM {_SCHEMA}.campaign_messages "
        "WHERE char_length(content) > 255 OR message_column NOT IN ('text', 'email')"
    )
    _require("content", "char_length(content) BETWEEN 1 AND 255")
    _require("message_column", "message_column IN ('text', 'email')")
    _comment(_COMMENTS[1])


def _require(column: str, condition: str) -> None:
    name = f"ck_campaign_messages_{column}"
    op.drop_constraint(op.f(name), "campaign_messages", schema=_SCHEMA)
    op.create_check_constraint(op.f(name), "campaign_messages", condition, schema=_SCHEMA)


def _comment(comment: str) -> None:
    op.alter_column("campaign_messages", "message_column", schema=_SCHEMA, comment=comment)
