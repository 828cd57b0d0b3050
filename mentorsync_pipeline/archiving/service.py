"""Decisions on an archive plan that take effect at once, without a run (rulebook, section 10).

Each function is one transaction with one audit entry. Approvals, archiving and restoring are runs of Dagster,
because they use the plan as of the run.
"""

from collections.abc import Collection

from mentorsync_pipeline.archiving import approvals
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.db.audited_change import ChangeContext

_TABLE = "archive_approvals"


def keep_contacts(
    context: ChangeContext, year: int, purpose: Purpose, contact_ids: Collection[int], *, reason: str | None = None
) -> int:
    """Keep contacts of the plan: they are archived only after an approval.

    Returns:
        The number of contacts.

    Raises:
        ArchiveApprovalError: the plan does not archive one of them; nothing is written.

    """
    with context.change(_TABLE) as change:
        count = approvals.reject(
            change.conn, year, purpose, contact_ids, by=context.actor.name, reason=reason, now=change.now
        )
        change.record("contacts_kept", "contacts kept", subject=_TABLE, years={year}, contacts=count)
    return count


def withdraw_keep(context: ChangeContext, year: int, contact_ids: Collection[int]) -> int:
    """Withdraw the decision to keep contacts; the next plan decides about them.

    Returns:
        The number of contacts.

    Raises:
        ArchiveApprovalError: nobody decided to keep one of them; nothing is written.

    """
    with context.change(_TABLE) as change:
        count = approvals.withdraw_rejections(change.conn, contact_ids, by=context.actor.name, now=change.now)
        change.record("keep_withdrawn", "decision to keep withdrawn", subject=_TABLE, years={year}, contacts=count)
    return count
