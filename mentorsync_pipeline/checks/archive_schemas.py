"""What must be true of the archive plan and of the ledger, and which of their rows are worth a look."""

import pandera.pandas as pa
import sqlalchemy as sa

from mentorsync_pipeline.checks.model import RowWarning, TableChecks
from mentorsync_pipeline.checks.rules import POSITIVE_ID, holds, optional, required
from mentorsync_pipeline.db.tables import (
    archive_approvals,
    archive_plan,
    archived_duplicates,
    winner_contacts,
)

_SOON = pa.Check.lt(3, error="three runs have tried this contact")

PLAN = TableChecks(
    archive_plan,
    structure=pa.DataFrameSchema(
        {
            "contact_id": required(POSITIVE_ID),
            "winner_contact_id": optional(POSITIVE_ID),
            "reason": required(),
            "reason_code": required(),
            "no_winner": required(holds("no contact that is kept for a mentor of the year is archived")),
            "approved_donor": required(holds("a contact with donations is planned with an approval only")),
            "explained": required(holds("what is planned for a mentor names the contact that is kept")),
        }
    ),
    key="contact_id",
    computed={
        "no_winner": ~sa.and_(
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
        "explained": sa.or_(
            archive_plan.c.plan_state != "planned",
            archive_plan.c.action == "release",
            archive_plan.c.mn_id.is_(None),
            archive_plan.c.winner_contact_id.is_not(None),
        ),
    },
)

LEDGER = TableChecks(
    archived_duplicates,
    structure=pa.DataFrameSchema(
        {
            "id": required(),
            "contact_id": required(POSITIVE_ID),
            "image": required(holds("what we archived ourselves is kept as it was")),
            "dated": required(holds("an archived contact has a time, and so has a restored one")),
        }
    ),
    looks=(
        RowWarning("tries", _SOON),
        RowWarning("error_free", holds("the last call about this contact failed")),
    ),
    key="contact_id",
    computed={
        "image": sa.or_(
            archived_duplicates.c.outcome.is_distinct_from("done"), archived_duplicates.c.before_image.is_not(None)
        ),
        "dated": sa.and_(
            sa.or_(archived_duplicates.c.status != "archived", archived_duplicates.c.archived_at.is_not(None)),
            sa.or_(archived_duplicates.c.status != "restored", archived_duplicates.c.restored_at.is_not(None)),
        ),
        "tries": sa.case((archived_duplicates.c.status == "failed", archived_duplicates.c.attempts), else_=0),
        "error_free": archived_duplicates.c.status.not_in(["failed", "restoring"]),
    },
    own_step=True,
)

APPROVALS = TableChecks(
    archive_approvals,
    structure=pa.DataFrameSchema({"id": required(), "contact_id": required(POSITIVE_ID), "approved_by": required()}),
    key="id",
    mn_id=None,
)

ARCHIVE = (PLAN, LEDGER, APPROVALS)
