"""Labels of statuses, types and severities on pages: text and badge class of each value."""

from collections.abc import Mapping
from typing import TypeVar

from mentorsync_pipeline.console.dagster_client import State
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.domain.records import MatchKey, NameAgreement, Viability
from mentorsync_pipeline.domain.vocabulary import (
    ChangeType,
    MentorStatus,
    PartnerState,
    PlanReason,
    Severity,
    SyncState,
    WarningType,
)

Value = TypeVar("Value", bound=str)

MENTOR_STATUS: Mapping[MentorStatus, tuple[str, str]] = {
    "complete": (N_("complete"), "good"),
    "needs_fundraising": (N_("goal not reached"), "warn"),
    "needs_page": (N_("page missing"), ""),
    "needs_setup": (N_("set-up form missing"), ""),
}
SYNC_STATE: Mapping[SyncState, tuple[str, str]] = {
    "matched": (N_("known"), "good"),
    "new": (N_("new"), ""),
    "blocked": (N_("blocked"), "bad"),
}
PARTNER_STATE: Mapping[PartnerState, tuple[str, str]] = {
    "matched": (N_("matched"), "good"),
    "different_shifts": (N_("different shifts"), "warn"),
    "one_sided": (N_("one-sided"), "warn"),
    "partner_unknown": (N_("partner unknown"), "bad"),
    "partner_dropped": (N_("partner dropped out"), "bad"),
    "no_wish": (N_("no partner named"), ""),
}
SEVERITY: Mapping[Severity, tuple[str, str]] = {
    "high": (N_("urgent"), "bad"),
    "medium": (N_("medium"), "warn"),
    "low": (N_("low"), ""),
}
WARNING_TYPE: Mapping[WarningType, tuple[str, str]] = {
    "missing_field": (N_("missing field"), ""),
    "stale_data": (N_("stale data"), ""),
    "unusual_value": (N_("unusual value"), ""),
    "low_confidence": (N_("low confidence"), ""),
    "duplicate_detected": (N_("duplicate detected"), ""),
}
CHANGE_TYPE: Mapping[ChangeType, tuple[str, str]] = {
    "new_mentor": (N_("new mentor"), ""),
    "dropped": (N_("dropped out"), ""),
    "reinstated": (N_("takes part again"), ""),
    "status_change": (N_("status"), ""),
    "field_change": (N_("value"), ""),
    "conflict_resolved": (N_("answer"), ""),
    "duplicates_archived": (N_("duplicates archived"), ""),
    "duplicates_restored": (N_("duplicates restored"), ""),
}

VIABILITY: Mapping[Viability, str] = {"viable": N_("fits"), "doubtful": N_("doubtful"), "refused": N_("another person")}
MATCHED_ON: Mapping[MatchKey, str] = {
    "external_id": N_("External ID"),
    "phone": N_("Phone"),
    "personal_email": N_("Email"),
    "uga_email": N_("UGA email"),
}
NAME_AGREEMENT: Mapping[NameAgreement, str] = {"agree": N_("agree"), "differ": N_("differ"), "unclear": N_("unclear")}
SCORE_PART: Mapping[str, str] = {
    "dropped_tag": N_("Dropped tag"),
    "campaign_tag": N_("Campaign tag"),
    "recency": N_("Changed lately"),
    "phone": N_("Phone"),
    "primary_email": N_("Primary email"),
    "additional_emails": N_("Additional emails"),
    "address": N_("Address"),
    "campaign_member": N_("Fundraising page"),
}
"""The parts of a contact's score (`domain.config.Weights`)."""

ARCHIVE_REASON: Mapping[PlanReason, str] = {
    "archived": N_("archived already"),
    "blocked_mentor": N_("the mentor is blocked"),
    "changed": N_("changed since the last run"),
    "declined": N_("decided: not the mentor's"),
    "donations_unknown": N_("donations unknown"),
    "donor": N_("donor"),
    "doubtful": N_("may be another person's"),
    "doubtful_stub": N_("doubtful mass-email stub"),
    "dropped_tag": N_("dropped tag"),
    "duplicate": N_("duplicate"),
    "external_id_alone": N_("matches by External ID only"),
    "fits_two_mentors": N_("fits several mentors"),
    "foreign_phone": N_("foreign phone"),
    "holds_external_id": N_("holds an External ID"),
    "link_alone": N_("matches by an earlier link only"),
    "mass_email": N_("mass-email stub"),
    "mentors_candidate": N_("may belong to a mentor"),
    "names_alike": N_("first names are only alike"),
    "names_differ": N_("names differ"),
    "names_unclear": N_("names cannot be compared"),
    "no_winner_yet": N_("the kept contact is not known yet"),
    "not_confirmed": N_("values not in Givebutter yet"),
    "opt_out_not_confirmed": N_("unsubscription not in Givebutter yet"),
    "other_mentors_id": N_("holds another mentor's External ID"),
    "refused": N_("another person's"),
    "rejected": N_("kept by a person"),
    "rejected_before": N_("kept by a person before"),
    "release": N_("External ID to remove"),
    "released": N_("External ID removed"),
    "restored": N_("restored"),
    "winner_elsewhere": N_("kept for another mentor"),
    "winner_not_linked": N_("the kept contact lacks the External ID"),
}
"""The reasons of an archive plan, by their codes."""

MESSAGE_COLUMN: Mapping[str, str] = {"text": N_("text message"), "email": N_("email")}
"""The message columns, without the number of further ones such as `text_2`."""

LEFT_OUT: Mapping[str, str] = {"blocked": N_("not in the import file"), "dropped": N_("dropped out")}
"""Why mentors of an audience get no message, in addition to the codes of errors."""

FIELD: Mapping[str, str] = {
    "mn_id": N_("MN id"),
    "signed_up_at": N_("Signed up"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "preferred_name": N_("Goes by"),
    "phone": N_("Phone"),
    "personal_email": N_("Email"),
    "uga_email": N_("UGA email"),
    "gender": N_("Gender"),
    "shirt_size": N_("Shirt size"),
    "uga_class": N_("Class"),
    "shift_preference": N_("Shift"),
    "partner_preference": N_("Wish for a partner"),
    "partner_mn_id": N_("Partner"),
    "partner_phone": N_("Partner's phone"),
    "partner_notes": N_("Notes about the partner"),
    "gb_contact_id": N_("Contact in Givebutter"),
    "campaign_member": N_("Has a fundraising page"),
    "amount_raised": N_("Raised"),
    "fundraising_page_url": N_("Fundraising page"),
    "training_signup": N_("Signed up for training"),
    "training_signup_at": N_("Signed up for training on"),
    "attended_training": N_("Attended training"),
    "training_at": N_("Day of the training"),
    "dropped": N_("Dropped out"),
    "tags": N_("Tags"),
    "notes": N_("Notes"),
    "status": N_("Status"),
    "submission_id": N_("Sign-up in use"),
    "setup_submission_id": N_("Entry of the set-up form"),
    "training_signup_submission_id": N_("Entry of the training form"),
    "partner_submission_id": N_("Entry of the partner form"),
    "gb_member_id": N_("Record of the fundraising page"),
}
"""The fields of a mentor; a field without an entry is shown by its name."""

INTERNAL_FIELDS = frozenset(
    {
        "submission_id",
        "setup_submission_id",
        "training_signup_submission_id",
        "partner_submission_id",
        "gb_member_id",
    }
)
"""Fields of a mentor that pages do not show: ids of records that are shown themselves."""

RUN_STATE: Mapping[State, tuple[str, str]] = {
    "queued": (N_("queued"), ""),
    "starting": (N_("starting"), ""),
    "running": (N_("running"), "info"),
    "stopping": (N_("being stopped"), "warn"),
    "success": (N_("done"), "good"),
    "failed": (N_("failed"), "bad"),
    "stopped": (N_("stopped"), "warn"),
}
JOB: Mapping[str, str] = {
    "sync": N_("Sync everything"),
    "jotform": N_("Fetch the forms"),
    "givebutter": N_("Fetch members and contacts"),
    "etl": N_("Recalculate the year"),
    "etl_to_plan": N_("Recalculate the year and the archive plan"),
    "etl_to_file": N_("Recalculate the year and create the file"),
    "export": N_("Create the import file"),
    "rejected_rows": N_("Record rejected rows"),
    "upload_contacts": N_("Load an export"),
    "refresh_contacts": N_("Fetch contacts"),
    "plan_archive": N_("Plan archiving"),
    "archive": N_("Archive duplicates"),
    "restore_archived": N_("Restore contacts"),
    "plan_mass_email": N_("Plan the mass-email clean-up"),
    "mass_email_cleanup": N_("Mass-email clean-up"),
    "messages": N_("Apply messages"),
    "configure": N_("Change the configuration"),
}
"""The jobs, on every page that names a run."""

JOB_PAGE: Mapping[str, str] = {
    "export": "/files",
    "rejected_rows": "/files",
    "upload_contacts": "/files",
    "refresh_contacts": "/runs",
    "plan_archive": "/archive",
    "archive": "/archive",
    "restore_archived": "/archive/ledger",
    "plan_mass_email": "/archive?plan=mass_email",
    "mass_email_cleanup": "/archive?plan=mass_email",
    "messages": "/messages",
    "configure": "/opening",
}
"""The page after the year on which a job is started; the others start with a button of their own."""

ASSET: Mapping[str, str] = {
    "raw_mn_signups": N_("Read sign-ups"),
    "raw_mn_funds_setup": N_("Read the set-up form"),
    "raw_mn_training_signup": N_("Read the training form"),
    "raw_mn_partner_preference": N_("Read the partner form"),
    "raw_gb_campaign_members": N_("Read fundraising pages"),
    "raw_gb_full_contacts": N_("Load contacts"),
    "deduplicated_signups": N_("Find repeated sign-ups"),
    "contact_candidates": N_("Find contacts that fit"),
    "winner_contacts": N_("Choose contacts"),
    "duplicate_contacts": N_("Find duplicates"),
    "mentors": N_("Update mentors"),
    "partner_matches": N_("Match partners"),
    "mentor_gaps": N_("List what mentors lack"),
    "campaign_messages": N_("Write messages"),
    "mn_gb_import": N_("Prepare import rows"),
    "gb_import_file": N_("Write the import file"),
    "gb_failed_rows": N_("Record rejected rows"),
    "archive_plan": N_("Plan archiving"),
    "archive_approvals": N_("Record approvals"),
    "archived_duplicates": N_("Archive duplicates"),
    "restored_duplicates": N_("Restore contacts"),
    "mass_email_plan": N_("Plan the mass-email clean-up"),
    "archived_mass_email": N_("Archive mass-email stubs"),
    "sync_configs": N_("Store the configuration"),
}
"""The steps of a run, by the asset that each writes."""


def job_name(job: str | None) -> str:
    """Return the label (for gettext) of a job; steps that are started in Dagster have none."""
    return N_("Steps") if job is None else JOB.get(job, N_("Single steps"))


def field_name(name: str) -> str:
    """Return the label (for gettext) of a mentor's field."""
    return FIELD.get(name) or name.replace("_", " ").capitalize()


def texts(labels: Mapping[Value, tuple[str, str]]) -> dict[str, str]:
    """Return the text of each value, for the options of a filter."""
    return {value: text for value, (text, _) in labels.items()}
