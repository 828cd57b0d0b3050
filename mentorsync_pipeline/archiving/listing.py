"""An archive plan and its ledger as lists: filtered, paged and counted in SQL, with the contacts' names."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.rules.records import Purpose
from mentorsync_pipeline.db.tables import (
    archive_approvals,
    archive_plan,
    archived_duplicates,
    raw_gb_full_contacts,
)
from mentorsync_pipeline.db.tables.raw import all_of_kind

_PLAN, _LEDGER, _CONTACTS = archive_plan, archived_duplicates, raw_gb_full_contacts
# What waits for a person first, then what would happen, then what stays.
_STATE_ORDER = sa.case({"needs_approval": 0, "planned": 1}, value=_PLAN.c.plan_state, else_=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFilter:
    """Which rows of a year's plan to find; what is not given does not restrict.

    `search` is a contact id, an MN id or the beginning of a contact's first or last name.
    """

    year: int
    purpose: Purpose
    state: str | None = None
    reason: str | None = None
    donors: bool | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """Which entries of a year's ledger to find; `search` as for a plan."""

    year: int
    status: str | None = None
    run_id: str | None = None
    search: str | None = None


def plan_rows(conn: sa.Connection, wanted: PlanFilter, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """The rows of `archive_plan` that fit, those that wait for a person first.

    Each has besides its columns the contact's `first_name`, `last_name`, `emails`, `phones`, `total_contributions` and
    `last_modified`, and what was said last of it as it is: `answer` (yes, no or None), `answered_by`, `answered_at`
    and `answer_reason`.
    """
    order = (_STATE_ORDER, _PLAN.c.mn_id.nulls_last(), _PLAN.c.contact_id)
    page = (
        sa.select(_PLAN, sa.func.row_number().over(order_by=order).label("place"))
        .select_from(_joined(_PLAN) if wanted.search else _PLAN)
        .where(*_conditions(wanted))
        .order_by(*order)
        .limit(limit)
        .offset(offset)
        .subquery("page")
    )
    # Looked up for the rows of the page alone.
    said = _last_answer(page)
    told = page.outerjoin(_CONTACTS, _CONTACTS.c.contact_id == page.c.contact_id).outerjoin(said, sa.true())
    query = sa.select(page, *_answer_columns(), said).select_from(told).order_by(page.c.place)
    return [dict(row) for row in conn.execute(query).mappings()]


def plan_count(conn: sa.Connection, wanted: PlanFilter) -> int:
    """How many rows of the plan fit."""
    query = sa.select(sa.func.count()).select_from(_joined(_PLAN)).where(*_conditions(wanted))
    return int(conn.execute(query).scalar_one())


def plan_tally(conn: sa.Connection, year: int, purpose: Purpose) -> list[dict[str, Any]]:
    """How many rows the plan has of each `action`, `plan_state` and `reason_code`, and how many `donors` among them."""
    c = _PLAN.c
    kinds = (c.action, c.plan_state, c.reason_code)
    donors = sa.func.count().filter(c.has_donations).label("donors")
    query = (
        sa.select(*kinds, sa.func.count().label("count"), donors)
        .where(c.campaign_year == year, c.purpose == purpose)
        .group_by(*kinds)
        .order_by(*kinds)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def ledger_rows(conn: sa.Connection, wanted: LedgerFilter, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """The entries of the ledger that fit, the newest first, with the contacts' names but without the before-images."""
    columns = [column for column in _LEDGER.columns if column.name != "before_image"]
    query = (
        sa.select(*columns, *_answer_columns())
        .select_from(_joined(_LEDGER))
        .where(*_ledger_conditions(wanted))
        .order_by(_LEDGER.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def ledger_tally(conn: sa.Connection, wanted: LedgerFilter) -> dict[str, int]:
    """How many entries of each status fit the rest of the filter."""
    others = LedgerFilter(year=wanted.year, run_id=wanted.run_id, search=wanted.search)
    status = _LEDGER.c.status
    query = (
        sa.select(status, sa.func.count())
        .select_from(_joined(_LEDGER))
        .where(*_ledger_conditions(others))
        .group_by(status)
        .order_by(status)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def _joined(table: sa.Table) -> sa.Join:
    return table.outerjoin(_CONTACTS, _CONTACTS.c.contact_id == table.c.contact_id)


def _answer_columns() -> tuple[sa.ColumnElement[Any], ...]:
    c = _CONTACTS.c
    emails, phones = all_of_kind("email").label("emails"), all_of_kind("phone").label("phones")
    return c.first_name, c.last_name, emails, phones, c.total_contributions, c.last_modified


def _last_answer(rows: sa.FromClause) -> sa.FromClause:
    """What was said last of a row's contact as the row has it; a no that was taken back does not count."""
    a = archive_approvals.c
    return (
        sa.select(a.answer, a.approved_by.label("answered_by"), a.approved_at.label("answered_at"), a.answer_reason)
        .where(
            a.contact_id == rows.c.contact_id,
            a.input_fingerprint == rows.c.input_fingerprint,
            a.scope == "contact",
            a.withdrawn_at.is_(None),
        )
        .order_by(a.approved_at.desc(), a.id.desc())
        .limit(1)
        .lateral("said")
    )


def _conditions(wanted: PlanFilter) -> list[sa.ColumnElement[bool]]:
    c = _PLAN.c
    found: list[sa.ColumnElement[bool]] = [c.campaign_year == wanted.year, c.purpose == wanted.purpose]
    if wanted.state is not None:
        found.append(c.plan_state == wanted.state)
    if wanted.reason is not None:
        found.append(c.reason_code == wanted.reason)
    if wanted.donors is not None:
        found.append(c.has_donations == wanted.donors)
    if wanted.search:
        found.append(_named(_PLAN, wanted.search))
    return found


def _ledger_conditions(wanted: LedgerFilter) -> list[sa.ColumnElement[bool]]:
    c = _LEDGER.c
    found: list[sa.ColumnElement[bool]] = [c.campaign_year == wanted.year]
    if wanted.status is not None:
        found.append(c.status == wanted.status)
    if wanted.run_id is not None:
        found.append(c.run_id == wanted.run_id)
    if wanted.search:
        found.append(_named(_LEDGER, wanted.search))
    return found


def _named(table: sa.Table, text: str) -> sa.ColumnElement[bool]:
    typed, c = text.strip(), _CONTACTS.c
    names = (name.istartswith(typed, autoescape=True) for name in (c.first_name, c.last_name))
    return sa.or_(
        sa.cast(table.c.contact_id, sa.Text) == typed,
        table.c.mn_id == typed.upper(),
        sa.cast(table.c.winner_contact_id, sa.Text) == typed,
        *names,
    )
