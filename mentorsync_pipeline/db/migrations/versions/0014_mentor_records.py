"""Table `mentor_records`: attendance, verified cash and notes that staff record; audit entries of these changes.

Revision 0014, made on 2026-11-28; it follows 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
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
)
_ADDED = ("attendance_recorded", "attendance_imported", "cash_verified", "note_added", "record_undone")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "mentor_records",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Serial number."),
        sa.Column(
            "campaign_year",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("mn_id", sa.Text(), nullable=False, comment="The mentor's present id; it follows a corrected id."),
        sa.Column("submission_id", sa.Text(), comment="The mentor's sign-up when the record was made."),
        sa.Column("kind", sa.Text(), nullable=False, comment="attended_training, cash_verified or note."),
        sa.Column("session", sa.Text(), comment="The training session, for attendance."),
        sa.Column(
            "amount", sa.Numeric(12, 2), comment="The cash that was counted, in dollars; never added to amount_raised."
        ),
        sa.Column("note", sa.Text(), comment="The text of a note."),
        sa.Column(
            "observed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was observed, by the device's clock or the file.",
        ),
        sa.Column(
            "observed_on", sa.Date(), nullable=False, comment="The day of observed_at in the charity's time zone."
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, comment="When it was recorded here."),
        sa.Column("recorded_by", sa.Text(), nullable=False, comment="Who recorded it."),
        sa.Column(
            "device_record_id",
            sa.Text(),
            nullable=False,
            comment="An id made on the device, so that a repeat counts once.",
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), comment="When it was undone; NULL while in force."),
        sa.Column("undone_by", sa.Text(), comment="Who undid it."),
        sa.Column(
            "withdraws_tick",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="Whether the undo is meant against Givebutter's tick as well.",
        ),
        sa.CheckConstraint(
            "kind IN ('attended_training', 'cash_verified', 'note')", name=op.f("ck_mentor_records_kind")
        ),
        sa.CheckConstraint("(kind = 'cash_verified') = (amount IS NOT NULL)", name=op.f("ck_mentor_records_amount")),
        sa.CheckConstraint("(kind = 'note') = (note IS NOT NULL)", name=op.f("ck_mentor_records_note")),
        sa.CheckConstraint("kind = 'attended_training' OR session IS NULL", name=op.f("ck_mentor_records_session")),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_mentor_records_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentor_records")),
        schema=_SCHEMA,
    )
    op.create_index(
        "uq_mentor_records_device_record_id", "mentor_records", ["device_record_id"], unique=True, schema=_SCHEMA
    )
    op.create_index(
        "ix_mentor_records_campaign_year_mn_id", "mentor_records", ["campaign_year", "mn_id"], schema=_SCHEMA
    )
    _comment(
        "Whether the mentor attended: recorded by staff, or ticked in Givebutter.",
        "The day of the training: of the check-in, or as entered in Givebutter.",
    )
    _allow_acts(*_BEFORE, *_ADDED)


def downgrade() -> None:
    """Take this revision back."""
    listed = ", ".join(f"'{act}'" for act in _ADDED)
    op.execute(f"DELETE FROM {_SCHEMA}.audit_log WHERE act IN ({listed})")
    _allow_acts(*_BEFORE)
    _comment("Whether the mentor came, as ticked in Givebutter.", "The day of the training, as entered in Givebutter.")
    op.drop_table("mentor_records", schema=_SCHEMA)


def _comment(attended_training: str, training_at: str) -> None:
    op.alter_column("mentors", "attended_training", comment=attended_training, schema=_SCHEMA)
    op.alter_column("mentors", "training_at", comment=training_at, schema=_SCHEMA)


def _allow_acts(*acts: str) -> None:
    listed = ", ".join(f"'{act}'" for act in acts)
    op.drop_constraint(op.f("ck_audit_log_act"), "audit_log", schema=_SCHEMA)
    op.create_check_constraint(op.f("ck_audit_log_act"), "audit_log", f"act IN ({listed})", schema=_SCHEMA)
