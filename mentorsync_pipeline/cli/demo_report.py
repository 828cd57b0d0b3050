"""Hold what a sync of the demo decided against the truth that the sandbox knows."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import mn_changes, sync_log, winner_contacts

if TYPE_CHECKING:
    from mentorsync_pipeline.sandbox.sandbox import Sandbox


def judge(conn: sa.Connection, sandbox: "Sandbox", year: int, run_id: str) -> dict[str, Any]:
    """Count the mentors, those decided without a person, those decided rightly, and the changes of this run.

    A mentor without any contact is right when a new one is to be created, or when the one that the import created for
    the mentor was found.
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
    decided = [one for one in truth if winners[one.submission_id].decision != "blocked"]
    right = sum(winners[one.submission_id].contact_id == (one.contact_id or created.get(one.mn_id)) for one in decided)
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
