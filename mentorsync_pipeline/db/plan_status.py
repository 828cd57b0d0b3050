"""The status of each contact of an archive plan: what the plan decided, and what has happened since.

`archive_plan.plan_state` stays as the plan wrote it; people answer and runs archive afterwards. All pages, counts and
the API show the status from here, so that they agree.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.tables import archive_approvals, archive_plan, archived_duplicates
from mentorsync_pipeline.domain.vocabulary import PLAN_STATUSES, WAITING_CAUSES, PlanStatus

_PLAN = archive_plan


def select_plan(year: int, purpose: str) -> sa.Select[Any]:
    """Select the contacts of a plan.

    Columns: those of `archive_plan`; `status`; and the last answer about the contact in its present state: `answer`
    (yes, no or NULL), `answered_by`, `answered_at` and `answer_reason`.
    """
    answer, done = _select_last_answers(year).subquery("answer"), _select_done().subquery("done")
    is_answered = sa.and_(
        answer.c.contact_id == _PLAN.c.contact_id, answer.c.input_fingerprint == _PLAN.c.input_fingerprint
    )
    is_done_since = sa.and_(
        done.c.contact_id == _PLAN.c.contact_id,
        done.c.action == _PLAN.c.action,
        done.c.log_id > _PLAN.c.sync_log_id,
    )
    return (
        sa.select(
            _PLAN,
            _choose_status(answer.c.answer, done.c.log_id.is_not(None)).label("status"),
            *(answer.c[name] for name in ("answer", "answered_by", "answered_at", "answer_reason")),
        )
        .select_from(_PLAN.outerjoin(answer, is_answered).outerjoin(done, is_done_since))
        .where(_PLAN.c.campaign_year == year, _PLAN.c.purpose == purpose)
    )


def read_plan_statuses(conn: sa.Connection, year: int, purpose: str) -> dict[int, PlanStatus]:
    """Read the status of each contact of a plan, by contact id."""
    c = select_plan(year, purpose).subquery().c
    return {row[0]: row[1] for row in conn.execute(sa.select(c.contact_id, c.status))}


def count_plan_statuses(conn: sa.Connection, year: int, purpose: str = "duplicates") -> dict[PlanStatus, int]:
    """Count the contacts of a plan by status; each status is there, and their sum is the number of contacts."""
    status = select_plan(year, purpose).subquery().c.status
    rows = conn.execute(sa.select(status, sa.func.count()).group_by(status))
    return dict.fromkeys(PLAN_STATUSES, 0) | {row[0]: row[1] for row in rows}


def _choose_status(answer: sa.ColumnElement[str], is_done: sa.ColumnElement[bool]) -> sa.ColumnElement[str]:
    c = _PLAN.c
    is_release = c.action == "release"
    is_planned, is_kept = c.plan_state == "planned", c.plan_state == "kept"
    return sa.case(
        (sa.and_(is_release, sa.or_(is_done, sa.and_(is_kept, c.reason_code == "released"))), "released"),
        (sa.or_(is_done, sa.and_(is_kept, c.reason_code == "archived")), "archived"),
        (sa.and_(~is_kept, answer == "no"), "kept"),
        (sa.and_(is_planned, is_release), "to_release"),
        (is_planned, "to_archive"),
        # A restored contact stays kept, because its approval may be older than the restore; the next plan decides.
        (sa.and_(sa.or_(~is_kept, c.reason_code == "rejected"), answer == "yes"), "approved"),
        (~is_kept, "needs_approval"),
        (c.reason_code.in_(WAITING_CAUSES), "waiting"),
        else_="kept",
    )


def _select_last_answers(year: int) -> sa.Select[Any]:
    """Select the last answer about each contact in each of its states: approvals of the year, and all rejections."""
    c = archive_approvals.c
    return (
        sa.select(
            c.contact_id,
            c.input_fingerprint,
            c.answer,
            c.approved_by.label("answered_by"),
            c.approved_at.label("answered_at"),
            c.answer_reason,
        )
        .ext(pg.distinct_on(c.contact_id, c.input_fingerprint))
        .where(c.scope == "contact", c.withdrawn_at.is_(None), sa.or_(c.answer == "no", c.campaign_year == year))
        .order_by(c.contact_id, c.input_fingerprint, c.id.desc())  # not by time: clocks differ
    )


def _select_done() -> sa.Select[Any]:
    """Select the contacts that were archived, or whose External ID was removed, with the last step that did it."""
    c = archived_duplicates.c
    return (
        sa.select(c.contact_id, c.action, sa.func.max(c.sync_log_id).label("log_id"))
        .where(c.status.in_(("archived", "cleared")))
        .group_by(c.contact_id, c.action)
    )
