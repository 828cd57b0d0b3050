"""Approvals and rejections of an archive plan (rulebook section 10).

An approval holds for a contact in its present state. A rejection keeps the contact until a later approval or until it
is withdrawn. When the contact changes, the plan asks for an approval again.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.archiving.plan_store import read_plan_rows
from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_fingerprint
from mentorsync_pipeline.archiving.rules.plan_records import PlanRow, Purpose
from mentorsync_pipeline.db.filters import is_any_of
from mentorsync_pipeline.db.tables import archive_approvals
from mentorsync_pipeline.domain.clean_text import clean_typed
from mentorsync_pipeline.domain.errors import MentorSyncError

_TABLE = archive_approvals


class ArchiveApprovalError(MentorSyncError):
    """The archive plan does not contain, or no longer contains, what the answer is about."""

    code = "ARCHIVE_APPROVAL"


def find_rows_to_approve(
    rows: Sequence[PlanRow], contact_ids: Collection[int], *, seen: str | None, year: int, purpose: Purpose
) -> list[PlanRow]:
    """Find the rows that an approval is about: those of `contact_ids`, or all planned rows if it is empty.

    Args:
        seen: fingerprint of the plan that the person looked at; None skips the check.

    Raises:
        ArchiveApprovalError: the plan has changed since, does not ask about one of the contacts, or archives nothing.

    """
    if seen not in (None, plan_fingerprint(rows)):
        raise ArchiveApprovalError(
            "The plan has changed since it was shown.",
            f"Look at the new plan: mentorsync archive show {_options(year, purpose)}.",
        )
    if not contact_ids:
        planned = [row for row in rows if row.archives]
        if not planned:
            raise ArchiveApprovalError(
                "The plan archives nothing, so there is nothing to approve.",
                f"Refresh the plan: mentorsync archive plan {_options(year, purpose)}.",
            )
        return planned
    rows_by_id = {row.contact_id: row for row in rows if row.can_be_approved}
    _require_contacts(rows_by_id, contact_ids, "The plan does not ask for an approval of contacts", year, purpose)
    return [rows_by_id[contact_id] for contact_id in sorted(set(contact_ids))]


def approve(
    conn: sa.Connection,
    year: int,
    rows: Collection[PlanRow],
    *,
    scope: Literal["contact", "plan"],
    by: str,
    now: datetime,
) -> int:
    """Record the approval of these rows in their present state; return their number."""
    return _record(conn, year, rows, scope=scope, answer="yes", approved_by=by, approved_at=now)


def reject(
    conn: sa.Connection,
    year: int,
    purpose: Purpose,
    contact_ids: Collection[int],
    *,
    by: str,
    reason: str | None,
    now: datetime,
) -> int:
    """Keep these contacts: they are not archived from now on. Returns their number.

    Raises ArchiveApprovalError when the plan does not archive one of them; then nothing is written.
    """
    rows_by_id = {row.contact_id: row for row in read_plan_rows(conn, year, purpose) if row.can_be_kept}
    _require_contacts(rows_by_id, contact_ids, "The plan does not archive contacts", year, purpose)
    rows = [rows_by_id[contact_id] for contact_id in sorted(set(contact_ids))]
    return _record(
        conn,
        year,
        rows,
        scope="contact",
        answer="no",
        approved_by=by,
        approved_at=now,
        answer_reason=clean_typed(reason),
    )


def withdraw_rejections(conn: sa.Connection, year: int, contact_ids: Collection[int], *, by: str, now: datetime) -> int:
    """Withdraw the rejections of these contacts; return the number of contacts.

    Raises ArchiveApprovalError when there is no rejection of one of them.
    """
    table = _TABLE
    updated = conn.execute(
        sa.update(table)
        .where(is_any_of(table.c.contact_id, contact_ids), table.c.answer == "no", table.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_by=by)
        .returning(table.c.contact_id)
    )
    withdrawn_ids = set(updated.scalars())
    _require_contacts(withdrawn_ids, contact_ids, "There is no decision to keep contacts", year, "duplicates")
    return len(withdrawn_ids)


def undo_answers(conn: sa.Connection, year: int, *, at: datetime, by: str, now: datetime) -> int:
    """Withdraw the approvals and rejections that a person gave at one moment; return the number of contacts.

    Raises ArchiveApprovalError when there is none: they were withdrawn already.
    """
    c = _TABLE.c
    withdrawn = conn.execute(
        sa.update(_TABLE)
        .where(c.campaign_year == year, c.approved_at == at, c.approved_by == by, c.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_by=by)
    ).rowcount
    if not withdrawn:
        raise ArchiveApprovalError("There is nothing to undo.", "Look at the plan as it is now.")
    return withdrawn


def _record(conn: sa.Connection, year: int, rows: Iterable[PlanRow], **answer: object) -> int:
    values = [
        {
            "campaign_year": year,
            "contact_id": row.contact_id,
            "input_fingerprint": row.input_fingerprint,
            **answer,
        }
        for row in rows
    ]
    if values:
        conn.execute(sa.insert(_TABLE), values)
    return len(values)


def _require_contacts(
    known_ids: Collection[int], contact_ids: Iterable[int], problem: str, year: int, purpose: Purpose
) -> None:
    unknown = sorted(set(contact_ids).difference(known_ids))
    if unknown:
        raise ArchiveApprovalError(
            f"{problem}: {', '.join(map(str, unknown))}.",
            f"Look at the plan: mentorsync archive show {_options(year, purpose)}.",
        )


def _options(year: int, purpose: Purpose) -> str:
    """Return the options of the commands about a plan."""
    return f"--year {year}" + (" --mass-email" if purpose == "mass_email" else "")
