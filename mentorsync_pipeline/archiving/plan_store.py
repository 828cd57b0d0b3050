"""Build, read and count archive plans, and read the guard (rulebook section 10).

The rules are in `archiving.rules.duplicates_plan` and `archiving.rules.mass_email_plan`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.ledger_queries import read_past_actions
from mentorsync_pipeline.archiving.plan_inputs import PLAN_ASSETS
from mentorsync_pipeline.archiving.rules.archive_guard import Cause, Guard, PlanHistory, evaluate_guard
from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_fingerprint, plan_year
from mentorsync_pipeline.archiving.rules.mass_email_plan import plan_stubs
from mentorsync_pipeline.archiving.rules.plan_records import PlanKey, PlanRow, Purpose
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.db.filters import active_individuals
from mentorsync_pipeline.db.row_records import record, to_row
from mentorsync_pipeline.db.tables import (
    archive_approvals,
    archive_plan,
    archived_duplicates,
    contact_candidates,
    sync_log,
)
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.matching import queries as matching_queries
from mentorsync_pipeline.matching.rules.scoring import CampaignMembers
from mentorsync_pipeline.mentors.duplicates import read_approvals, read_losers, read_needed_contacts, read_protected
from mentorsync_pipeline.mentors.rules.carry_over import compute_carry_overs
from mentorsync_pipeline.mentors.rules.losers import recheck_losers
from mentorsync_pipeline.mentors.year_data import read_carry_over_data
from mentorsync_pipeline.signups import queries as signup_queries

# Keys of a plan's size and fingerprint in `sync_log.details`.
_SIZE, _PLAN = "contacts to archive", "plan fingerprint"
_MAX_LOGGED_PLANS = 200


@dataclass(frozen=True, slots=True)
class ArchivePlan:
    """A calculated plan, and its contacts by contact id."""

    rows: tuple[PlanRow, ...]
    contacts: Mapping[int, Contact]


def make_plan(conn: sa.Connection, config: CampaignConfig, purpose: Purpose) -> ArchivePlan:
    """Calculate the plan of a year without writing it. Raises ContactsMissingError or CandidatesOutdatedError."""
    duplicates = _make_duplicates_plan(conn, config)
    return duplicates if purpose == "duplicates" else _make_mass_email_plan(conn, config, duplicates)


def _make_duplicates_plan(conn: sa.Connection, config: CampaignConfig) -> ArchivePlan:
    year = config.campaign_year
    losers = recheck_losers(
        read_losers(conn, year),
        signup_queries.read_signups(conn, year),
        matching_queries.read_winners(conn, year),
        read_needed_contacts(conn, year),
    )
    plan_approvals = read_approvals(conn, year)
    data = read_carry_over_data(conn, config, [loser for loser in losers if loser.may_transfer_data(plan_approvals)])
    carried = compute_carry_overs(data, data.index_bases())
    rows = plan_year(losers, data, carried, approvals=plan_approvals, past=read_past_actions(conn))
    return ArchivePlan(rows, {loser.contact.contact_id: loser.contact for loser in losers})


def _make_mass_email_plan(conn: sa.Connection, config: CampaignConfig, duplicates: ArchivePlan) -> ArchivePlan:
    years = {*configuration.read_configured_years(conn), config.campaign_year}
    candidates = contact_candidates
    stubs = contact_queries.read_stub_contacts(conn)
    rows = plan_stubs(
        stubs,
        CampaignMembers([member for year in years for member in contact_queries.read_members(conn, year)]),
        {row.contact_id: row for row in duplicates.rows},
        candidate_ids=frozenset(
            conn.execute(sa.select(candidates.c.contact_id).where(candidates.c.campaign_year.in_(years))).scalars()
        ),
        protected=read_protected(conn, config.campaign_year),
        approvals=read_approvals(conn, config.campaign_year),
        past=read_past_actions(conn),
    )
    return ArchivePlan(rows, {contact.contact_id: contact for contact in stubs})


def to_table_row(row: PlanRow) -> dict[str, Any]:
    """Return a row of `archive_plan` without the columns of its scope (year and purpose)."""
    values = to_row(row)
    del values["purpose"]
    return values


def read_plan_rows(conn: sa.Connection, year: int, purpose: Purpose) -> tuple[PlanRow, ...]:
    """Read the stored plan, sorted by contact id."""
    table = archive_plan
    rows = conn.execute(
        sa.select(table).where(table.c.campaign_year == year, table.c.purpose == purpose).order_by(table.c.contact_id)
    ).mappings()
    return tuple(record(PlanRow, row) for row in rows)


def read_plan_keys(conn: sa.Connection, year: int, purpose: Purpose) -> list[PlanKey]:
    """Read the rows that are planned or need approval, with the columns for the fingerprint and the guard."""
    c = archive_plan.c
    rows = conn.execute(
        sa.select(c.contact_id, c.purpose, c.action, c.plan_state, c.input_fingerprint).where(
            c.campaign_year == year, c.purpose == purpose, c.plan_state != "kept"
        )
    ).mappings()
    return [record(PlanKey, row) for row in rows]


def read_guard(conn: sa.Connection, config: CampaignConfig, purpose: Purpose, rows: Iterable[PlanKey]) -> Guard:
    """Evaluate the guard for these rows against all active contacts and the year's earlier plans."""
    year = config.campaign_year
    active = conn.execute(sa.select(sa.func.count()).where(active_individuals())).scalar_one()
    history = _read_plan_history(conn, year, purpose)
    return evaluate_guard(rows, active, config.thresholds, _read_plan_approvals(conn, year), history)


def record_plan_size(details: dict[str, Any], guard: Guard, rows: Iterable[PlanKey]) -> None:
    """Add a plan's size and fingerprint to the details of its run, for the guard of later plans."""
    details.update({_SIZE: guard.archiving, _PLAN: plan_fingerprint(rows)})


def _read_plan_history(conn: sa.Connection, year: int, purpose: Purpose) -> PlanHistory:
    """Read the sizes of the year's earlier plans, newest first. Plans with the same fingerprint count once."""
    current_fingerprint = plan_fingerprint(read_plan_keys(conn, year, purpose))
    c = sync_log.c
    logged_details = conn.execute(
        sa.select(c.details)
        .where(
            c.asset == PLAN_ASSETS[purpose],
            c.campaign_year == year,
            c.status == "success",
            c.details.has_key(_PLAN),
        )
        .order_by(c.id.desc())
        .limit(_MAX_LOGGED_PLANS)
    ).scalars()
    sizes = {details[_PLAN]: int(details[_SIZE]) for details in logged_details if details[_PLAN] != current_fingerprint}
    return PlanHistory(is_first=_is_first_plan(conn, year, purpose), sizes=tuple(sizes.values()))


def _is_first_plan(conn: sa.Connection, year: int, purpose: Purpose) -> bool:
    """Return whether no plan of the year has been applied or approved yet."""
    ledger, answers, planned = archived_duplicates.c, archive_approvals.c, archive_plan.c
    done = sa.exists().where(ledger.campaign_year == year, ledger.purpose == purpose, ledger.action == "archive")
    approved = sa.exists().where(
        answers.campaign_year == year,
        answers.scope == "plan",
        answers.withdrawn_at.is_(None),
        planned.campaign_year == year,
        planned.purpose == purpose,
        planned.contact_id == answers.contact_id,
    )
    return not conn.execute(sa.select(sa.or_(done, approved))).scalar_one()


def count_causes(conn: sa.Connection, year: int, purpose: Purpose, *, examples: int = 3) -> list[Cause]:
    """Count the contacts that the stored plan archives by reason, most frequent first, with example ids."""
    c = archive_plan.c
    number = sa.func.count()
    rows = conn.execute(
        sa.select(c.reason_code, sa.func.min(c.reason), number, sa.func.array_agg(c.contact_id))
        .where(c.campaign_year == year, c.purpose == purpose, c.plan_state == "planned", c.action == "archive")
        .group_by(c.reason_code)
        .order_by(number.desc(), c.reason_code)
    )
    return [
        Cause(code=code, reason=reason, count=count, examples=tuple(sorted(ids)[:examples]))
        for code, reason, count, ids in rows
    ]


def _read_plan_approvals(conn: sa.Connection, year: int) -> frozenset[tuple[int, str]]:
    table = archive_approvals
    rows = conn.execute(
        sa.select(table.c.contact_id, table.c.input_fingerprint).where(
            table.c.campaign_year == year,
            table.c.scope == "plan",
            table.c.answer == "yes",
            table.c.withdrawn_at.is_(None),
        )
    )
    return frozenset((row.contact_id, row.input_fingerprint) for row in rows)


def choose_purpose(*, mass_email: bool) -> Purpose:
    """Return the purpose of a plan: all mass-email stubs, or the mentors' duplicates."""
    return "mass_email" if mass_email else "duplicates"


def count_ledger_statuses(conn: sa.Connection, year: int, purpose: Purpose) -> dict[str, int]:
    """Count the contacts in the year's ledger by status."""
    table = archived_duplicates
    rows = conn.execute(
        sa.select(table.c.status, sa.func.count())
        .where(table.c.campaign_year == year, table.c.purpose == purpose)
        .group_by(table.c.status)
        .order_by(table.c.status)
    )
    return {row[0]: row[1] for row in rows}


def summarise_plan(rows: Sequence[PlanRow]) -> dict[str, int]:
    """Count the rows of a plan by state, and by state and reason."""
    counts: dict[str, int] = {}
    for row in rows:
        kind = row.plan_state if row.action == "archive" else f"{row.action} {row.plan_state}"
        counts[kind] = counts.get(kind, 0) + 1
    for row in rows:
        reason = f"{row.plan_state}: {row.reason_code}"
        counts[reason] = counts.get(reason, 0) + 1
    return counts
