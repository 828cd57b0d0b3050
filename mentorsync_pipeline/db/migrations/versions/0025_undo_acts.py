"""Audit entries of undone answers, approvals and stopped runs.

Revision 0025, made on 2026-11-29; it follows 0024.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
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
    "year_closed",
    "year_reopened",
    "message_applied",
    "message_cleared",
)
_ADDED = (
    "answers_undone",
    "errors_reopened",
    "warnings_reopened",
    "contacts_approved",
    "archive_answers_undone",
    "run_stopped",
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    _allow_acts(*_BEFORE, *_ADDED)


def downgrade() -> None:
    """Take this revision back."""
    listed = ", ".join(f"'{act}'" for act in _ADDED)
    op.execute(f"DELETE FROM {_SCHEMA}.audit_log WHERE act IN ({listed})")
    _allow_acts(*_BEFORE)


def _allow_acts(*acts: str) -> None:
    listed = ", ".join(f"'{act}'" for act in acts)
    op.drop_constraint(op.f("ck_audit_log_act"), "audit_log", schema=_SCHEMA)
    op.create_check_constraint(op.f("ck_audit_log_act"), "audit_log", f"act IN ({listed})", schema=_SCHEMA)
