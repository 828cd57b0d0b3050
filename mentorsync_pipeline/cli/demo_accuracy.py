"""Compare the decisions of a demo sync with the true contacts of the sandbox."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import (
    archive_plan,
    deduplicated_signups,
    mn_changes,
    sync_conflicts,
    sync_log,
    winner_contacts,
)

if TYPE_CHECKING:
    from mentorsync_pipeline.sandbox.sandbox import Sandbox


def measure_accuracy(conn: sa.Connection, sandbox: "Sandbox", year: int, run_id: str) -> dict[str, Any]:
    """Count mentors, automatic decisions, correct decisions, and changes of a run.

    For a mentor without a true contact, a new contact is correct, and so is the contact that the import created.
    `false_archives` are contacts of other people, donors, or contacts to keep, that would be archived without approval;
    `false_proposals` those that need approval. `opt_outs_lost` are unsubscribed contacts that would get emails again.
    """
    truth = sandbox.world.truth.mentors
    winners = _read_winners(conn, year)
    created = _find_created_contacts(sandbox)
    decided = [mentor for mentor in truth if winners[mentor.submission_id].decision != "blocked"]
    right = sum(
        winners[mentor.submission_id].contact_id
        == (mentor.contact_id or created.get(winners[mentor.submission_id].mn_id) or created.get(mentor.mn_id))
        for mentor in decided
    )
    fields = conn.execute(
        sa.select(mn_changes.c.field)
        .join(sync_log, sync_log.c.id == mn_changes.c.sync_log_id)
        .where(sync_log.c.run_id == run_id)
    ).scalars()
    by_field = Counter(field or "new_mentor" for field in fields)
    false_plans = _count_false_plans(conn, sandbox, year)
    return {
        "mentors": len(truth),
        "decided": len(decided),
        "right": right,
        "waiting": len(truth) - len(decided),
        "changes": by_field.total(),
        "changes_by_field": dict(by_field),
        "false_archives": false_plans["planned"],
        "false_proposals": false_plans["needs_approval"],
        "opt_outs_lost": _count_lost_opt_outs(sandbox),
    }


def count_correct_links(conn: sa.Connection, sandbox: "Sandbox", year: int) -> tuple[int, int]:
    """Count the mentors with a corrected or restored sign-up: those with the correct contact, and all."""
    later = sandbox.world.later
    corrected = (*later.corrected_early, *later.corrected)
    edited = {*(edit.submission_id for edit in corrected), *later.deleted}
    winners, created = _read_winners(conn, year), _find_created_contacts(sandbox)
    right = 0
    for mentor in sandbox.world.truth.mentors:
        if mentor.submission_id in edited:
            winner = winners[mentor.submission_id]
            expected = mentor.contact_id or created.get(winner.mn_id) or created.get(mentor.mn_id)
            right += winner.contact_id is not None and winner.contact_id == expected
    return right, len(edited)


def count_lost_edits(conn: sa.Connection, sandbox: "Sandbox", year: int) -> int:
    """Count the edits of students and staff that are not in Givebutter and about which nobody is asked."""
    from mentorsync_pipeline.sandbox.later_edits import find_lost_edits  # noqa: PLC0415

    questions = sync_conflicts.c
    is_open = (questions.campaign_year == year) & questions.status.in_(("pending", "skipped"))
    asked = set(conn.execute(sa.select(questions.mn_id).where(is_open)).scalars())
    return len(find_lost_edits(sandbox.world, sandbox.contacts.all(), asked))


def _read_winners(conn: sa.Connection, year: int) -> dict[str, Any]:
    """Read the winner rows of a year by submission id."""
    table = winner_contacts
    rows = conn.execute(
        sa.select(table.c.submission_id, table.c.mn_id, table.c.decision, table.c.contact_id).where(
            table.c.campaign_year == year
        )
    )
    return {row.submission_id: row for row in rows}


def _find_created_contacts(sandbox: "Sandbox") -> dict[str, int]:
    """Return the contacts that imports created, by External ID."""
    truth_contacts = sandbox.world.truth.contacts
    return {
        contact.external_id: contact.id
        for contact in sandbox.contacts.all()
        if contact.external_id is not None and contact.id not in truth_contacts
    }


def _count_false_plans(conn: sa.Connection, sandbox: "Sandbox", year: int) -> Counter[str]:
    """Count, by plan state, the contacts of the archive plan that are not the mentor's duplicates."""
    plan, signups = archive_plan, deduplicated_signups
    rows = conn.execute(
        sa.select(plan.c.contact_id, plan.c.plan_state, signups.c.submission_id)
        .outerjoin(signups, (signups.c.mn_id == plan.c.mn_id) & (signups.c.campaign_year == plan.c.campaign_year))
        .where(plan.c.campaign_year == year, plan.c.action == "archive", plan.c.plan_state != "kept")
    )
    mentors = {mentor.submission_id: mentor for mentor in sandbox.world.truth.mentors}
    donors = {contact.id for contact in sandbox.contacts.all() if contact.total_contributions}
    false: Counter[str] = Counter()
    for row in rows:
        mentor = mentors.get(row.submission_id)
        is_duplicate = (
            mentor is not None and row.contact_id in mentor.own_contacts and row.contact_id != mentor.contact_id
        )
        is_unasked_donor = row.plan_state == "planned" and row.contact_id in donors
        false[row.plan_state] += not is_duplicate or is_unasked_donor
    return false


def _count_lost_opt_outs(sandbox: "Sandbox") -> int:
    """Count the contacts that get emails although they, or a duplicate merged into them, had unsubscribed."""
    world = sandbox.world
    unsubscribed = world.truth.unsubscribed.union(world.later.unsubscribed)
    merged = {mentor.contact_id for mentor in world.truth.mentors if mentor.habit == "opted_out"}
    return sum(
        contact.email_subscribed
        for contact in sandbox.contacts.all()
        if contact.id in merged or contact.id in unsubscribed
    )
