"""SQLAlchemy tables of the schema `mentorsync`. The migrations are in `db.migrations`."""

from mentorsync_pipeline.db.tables.archive import archive_approvals, archive_plan, archived_duplicates
from mentorsync_pipeline.db.tables.attendance import mentor_records
from mentorsync_pipeline.db.tables.base import SCHEMA, metadata
from mentorsync_pipeline.db.tables.gb_import import gb_contact_loads, gb_import_files, mn_gb_import
from mentorsync_pipeline.db.tables.glossary import describe
from mentorsync_pipeline.db.tables.matching import (
    contact_candidates,
    deduplicated_signups,
    placeholder_keys,
    winner_contacts,
)
from mentorsync_pipeline.db.tables.mentors import (
    duplicate_contacts,
    known_mentors,
    mentor_bases,
    mentor_form_entries,
    mentor_gaps,
    mentors,
    mn_changes,
    partner_matches,
)
from mentorsync_pipeline.db.tables.messages import campaign_messages, message_campaigns
from mentorsync_pipeline.db.tables.operations import (
    audit_log,
    closed_year_tags,
    sync_configs,
    sync_log,
    year_closings,
)
from mentorsync_pipeline.db.tables.raw import (
    raw_gb_campaign_members,
    raw_gb_full_contacts,
    raw_mn_funds_setup,
    raw_mn_partner_preference,
    raw_mn_signups,
    raw_mn_training_signup,
    unread_contacts,
)
from mentorsync_pipeline.db.tables.review import sync_conflicts, sync_decisions, sync_errors, sync_warnings

__all__ = [
    "SCHEMA",
    "archive_approvals",
    "archive_plan",
    "archived_duplicates",
    "audit_log",
    "campaign_messages",
    "closed_year_tags",
    "contact_candidates",
    "deduplicated_signups",
    "duplicate_contacts",
    "gb_contact_loads",
    "gb_import_files",
    "known_mentors",
    "mentor_bases",
    "mentor_form_entries",
    "mentor_gaps",
    "mentor_records",
    "mentors",
    "message_campaigns",
    "metadata",
    "mn_changes",
    "mn_gb_import",
    "partner_matches",
    "placeholder_keys",
    "raw_gb_campaign_members",
    "raw_gb_full_contacts",
    "raw_mn_funds_setup",
    "raw_mn_partner_preference",
    "raw_mn_signups",
    "raw_mn_training_signup",
    "sync_configs",
    "sync_conflicts",
    "sync_decisions",
    "sync_errors",
    "sync_log",
    "sync_warnings",
    "unread_contacts",
    "winner_contacts",
    "year_closings",
]

describe(metadata)
