"""Tables `year_closings` and `closed_year_tags`; audit entries of closing and reopening a year.

Revision 0020, made on 2026-11-29; it follows 0019.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_SCHEMA = "mentorsync"
_BEFORE = (
    "run_started",
    "file_uploaded",
    "file_fetched",
    "list_accepted",
    "conflict_answered",
    "answer_undone",
    "recommendations_accepted",
    "errors_retried",
    "errors_ignored",
    "warnings_acknowledged",
    "contacts_kept",
    "keep_withdrawn",
    "attendance_recorded",
    "attendance_imported",
    "cash_verified",
    "note_added",
    "record_undone",
)
_ADDED = ("year_closed", "year_reopened")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "year_closings",
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False, comment="When the year was closed last."),
        sa.Column("closed_by", sa.Text(), nullable=False, comment="Who closed it."),
        sa.Column(
            "unfinished",
            pg.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="What was unfinished when it was closed: number by kind.",
        ),
        sa.Column("reopened_at", sa.DateTime(timezone=True), comment="When it was reopened; NULL while it is closed."),
        sa.Column("reopened_by", sa.Text(), comment="Who reopened it."),
        sa.CheckConstraint("(reopened_at IS NULL) = (reopened_by IS NULL)", name=op.f("ck_year_closings_reopened_by")),
        sa.PrimaryKeyConstraint("campaign_year", name=op.f("pk_year_closings")),
        schema=_SCHEMA,
    )
    op.create_table(
        "closed_year_tags",
        sa.Column(
            "contact_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Givebutter's id of the contact.",
        ),
        sa.Column("tag_key", sa.Text(), nullable=False, comment="The tag without the year, in lower case."),
        sa.Column("campaign_year", sa.Integer(), nullable=False, comment="The year for which the tag was given."),
        sa.PrimaryKeyConstraint("contact_id", "tag_key", name=op.f("pk_closed_year_tags")),
        schema=_SCHEMA,
    )
    _allow_acts(*_BEFORE, *_ADDED)


def downgrade() -> None:
    """Take this revision back."""
    listed = ", ".join(f"'{act}'" for act in _ADDED)
    op.execute(f"DELETE FROM {_SCHEMA}.audit_log WHERE act IN ({listed})")
    _allow_acts(*_BEFORE)
    op.drop_table("closed_year_tags", schema=_SCHEMA)
    op.drop_table("year_closings", schema=_SCHEMA)


def _allow_acts(*acts: str) -> None:
    listed = ", ".join(f"'{act}'" for act in acts)
    op.drop_constraint(op.f("ck_audit_log_act"), "audit_log", schema=_SCHEMA)
    op.create_check_constraint(op.f("ck_audit_log_act"), "audit_log", f"act IN ({listed})", schema=_SCHEMA)
