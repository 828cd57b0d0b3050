"""Plainer comments of columns.

Revision 0029, made on 2026-11-29; it follows 0028.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# Table, column, new comment, comment before.
_COMMENTS = (
    (
        "archive_plan",
        "action",
        "archive, or release: only remove the External ID from the contact.",
        "archive, or release: only take the External ID off the contact.",
    ),
    ("archive_plan", "reason_code", "Stable code of the reason.", "Why, as a stable code."),
    (
        "archive_plan",
        "clears_external_id",
        "External ID to remove from the contact, because the winner needs it.",
        "The External ID that is taken off it, because the winner needs it.",
    ),
    (
        "archived_duplicates",
        "action",
        "archive, or release: only remove the External ID from the contact.",
        "archive, or release: only take the External ID off the contact.",
    ),
    (
        "archived_duplicates",
        "clears_external_id",
        "External ID to remove from the contact before it is archived.",
        "The External ID that has to be taken off it first.",
    ),
    ("archived_duplicates", "attempts", "Number of runs that have tried.", "How many runs have tried."),
    (
        "archived_duplicates",
        "cleared_at",
        "Time at which the External ID was removed.",
        "When the External ID was taken off.",
    ),
    (
        "campaign_messages",
        "campaign",
        "Name of the message campaign; it remains when the message is cleared.",
        "The campaign that the message is, or last was, of.",
    ),
    ("duplicate_contacts", "reason_code", "Stable code of the reason.", "Why, as a stable code."),
    (
        "duplicate_contacts",
        "doubts",
        "All reasons for an approval: code and sentence.",
        "Every reason to ask for approval: code and reason.",
    ),
    (
        "duplicate_contacts",
        "clears_external_id",
        "External ID of the contact that the winner needs.",
        "The External ID that it holds and the winner needs.",
    ),
    (
        "gb_contact_loads",
        "changed_count",
        "Number of contacts that differ from those before; NULL for a load that replaced all contacts.",
        "Number of contacts that differ from those before; null for a load that replaced all contacts.",
    ),
    (
        "gb_contact_loads",
        "as_of",
        "Time at which the contact data was exported from Givebutter.",
        "The moment that the contact data was taken at Givebutter.",
    ),
    (
        "gb_contact_loads",
        "custom_field_labels",
        "Labels of the custom fields at the load; NULL for a load of some contacts without a new label.",
        "Labels of the custom fields as of the load; null for a load of some contacts without a new label.",
    ),
    ("known_mentors", "mn_id", "Latest MN id of the mentor.", "The id that the mentor had last."),
    (
        "known_mentors",
        "mn_ids",
        "All MN ids of the submission, the current one last.",
        "Every id that the submission has carried, the present one last.",
    ),
    ("known_mentors", "contact_id", "Contact of the latest link.", "The contact that the mentor was linked to last."),
    (
        "known_mentors",
        "member_ids",
        "Ids of all campaign members that were linked to the mentor.",
        "All campaign members that were found to be the mentor's.",
    ),
    (
        "known_mentors",
        "superseded_submission_ids",
        "Ids of the submissions that this one has superseded.",
        "Every submission that this one has superseded.",
    ),
    (
        "mentor_bases",
        "value",
        "Value that was last equal here and in Givebutter.",
        "The value last known equal here and in Givebutter.",
    ),
    (
        "mentors",
        "partner_mn_id",
        "Current MN id of the requested partner; NULL if unknown.",
        "The partner that the mentor wishes for: the present MN id, if known.",
    ),
    (
        "mentors",
        "partner_phone",
        "Phone that the mentor entered for the partner, in E.164.",
        "The partner's phone as typed, in E.164.",
    ),
    (
        "mentors",
        "partner_notes",
        "The mentor's remarks on the partner and the shift.",
        "What the mentor adds about the partner and the shift.",
    ),
    ("partner_matches", "partner_mn_id", "MN id of the requested partner.", "The partner that the mentor wishes for."),
    (
        "partner_matches",
        "typed_partner",
        "Text that the mentor entered for the partner on the partner form.",
        "What the mentor typed for the partner on the partner form.",
    ),
    (
        "partner_matches",
        "partner_shift_preference",
        "Shift preference of the partner.",
        "The shift that the partner would like.",
    ),
    (
        "partner_matches",
        "shifts_agree",
        "Whether both prefer the same shift; NULL unless both preferences are known.",
        "Whether both wish for one shift; NULL unless both are known.",
    ),
    (
        "partner_matches",
        "wished_by",
        "MN ids of the mentors who requested this one.",
        "Other mentors who wish for this one.",
    ),
    (
        "raw_gb_full_contacts",
        "payload",
        "Record of the API; for an export, the cells whose exact text no other column keeps.",
        "The record of the API; of an export, each cell that no other column gives back to the letter.",
    ),
    (
        "raw_mn_funds_setup",
        "removed_at",
        "Time of the first full listing without this submission; the row is kept.",
        "When a full listing first came without this submission; kept as a tombstone.",
    ),
    (
        "raw_mn_partner_preference",
        "removed_at",
        "Time of the first full listing without this submission; the row is kept.",
        "When a full listing first came without this submission; kept as a tombstone.",
    ),
    (
        "raw_mn_signups",
        "removed_at",
        "Time of the first full listing without this submission; the row is kept.",
        "When a full listing first came without this submission; kept as a tombstone.",
    ),
    (
        "raw_mn_training_signup",
        "removed_at",
        "Time of the first full listing without this submission; the row is kept.",
        "When a full listing first came without this submission; kept as a tombstone.",
    ),
    (
        "sync_errors",
        "cause_fingerprint",
        "Fingerprint of the content that Givebutter rejected; a row with other content is sent again.",
        "Of a rejected row: what Givebutter rejected; another one goes out again.",
    ),
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    for table, column, comment, _ in _COMMENTS:
        op.alter_column(table, column, comment=comment, schema="mentorsync")


def downgrade() -> None:
    """Take this revision back."""
    for table, column, _, comment in _COMMENTS:
        op.alter_column(table, column, comment=comment, schema="mentorsync")
