"""Compare the decisions of a demo sync with the true contacts, which the sandbox knows."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import mn_changes, sync_log, winner_contacts

if TYPE_CHECKING:
    from mentorsync_pipeline.sandbox.sandbox import Sandbox


def measure_accuracy(conn: sa.Connection, sandbox: "Sandbox", year: int, run_id: str) -> dict[str, Any]:
    """Count mentors, automatic decisions, correct decisions, and changes of a run.

    For a mentor without a true contact, a new contact is correct, and so is the contact that the import created.
    """
    table = winner_contacts
    winners = {
        row.submission_id: row
        for row in conn.execute(
            sa.select(table.c.submission_id, table.c.decision, table.c.contact_id).where(table.c.campaign_year == year)
        )
    }
    known = sandbox.world.truth.contacts
    created = {
        contact.external_id: contact.id
        for contact in sandbox.contacts.all()
        if contact.external_id is not None and contact.id not in known
    }
    truth = sandbox.world.truth.mentors
    decided = [mentor for mentor in truth if winners[mentor.submission_id].decision != "blocked"]
    right = sum(
        winners[mentor.submission_id].contact_id == (mentor.contact_id or created.get(mentor.mn_id))
        for mentor in decided
    )
    fields = conn.execute(
        sa.select(mn_changes.c.field)
        .join(sync_log, sync_log.c.id == mn_changes.c.sync_log_id)
        .where(sync_log.c.run_id == run_id)
    ).scalars()
    by_field = Counter(field or "new_mentor" for field in fields)
    return {
        "mentors": len(truth),
        "decided": len(decided),
        "right": right,
        "waiting": len(truth) - len(decided),
        "changes": by_field.total(),
        "changes_by_field": dict(by_field),
    }
