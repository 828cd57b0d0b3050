"""What people say to an archive plan: a yes to contacts or to a whole plan, a no to contacts (rulebook section 10).

A yes is to one contact as it is. A no keeps the contact until somebody says yes later or takes the no back; when the
contact changes, the plan asks again.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.archiving.plan import stored_rows
from mentorsync_pipeline.archiving.rules.plan import plan_fingerprint
from mentorsync_pipeline.archiving.rules.records import PlanRow, Purpose
from mentorsync_pipeline.db.tables import archive_approvals
from mentorsync_pipeline.domain.errors import MentorSyncError

_TABLE = archive_approvals


class ArchiveAnswerError(MentorSyncError):
    """An answer to something that the archive plan does not hold, or not any more."""

    code = "ARCHIVE_APPROVAL"


def to_approve(rows: Sequence[PlanRow], contact_ids: Collection[int], *, seen: str | None) -> list[PlanRow]:
    """The rows of a plan that a yes is about: those of the contacts named, or without any all that are planned.

    `seen` is the fingerprint of the plan that the person looked at. Raises ArchiveAnswerError when that is another
    plan, when it asks for no approval of one of the contacts, or when it archives nothing at all.
    """
    if seen not in (None, plan_fingerprint(rows)):
        raise ArchiveAnswerError(
            "The plan is another one than the one that was seen.",
            "Look at it again: mentorsync archive show --year YEAR.",
        )
    if not contact_ids:
        planned = [row for row in rows if row.archives]
        if not planned:
            raise ArchiveAnswerError(
                "The plan archives nothing, so there is nothing to let through.",
                "Refresh the plan: mentorsync archive plan --year YEAR.",
            )
        return planned
    able = {row.contact_id: row for row in rows if row.takes_a_yes}
    _require(able, contact_ids, "The plan asks for no approval of")
    return [able[contact_id] for contact_id in sorted(set(contact_ids))]


def approve(
    conn: sa.Connection,
    year: int,
    rows: Collection[PlanRow],
    *,
    scope: Literal["contact", "plan"],
    by: str,
    now: datetime,
    log_id: int,
) -> int:
    """Record the approval of these rows, each as it is; return their number."""
    return _record(conn, year, rows, scope=scope, answer="yes", approved_by=by, approved_at=now, sync_log_id=log_id)


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
    """Strike these contacts out of a plan: they are not archived, from this moment on; returns how many.

    Raises ArchiveAnswerError when the plan does not want to archive one of them; then none is struck out.
    """
    able = {row.contact_id: row for row in stored_rows(conn, year, purpose) if row.takes_a_no}
    _require(able, contact_ids, "The plan does not want to archive")
    rows = [able[contact_id] for contact_id in sorted(set(contact_ids))]
    return _record(
        conn, year, rows, scope="contact", answer="no", approved_by=by, approved_at=now, answer_reason=reason
    )


def take_back(conn: sa.Connection, contact_ids: Collection[int], *, by: str, now: datetime) -> int:
    """Take every standing no to these contacts back; returns how many contacts.

    Raises ArchiveAnswerError when one of them has no decision to keep it.
    """
    table = _TABLE
    found = conn.execute(
        sa.update(table)
        .where(table.c.contact_id.in_(contact_ids), table.c.answer == "no", table.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_by=by)
        .returning(table.c.contact_id)
    )
    taken = set(found.scalars())
    _require(taken, contact_ids, "There is no decision to keep")
    return len(taken)


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


def _require(able: Collection[int], contact_ids: Iterable[int], what: str) -> None:
    unknown = sorted(set(contact_ids).difference(able))
    if unknown:
        raise ArchiveAnswerError(
            f"{what}: {', '.join(map(str, unknown))}.", "Look at the plan: mentorsync archive show --year YEAR."
        )
