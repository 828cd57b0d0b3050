"""Checks of the archive plan and the ledger of archived contacts (rulebook section 10)."""

import sqlalchemy as sa

from mentorsync_pipeline.checks.model import RowWarning, TableChecks
from mentorsync_pipeline.checks.rules import POSITIVE_ID, Rule, is_true, optional, required
from mentorsync_pipeline.db.tables import (
    archive_plan,
    archived_duplicates,
    winner_contacts,
)

_FEW_ATTEMPTS = Rule("lt", 3, "three runs failed to archive this contact")

PLAN = TableChecks(
    archive_plan,
    structure={
        "contact_id": required(POSITIVE_ID),
        "winner_contact_id": optional(POSITIVE_ID),
        "reason": required(),
        "reason_code": required(),
        "not_a_winner": required(is_true("no winner contact of the year is planned for archiving")),
        "approved_donor": required(is_true("a contact with donations is planned only with an approval")),
        "names_kept_contact": required(is_true("a planned contact of a mentor names the contact that is kept")),
    },
    key="contact_id",
    computed={
        "not_a_winner": ~sa.and_(
            archive_plan.c.plan_state == "planned",
            archive_plan.c.action == "archive",
            sa.exists()
            .where(
                winner_contacts.c.campaign_year == archive_plan.c.campaign_year,
                winner_contacts.c.contact_id == archive_plan.c.contact_id,
            )
            .correlate(archive_plan),
        ),
        "approved_donor": sa.or_(
            ~archive_plan.c.has_donations,
            archive_plan.c.plan_state != "planned",
            archive_plan.c.action == "release",
            archive_plan.c.approved_by.is_not(None),
        ),
        "names_kept_contact": sa.or_(
            archive_plan.c.plan_state != "planned",
            archive_plan.c.action == "release",
            archive_plan.c.mn_id.is_(None),
            archive_plan.c.winner_contact_id.is_not(None),
        ),
    },
)

LEDGER = TableChecks(
    archived_duplicates,
    structure={
        "id": required(),
        "contact_id": required(POSITIVE_ID),
        "has_original": required(is_true("the original of a contact that MentorSync archived is stored")),
        "has_time": required(is_true("an archived or restored contact has the time")),
    },
    unusual=(
        RowWarning("tries", _FEW_ATTEMPTS),
        RowWarning("error_free", is_true("the last API call for this contact failed")),
    ),
    key="contact_id",
    computed={
        "has_original": sa.or_(
            archived_duplicates.c.outcome.is_distinct_from("done"), archived_duplicates.c.before_image.is_not(None)
        ),
        "has_time": sa.and_(
            sa.or_(archived_duplicates.c.status != "archived", archived_duplicates.c.archived_at.is_not(None)),
            sa.or_(archived_duplicates.c.status != "restored", archived_duplicates.c.restored_at.is_not(None)),
        ),
        "tries": sa.case((archived_duplicates.c.status == "failed", archived_duplicates.c.attempts), else_=0),
        "error_free": archived_duplicates.c.status.not_in(["failed", "restoring"]),
    },
    own_step=True,
)

ARCHIVE = (PLAN, LEDGER)
