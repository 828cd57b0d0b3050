"""Tables of archiving: plan, approvals, and the ledger that makes archiving resumable and reversible.

Rulebook section 10.
"""

import sqlalchemy as sa

from mentorsync_pipeline.db.tables.base import (
    Json,
    Text,
    flag,
    identity,
    json_object,
    log_column,
    metadata,
    moment,
    now_column,
    one_of,
    year_column,
)

PURPOSES = ("duplicates", "mass_email")
ACTIONS = ("archive", "release")
# A contact has at most one row with one of these; `cleared` and `restored` are final.
_OPEN = "status IN ('planned', 'clearing', 'archiving', 'archived', 'failed', 'restoring')"


def _purpose(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(
        "purpose",
        Text,
        nullable=False,
        primary_key=primary_key,
        comment="duplicates: the mentors' losers; mass_email: the clean-up of all mass-email stubs.",
    )


def _action() -> sa.Column[str]:
    return sa.Column(
        "action", Text, nullable=False, comment="archive, or release: only remove the External ID from the contact."
    )


archive_plan = sa.Table(
    "archive_plan",
    metadata,
    year_column(primary_key=True),
    _purpose(primary_key=True),
    sa.Column("contact_id", sa.BigInteger, primary_key=True, autoincrement=False),
    _action(),
    sa.Column("mn_id", Text),
    sa.Column("winner_contact_id", sa.BigInteger),
    sa.Column("plan_state", Text, nullable=False),
    sa.Column("reason_code", Text, nullable=False, comment="Stable code of the reason."),
    sa.Column("reason", Text, nullable=False),
    json_object("carried_over"),
    flag("has_donations"),
    sa.Column(
        "clears_external_id", Text, comment="External ID to remove from the contact, because the winner needs it."
    ),
    sa.Column("input_fingerprint", Text, nullable=False),
    sa.Column("approved_by", Text),
    moment("approved_at"),
    log_column(),
    one_of("purpose", *PURPOSES),
    one_of("action", *ACTIONS),
    one_of("plan_state", "planned", "needs_approval", "kept"),
)

archive_approvals = sa.Table(
    "archive_approvals",
    metadata,
    identity(),
    year_column(),
    sa.Column("contact_id", sa.BigInteger, nullable=False),
    sa.Column(
        "scope",
        Text,
        nullable=False,
        comment="contact: approved by itself; plan: approved with a plan that the guard stopped.",
    ),
    sa.Column(
        "input_fingerprint",
        Text,
        nullable=False,
        comment="Hash of the reviewed row; the answer is valid for this row only.",
    ),
    sa.Column("answer", Text, nullable=False, server_default="yes", comment="yes: may be archived; no: kept."),
    sa.Column("approved_by", Text, nullable=False, comment="Who answered."),
    moment("approved_at", nullable=False, comment="When it was answered."),
    sa.Column("answer_reason", Text, comment="Reason given by the person."),
    moment("withdrawn_at", comment="Time at which the decision to keep was withdrawn."),
    sa.Column("withdrawn_by", Text, comment="Person who undid it."),
    one_of("scope", "contact", "plan"),
    one_of("answer", "yes", "no"),
    sa.CheckConstraint("answer = 'yes' OR scope = 'contact'", name="no_to_contacts_alone"),
    sa.Index("ix_archive_approvals_contact_id", "campaign_year", "contact_id"),
)

archived_duplicates = sa.Table(
    "archived_duplicates",
    metadata,
    identity(),
    year_column(),
    _purpose(),
    _action(),
    sa.Column("contact_id", sa.BigInteger, nullable=False),
    sa.Column("mn_id", Text),
    sa.Column("winner_contact_id", sa.BigInteger),
    sa.Column("status", Text, nullable=False),
    sa.Column(
        "outcome",
        Text,
        comment="done: we did it; found_done: somebody had archived it, or freed the id, before; missing: no such "
        "contact any more.",
    ),
    sa.Column("before_image", Json),
    sa.Column("clears_external_id", Text, comment="External ID to remove from the contact before it is archived."),
    sa.Column("cleared_external_id", Text),
    sa.Column("input_fingerprint", Text, nullable=False),
    sa.Column("approved_by", Text),
    sa.Column("run_id", Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0", comment="Number of runs that have tried."),
    sa.Column("error", Text),
    now_column("planned_at"),
    moment("cleared_at", comment="Time at which the External ID was removed."),
    moment("archived_at"),
    moment("restored_at"),
    sa.Column("restored_by", Text),
    sa.Column("restore_run_id", Text, comment="The Dagster run that restored it."),
    sa.Column(
        "last_approval_id",
        sa.BigInteger,
        comment="Last approval when it was archived, released or restored; only a later one is about that.",
    ),
    sa.Column(
        "last_run_id",
        sa.BigInteger,
        comment="Last run (`sync_log`) when it was archived, released or restored; later loads of contacts show it.",
    ),
    log_column(),
    one_of("purpose", *PURPOSES),
    one_of("action", *ACTIONS),
    one_of("status", "planned", "clearing", "archiving", "archived", "cleared", "failed", "restoring", "restored"),
    one_of("outcome", "done", "found_done", "missing"),
    sa.CheckConstraint(
        "status NOT IN ('clearing', 'archiving') OR before_image IS NOT NULL", name="before_image_before_the_call"
    ),
    sa.Index("ix_archived_duplicates_contact_id", "contact_id"),
    sa.Index("ix_archived_duplicates_run_id", "campaign_year", "run_id"),
    # The last guard against archiving a contact twice, also in different years.
    sa.Index("uq_archived_duplicates_open", "contact_id", unique=True, postgresql_where=sa.text(_OPEN)),
)
