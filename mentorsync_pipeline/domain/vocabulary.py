"""Allowed values of columns that several stages use: statuses, types and severities.

Tables, checks, filters, messages and pages import the lists from here.
"""

from typing import Final, Literal, get_args

MentorStatus = Literal["needs_setup", "needs_page", "needs_fundraising", "complete"]
"""Progress of a mentor (rulebook, section 7)."""

SyncState = Literal["matched", "new", "blocked"]
"""State of a mentor: has a contact, gets a new contact, or is blocked by a conflict (rulebook, section 5)."""

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
"""Types of conflicts (rulebook, section 5)."""

WarningType = Literal["missing_field", "stale_data", "unusual_value", "low_confidence", "duplicate_detected"]
"""Types of warnings (rulebook, section 12)."""

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
"""Types of changes (rulebook, section 8)."""

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
    "year_closed",
    "year_reopened",
    "message_applied",
    "message_cleared",
    "answers_undone",
    "errors_reopened",
    "warnings_reopened",
    "contacts_approved",
    "archive_answers_undone",
    "run_stopped",
]
"""Actions of people in `audit_log`."""

RecordKind = Literal["attended_training", "cash_verified", "note"]
"""Kinds of records of staff (rulebook, section 14)."""

PartnerState = Literal["matched", "different_shifts", "one_sided", "partner_unknown", "partner_dropped", "no_wish"]
"""Result of a mentor's wish for a partner (`mentors.rules.partner_matches`)."""

PlanStatus = Literal[
    "needs_approval", "approved", "to_archive", "to_release", "waiting", "kept", "archived", "released"
]
"""Status of a contact of an archive plan, with the answers and the archiving since the plan (`db.plan_status`).

`approved`: the next plan includes it. `to_release`, `released`: only its External ID is removed. `waiting`: archived
after an import, an export or an answer.
"""

PlanReason = Literal[
    "archived",
    "blocked_mentor",
    "changed",
    "declined",
    "donations_unknown",
    "donor",
    "doubtful",
    "doubtful_stub",
    "dropped_tag",
    "duplicate",
    "external_id_alone",
    "fits_two_mentors",
    "foreign_phone",
    "holds_external_id",
    "link_alone",
    "mass_email",
    "mentors_candidate",
    "names_alike",
    "names_differ",
    "names_unclear",
    "no_winner_yet",
    "not_confirmed",
    "opt_out_not_confirmed",
    "other_mentors_id",
    "refused",
    "rejected",
    "rejected_before",
    "release",
    "released",
    "restored",
    "winner_elsewhere",
    "winner_not_linked",
]
"""Reason codes of an archive plan and of duplicates (rulebook, section 10)."""

WAITING_CAUSES: Final[tuple[PlanReason, ...]] = (
    *("no_winner_yet", "not_confirmed", "winner_not_linked", "opt_out_not_confirmed", "released"),
    *("blocked_mentor", "changed"),
)
"""Reason codes of a plan for contacts that it keeps until an import and an export, an answer or a recalculation."""

Via = Literal["session", "token", "local"]
"""How a person was identified: console login, API token, or account on the machine."""

MENTOR_STATUSES: Final[tuple[MentorStatus, ...]] = get_args(MentorStatus)
SYNC_STATES: Final[tuple[SyncState, ...]] = get_args(SyncState)
CONFLICT_TYPES: Final[tuple[ConflictType, ...]] = get_args(ConflictType)
CONTACT_CONFLICTS: Final[tuple[ConflictType, ...]] = ("contact_selection", "external_id_collision")
"""Types of conflicts that are answered with a contact."""
WARNING_TYPES: Final[tuple[WarningType, ...]] = get_args(WarningType)
CHANGE_TYPES: Final[tuple[ChangeType, ...]] = get_args(ChangeType)
AUDIT_ACTS: Final[tuple[AuditAct, ...]] = get_args(AuditAct)
RECORD_KINDS: Final[tuple[RecordKind, ...]] = get_args(RecordKind)
PARTNER_STATES: Final[tuple[PartnerState, ...]] = get_args(PartnerState)
PLAN_STATUSES: Final[tuple[PlanStatus, ...]] = get_args(PlanStatus)
VIAS: Final[tuple[Via, ...]] = get_args(Via)
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
