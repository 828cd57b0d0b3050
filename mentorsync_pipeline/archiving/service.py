"""Decisions on an archive plan that take effect at once, without a run (rulebook, section 10).

Each function is one transaction with one audit entry. Archiving and restoring are runs of Dagster.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from mentorsync_pipeline.archiving import approvals
from mentorsync_pipeline.archiving.plan_inputs import require_current_plan
from mentorsync_pipeline.archiving.plan_store import read_plan_rows
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.db.audited_change import ChangeContext

_TABLE = "archive_approvals"


def approve_contacts(
    context: ChangeContext, year: int, purpose: Purpose, contact_ids: Collection[int], *, seen: str | None
) -> int:
    """Approve contacts of the plan or, without contacts, the whole plan that the guard stopped.

    The next plan includes the contacts. `seen` is the fingerprint of the plan that the person reviewed; None skips its
    check.

    Returns:
        The number of contacts.

    Raises:
        PlanOutdatedError: the plan lacks contacts, answers or settings; nothing is written.
        ArchiveApprovalError: the plan has changed, or does not ask about one of them; nothing is written.

    """
    with context.change(_TABLE) as change:
        require_current_plan(change.conn, year, purpose)
        plan = read_plan_rows(change.conn, year, purpose)
        rows = approvals.find_rows_to_approve(plan, contact_ids, seen=seen, year=year, purpose=purpose)
        scope: Literal["contact", "plan"] = "contact" if contact_ids else "plan"
        count = approvals.approve(change.conn, year, rows, scope=scope, by=context.actor.name, now=change.now)
        change.record("contacts_approved", "contacts approved", subject=_TABLE, years={year}, contacts=count)
    return count


def undo_answers(context: ChangeContext, year: int, *, at: datetime) -> int:
    """Undo the approvals or decisions to keep that the actor gave at this moment.

    Returns:
        The number of contacts.

    Raises:
        ArchiveApprovalError: there are none; nothing is written.

    """
    with context.change(_TABLE) as change:
        count = approvals.undo_answers(change.conn, year, at=at, by=context.actor.name, now=change.now)
        change.record("archive_answers_undone", "answers withdrawn", subject=_TABLE, years={year}, contacts=count)
    return count


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
        count = approvals.withdraw_rejections(change.conn, year, contact_ids, by=context.actor.name, now=change.now)
        change.record("keep_withdrawn", "decision to keep withdrawn", subject=_TABLE, years={year}, contacts=count)
    return count
