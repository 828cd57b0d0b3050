"""The values that a column may hold and that several stages name: statuses, kinds and severities.

Each list stands here once. Tables, checks, filters, messages and pages take it from here.
"""

from typing import Final, Literal, get_args

MentorStatus = Literal["needs_setup", "needs_page", "needs_fundraising", "complete"]
"""How far a mentor has come (rulebook, section 7)."""

SyncState = Literal["matched", "new", "blocked"]
"""Whether a mentor has a contact, gets a new one, or waits for a decision (rulebook, section 5)."""

ConflictType = Literal[
    "contact_selection",
    "external_id_collision",
    "phone_mismatch",
    "email_mismatch",
    "field_mismatch",
    "fundraising_mismatch",
    "shared_phone",
    "data_staleness",
]
"""The kinds of conflicts (rulebook, section 5)."""

WarningType = Literal["missing_field", "stale_data", "unusual_value", "low_confidence", "duplicate_detected"]
"""The kinds of warnings (rulebook, section 12)."""

ChangeType = Literal[
    "new_mentor",
    "dropped",
    "reinstated",
    "status_change",
    "field_change",
    "conflict_resolved",
    "duplicates_archived",
    "duplicates_restored",
]
"""The kinds of changes (rulebook, section 8)."""

Severity = Literal["high", "medium", "low"]

AuditAct = Literal[
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
]
"""What a person does, as `audit_log` names it."""

RecordKind = Literal["attended_training", "cash_verified", "note"]
"""What staff record of a mentor (rulebook, section 14)."""

Via = Literal["session", "token", "local"]
"""How a person was identified: by a login of the console, by an API token, or by the account on the machine."""

MENTOR_STATUSES: Final[tuple[MentorStatus, ...]] = get_args(MentorStatus)
SYNC_STATES: Final[tuple[SyncState, ...]] = get_args(SyncState)
CONFLICT_TYPES: Final[tuple[ConflictType, ...]] = get_args(ConflictType)
WARNING_TYPES: Final[tuple[WarningType, ...]] = get_args(WarningType)
CHANGE_TYPES: Final[tuple[ChangeType, ...]] = get_args(ChangeType)
AUDIT_ACTS: Final[tuple[AuditAct, ...]] = get_args(AuditAct)
RECORD_KINDS: Final[tuple[RecordKind, ...]] = get_args(RecordKind)
VIAS: Final[tuple[Via, ...]] = get_args(Via)
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
