"""The archive plan in the database: what it is made from, the stored rows, the guard (rulebook section 10).

What is planned is decided in `archiving.rules.plan` and `archiving.rules.mass_email_plan`; people's answers live in
`archiving.approvals`, the ledger in `archiving.ledger`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.history import archive_history
from mentorsync_pipeline.archiving.rules.guard import Cause, Guard, PlanHistory, guard
from mentorsync_pipeline.archiving.rules.mass_email_plan import plan_stubs
from mentorsync_pipeline.archiving.rules.plan import plan_fingerprint, plan_year
from mentorsync_pipeline.archiving.rules.records import PlanMark, PlanRow, Purpose
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.db.filters import active_individuals
from mentorsync_pipeline.db.records import record
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
from mentorsync_pipeline.mentors.duplicates import approvals, needed_now, protected, stored_losers
from mentorsync_pipeline.mentors.rules.losers import judge_again
from mentorsync_pipeline.mentors.year_data import carry_over_data
from mentorsync_pipeline.signups import queries as signup_queries

# What a plan leaves in the details of its run.
_SIZE, _PLAN = "contacts to archive", "plan fingerprint"
_LOOKED_BACK = 200


@dataclass(frozen=True, slots=True)
class MadePlan:
    """A plan as today's tables give it, and the contacts that it is about, by contact id."""

    rows: tuple[PlanRow, ...]
    contacts: Mapping[int, Contact]


def make_plan(conn: sa.Connection, config: CampaignConfig, purpose: Purpose) -> MadePlan:
    """Make the plan of a year from the tables; nothing is written.

    Raises ContactsMissingError or CandidatesOutdatedError.
    """
    duplicates = _duplicates(conn, config)
    return duplicates if purpose == "duplicates" else _mass_email(conn, config, duplicates)


def _duplicates(conn: sa.Connection, config: CampaignConfig) -> MadePlan:
    year = config.campaign_year
    losers = judge_again(
        stored_losers(conn, year),
        signup_queries.signups(conn, year),
        matching_queries.winners(conn, year),
        needed_now(conn, year),
    )
    approved = approvals(conn, year)
    data = carry_over_data(conn, config, [loser for loser in losers if loser.hands_on(approved)])
    rows = plan_year(losers, data, approvals=approved, past=archive_history(conn))
    return MadePlan(rows, {loser.contact.contact_id: loser.contact for loser in losers})


def _mass_email(conn: sa.Connection, config: CampaignConfig, duplicates: MadePlan) -> MadePlan:
    years = {*configuration.configured_years(conn), config.campaign_year}
    candidates = contact_candidates
    stubs = contact_queries.stub_contacts(conn)
    rows = plan_stubs(
        stubs,
        CampaignMembers([member for year in years for member in contact_queries.members(conn, year)]),
        {row.contact_id: row for row in duplicates.rows},
        candidate_ids=frozenset(
            conn.execute(sa.select(candidates.c.contact_id).where(candidates.c.campaign_year.in_(years))).scalars()
        ),
        protected=protected(conn, config.campaign_year),
        approvals=approvals(conn, config.campaign_year),
        past=archive_history(conn),
        as_of=contact_queries.contacts_as_of(conn),
    )
    return MadePlan(rows, {contact.contact_id: contact for contact in stubs})


def table_row(row: PlanRow) -> dict[str, Any]:
    """A row of `archive_plan`, without the columns of its scope."""
    return {name: value for name, value in asdict(row).items() if name != "purpose"}


def stored_rows(conn: sa.Connection, year: int, purpose: Purpose) -> tuple[PlanRow, ...]:
    """The plan as it was made last, by contact id."""
    table = archive_plan
    rows = conn.execute(
        sa.select(table).where(table.c.campaign_year == year, table.c.purpose == purpose).order_by(table.c.contact_id)
    ).mappings()
    return tuple(record(PlanRow, row) for row in rows)


def stored_marks(conn: sa.Connection, year: int, purpose: Purpose) -> list[PlanMark]:
    """What the plan would do or asks for, without what is merely kept: enough for its fingerprint and the guard."""
    c = archive_plan.c
    rows = conn.execute(
        sa.select(c.contact_id, c.purpose, c.action, c.plan_state, c.input_fingerprint).where(
            c.campaign_year == year, c.purpose == purpose, c.plan_state != "kept"
        )
    ).mappings()
    return [record(PlanMark, row) for row in rows]


def guard_of(conn: sa.Connection, config: CampaignConfig, purpose: Purpose, rows: Iterable[PlanMark]) -> Guard:
    """What the guard says of these rows of a plan, against all active contacts and the year's earlier plans."""
    year = config.campaign_year
    active = conn.execute(sa.select(sa.func.count()).where(active_individuals())).scalar_one()
    history = _plan_history(conn, year, purpose)
    return guard(rows, active, config.thresholds, _approved_past_guard(conn, year), history)


def record_size(details: dict[str, Any], guard: Guard, rows: Iterable[PlanMark]) -> None:
    """Keep the size of a plan in the details of its run, for the guard of later plans."""
    details.update({_SIZE: guard.archiving, _PLAN: plan_fingerprint(rows)})


def _plan_history(conn: sa.Connection, year: int, purpose: Purpose) -> PlanHistory:
    """The sizes of the year's earlier plans, latest first; a plan that was made again unchanged counts once."""
    present = plan_fingerprint(stored_marks(conn, year, purpose))
    asset = "archive_plan" if purpose == "duplicates" else "mass_email_plan"
    c = sync_log.c
    logged = conn.execute(
        sa.select(c.details)
        .where(c.asset == asset, c.campaign_year == year, c.status == "success", c.details.has_key(_PLAN))
        .order_by(c.id.desc())
        .limit(_LOOKED_BACK)
    ).scalars()
    sizes = {details[_PLAN]: int(details[_SIZE]) for details in logged if details[_PLAN] != present}
    return PlanHistory(is_first=_is_first(conn, year, purpose), sizes=tuple(sizes.values()))


def _is_first(conn: sa.Connection, year: int, purpose: Purpose) -> bool:
    """Whether no plan of the year has been carried out or approved yet."""
    ledger, answers, planned = archived_duplicates.c, archive_approvals.c, archive_plan.c
    done = sa.exists().where(ledger.campaign_year == year, ledger.purpose == purpose, ledger.action == "archive")
    approved = sa.exists().where(
        answers.campaign_year == year,
        answers.scope == "plan",
        planned.campaign_year == year,
        planned.purpose == purpose,
        planned.contact_id == answers.contact_id,
    )
    return not conn.execute(sa.select(sa.or_(done, approved))).scalar_one()


def causes(conn: sa.Connection, year: int, purpose: Purpose, *, examples: int = 3) -> list[Cause]:
    """Why the stored plan archives contacts: how many for each reason, the most frequent first, and some of them."""
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


def _approved_past_guard(conn: sa.Connection, year: int) -> frozenset[tuple[int, str]]:
    table = archive_approvals
    rows = conn.execute(
        sa.select(table.c.contact_id, table.c.input_fingerprint).where(
            table.c.campaign_year == year, table.c.scope == "plan", table.c.answer == "yes"
        )
    )
    return frozenset((row.contact_id, row.input_fingerprint) for row in rows)


def purpose_of(*, mass_email: bool) -> Purpose:
    """The plan that is meant: of all mass-email stubs, or of the mentors' duplicates."""
    return "mass_email" if mass_email else "duplicates"


def ledger_tally(conn: sa.Connection, year: int, purpose: Purpose) -> dict[str, int]:
    """How many contacts the year's ledger has of each status."""
    table = archived_duplicates
    rows = conn.execute(
        sa.select(table.c.status, sa.func.count())
        .where(table.c.campaign_year == year, table.c.purpose == purpose)
        .group_by(table.c.status)
        .order_by(table.c.status)
    )
    return {row[0]: row[1] for row in rows}


def tally(rows: Sequence[PlanRow]) -> dict[str, int]:
    """How many rows the plan has of each state, and for each reason."""
    counts: dict[str, int] = {}
    for row in rows:
        kind = row.plan_state if row.action == "archive" else f"{row.action} {row.plan_state}"
        counts[kind] = counts.get(kind, 0) + 1
    for row in rows:
        reason = f"{row.plan_state}: {row.reason_code}"
        counts[reason] = counts.get(reason, 0) + 1
    return counts
