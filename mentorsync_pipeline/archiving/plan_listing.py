"""List, page and count the rows of an archive plan and of its ledger, with the contacts' names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.rules.plan_records import Action, Purpose
from mentorsync_pipeline.db.tables import (
    archive_approvals,
    archive_plan,
    archived_duplicates,
    raw_gb_full_contacts,
)
from mentorsync_pipeline.db.tables.raw import all_of_kind

_PLAN, _LEDGER, _CONTACTS = archive_plan, archived_duplicates, raw_gb_full_contacts
# Rows that need approval first, then planned rows, then kept rows.
_STATE_ORDER = sa.case({"needs_approval": 0, "planned": 1}, value=_PLAN.c.plan_state, else_=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFilter:
    """Filter of a year's plan. A field that is None does not restrict.

    Attributes:
        search: a contact id, an MN id or the beginning of a contact's first or last name.

    """

    year: int
    purpose: Purpose
    state: str | None = None
    reason: str | None = None
    donors: bool | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """Filter of a year's ledger. `search` as in `PlanFilter`."""

    year: int
    status: str | None = None
    run_id: str | None = None
    search: str | None = None


def list_plan_rows(conn: sa.Connection, filters: PlanFilter, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Read a page of `archive_plan`, rows that need approval first.

    Returns:
        The columns of `archive_plan`; the contact's `first_name`, `last_name`, `emails`, `phones`,
        `total_contributions` and `last_modified`; `carried_out`: whether the ledger says that it is done; and the last
        answer about the contact in its present state: `answer` (yes, no or None), `answered_by`, `answered_at` and
        `answer_reason`.

    """
    order = (_STATE_ORDER, _PLAN.c.mn_id.nulls_last(), _PLAN.c.contact_id)
    page = (
        sa.select(
            _PLAN, _is_carried_out().label("carried_out"), sa.func.row_number().over(order_by=order).label("place")
        )
        .select_from(_join_contacts(_PLAN) if filters.search else _PLAN)
        .where(*_plan_conditions(filters))
        .order_by(*order)
        .limit(limit)
        .offset(offset)
        .subquery("page")
    )
    # Joined after paging, so that only the rows of the page are looked up.
    answer = _latest_answer(page)
    joined = page.outerjoin(_CONTACTS, _CONTACTS.c.contact_id == page.c.contact_id).outerjoin(answer, sa.true())
    names = (_CONTACTS.c.first_name, _CONTACTS.c.last_name)
    query = sa.select(page, *names, *_contact_columns(), answer).select_from(joined).order_by(page.c.place)
    return [dict(row) for row in conn.execute(query).mappings()]


def count_plan_rows(conn: sa.Connection, filters: PlanFilter) -> int:
    """Count the rows of a plan that match a filter."""
    query = sa.select(sa.func.count()).select_from(_join_contacts(_PLAN)).where(*_plan_conditions(filters))
    return int(conn.execute(query).scalar_one())


def count_plan_by_reason(conn: sa.Connection, year: int, purpose: Purpose) -> list[dict[str, Any]]:
    """Count the rows of a plan, and the `donors` among them, by `action`, `plan_state` and `reason_code`."""
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


def count_open_plan(conn: sa.Connection, year: int, purpose: Purpose) -> dict[Action, int]:
    """Count the planned contacts by action, without those that were done, or kept by a person, since the plan."""
    c = _PLAN.c
    query = (
        sa.select(c.action, sa.func.count())
        .where(c.campaign_year == year, c.purpose == purpose, c.plan_state == "planned")
        .where(~_is_carried_out(), sa.func.coalesce(~_is_kept(), sa.true()))
        .group_by(c.action)
    )
    counts: dict[Action, int] = {"archive": 0, "release": 0}
    counts |= {row[0]: row[1] for row in conn.execute(query)}
    return counts


def _is_kept() -> sa.ColumnElement[bool]:
    """Whether the last answer about a contact of the plan is to keep it."""
    answer = archive_approvals.c
    last = (
        sa.select(answer.answer)
        .where(
            answer.contact_id == _PLAN.c.contact_id,
            answer.input_fingerprint == _PLAN.c.input_fingerprint,
            answer.scope == "contact",
            answer.withdrawn_at.is_(None),
        )
        .order_by(answer.approved_at.desc(), answer.id.desc())
        .limit(1)
        .correlate(_PLAN)
        .scalar_subquery()
    )
    return last == "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiving:
    """The last run that archived contacts: its contacts by outcome, and when it began and ended.

    Attributes:
        archived: contacts that it archived.
        released: contacts from which it removed the External ID.
        failed: contacts that are unchanged because of an error.
        open: contacts that it has not reached.

    """

    run_id: str
    started_at: datetime
    finished_at: datetime | None
    archived: int
    released: int
    failed: int
    open: int


def read_last_archiving(conn: sa.Connection, year: int, purpose: Purpose) -> Archiving | None:
    """Read the last run that archived contacts of a year, from the ledger; None when nothing was archived yet."""
    c = _LEDGER.c
    number = sa.func.count()
    is_done = c.status.in_(("archived", "cleared", "restored", "restoring"))
    row = conn.execute(
        sa.select(
            c.run_id,
            sa.func.min(c.planned_at).label("started_at"),
            sa.func.max(sa.func.coalesce(c.archived_at, c.cleared_at)).label("finished_at"),
            number.filter(c.action == "archive", is_done).label("archived"),
            number.filter(c.action == "release", is_done).label("released"),
            number.filter(c.status == "failed").label("failed"),
            number.filter(c.status.in_(("planned", "clearing", "archiving"))).label("open"),
        )
        .where(c.campaign_year == year, c.purpose == purpose)
        .group_by(c.run_id)
        .order_by(sa.func.max(c.id).desc())
        .limit(1)
    ).first()
    return None if row is None else Archiving(**row._mapping)


def _is_carried_out() -> sa.Exists:
    """Whether the ledger says that a row of the plan was done after the plan was made."""
    return sa.exists().where(
        _LEDGER.c.contact_id == _PLAN.c.contact_id,
        _LEDGER.c.action == _PLAN.c.action,
        _LEDGER.c.status.in_(("archived", "cleared")),
        _LEDGER.c.sync_log_id > _PLAN.c.sync_log_id,
    )


def list_ledger_rows(
    conn: sa.Connection, filters: LedgerFilter, *, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """Read a page of the ledger, newest first, with the contacts' names and without the before-images."""
    columns = [column for column in _LEDGER.columns if column.name != "before_image"]
    query = (
        sa.select(*columns, *_ledger_names(), *_contact_columns())
        .select_from(_join_contacts(_LEDGER))
        .where(*_ledger_conditions(filters))
        .order_by(_LEDGER.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def count_ledger_by_status(conn: sa.Connection, filters: LedgerFilter) -> dict[str, int]:
    """Count the entries by status; the filter's own status is ignored."""
    other_filters = LedgerFilter(year=filters.year, run_id=filters.run_id, search=filters.search)
    status = _LEDGER.c.status
    query = (
        sa.select(status, sa.func.count())
        .select_from(_join_contacts(_LEDGER))
        .where(*_ledger_conditions(other_filters))
        .group_by(status)
        .order_by(status)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def _join_contacts(table: sa.Table) -> sa.Join:
    return table.outerjoin(_CONTACTS, _CONTACTS.c.contact_id == table.c.contact_id)


def _contact_columns() -> tuple[sa.ColumnElement[Any], ...]:
    c = _CONTACTS.c
    emails, phones = all_of_kind("email").label("emails"), all_of_kind("phone").label("phones")
    return emails, phones, c.total_contributions, c.last_modified


def _ledger_names() -> tuple[sa.Label[str], sa.Label[str]]:
    """Select first and last name of a ledger row's contact; archived contacts have them in the before-image only."""
    first, last = (
        sa.func.coalesce(_CONTACTS.c[name], _LEDGER.c.before_image[name].astext).label(name)
        for name in ("first_name", "last_name")
    )
    return first, last


def _latest_answer(rows: sa.FromClause) -> sa.FromClause:
    """Select the last answer about a row's contact in its present state, without withdrawn answers."""
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
        .lateral("answer")
    )


def _plan_conditions(filters: PlanFilter) -> list[sa.ColumnElement[bool]]:
    c = _PLAN.c
    conditions: list[sa.ColumnElement[bool]] = [c.campaign_year == filters.year, c.purpose == filters.purpose]
    if filters.state is not None:
        conditions.append(c.plan_state == filters.state)
    if filters.reason is not None:
        conditions.append(c.reason_code == filters.reason)
    if filters.donors is not None:
        conditions.append(c.has_donations == filters.donors)
    if filters.search:
        conditions.append(_matches_search(_PLAN, filters.search, (_CONTACTS.c.first_name, _CONTACTS.c.last_name)))
    return conditions


def _ledger_conditions(filters: LedgerFilter) -> list[sa.ColumnElement[bool]]:
    c = _LEDGER.c
    conditions: list[sa.ColumnElement[bool]] = [c.campaign_year == filters.year]
    if filters.status is not None:
        conditions.append(c.status == filters.status)
    if filters.run_id is not None:
        conditions.append(c.run_id == filters.run_id)
    if filters.search:
        conditions.append(_matches_search(_LEDGER, filters.search, [name.element for name in _ledger_names()]))
    return conditions


def _matches_search(table: sa.Table, search: str, names: Iterable[sa.ColumnElement[str]]) -> sa.ColumnElement[bool]:
    text = search.strip()
    name_matches = (name.istartswith(text, autoescape=True) for name in names)
    return sa.or_(
        sa.cast(table.c.contact_id, sa.Text) == text,
        table.c.mn_id == text.upper(),
        sa.cast(table.c.winner_contact_id, sa.Text) == text,
        *name_matches,
    )
