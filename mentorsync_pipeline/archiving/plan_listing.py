"""List, page and count the rows of an archive plan and of its ledger, with the contacts' names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.ledger_queries import IS_ARCHIVED, IS_RELEASED
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.db.plan_status import select_plan
from mentorsync_pipeline.db.tables import archived_duplicates, raw_gb_full_contacts
from mentorsync_pipeline.db.tables.raw import all_of_kind
from mentorsync_pipeline.domain.vocabulary import PLAN_STATUSES

_LEDGER, _CONTACTS = archived_duplicates, raw_gb_full_contacts
_STATUS_PLACES = {status: place for place, status in enumerate(PLAN_STATUSES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFilter:
    """Filter of a year's plan. A field that is None does not restrict.

    Attributes:
        status: as in `db.plan_status`.
        search: a contact id, an MN id or the beginning of a contact's first or last name.

    """

    year: int
    purpose: Purpose
    status: str | None = None
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
    """Read a page of a plan, contacts that need approval first.

    Returns:
        The columns of `db.plan_status.select_plan`, and the contact's `first_name`, `last_name`, `emails`, `phones`,
        `total_contributions` and `last_modified`.

    """
    plan = _filter_plan(filters)
    order = (sa.case(_STATUS_PLACES, value=plan.c.status), plan.c.mn_id.nulls_last(), plan.c.contact_id)
    page = (
        sa.select(plan, sa.func.row_number().over(order_by=order).label("place"))
        .order_by(*order)
        .limit(limit)
        .offset(offset)
        .subquery("page")
    )
    # Joined after paging, so that only the rows of the page are looked up.
    joined = page.outerjoin(_CONTACTS, _CONTACTS.c.contact_id == page.c.contact_id)
    names = (_CONTACTS.c.first_name, _CONTACTS.c.last_name)
    query = sa.select(page, *names, *_contact_columns()).select_from(joined).order_by(page.c.place)
    return [dict(row) for row in conn.execute(query).mappings()]


def count_plan_rows(conn: sa.Connection, filters: PlanFilter) -> int:
    """Count the rows of a plan that match a filter."""
    return int(conn.execute(sa.select(sa.func.count()).select_from(_filter_plan(filters))).scalar_one())


def count_plan_by_reason(conn: sa.Connection, year: int, purpose: Purpose) -> list[dict[str, Any]]:
    """Count the rows of a plan, and the `donors` among them, by `action`, `plan_state`, `status` and `reason_code`."""
    c = select_plan(year, purpose).subquery().c
    kinds = (c.action, c.plan_state, c.status, c.reason_code)
    donors = sa.func.count().filter(c.has_donations).label("donors")
    query = sa.select(*kinds, sa.func.count().label("count"), donors).group_by(*kinds).order_by(*kinds)
    return [dict(row) for row in conn.execute(query).mappings()]


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
    row = conn.execute(
        sa.select(
            c.run_id,
            sa.func.min(c.planned_at).label("started_at"),
            sa.func.max(sa.func.coalesce(c.archived_at, c.cleared_at)).label("finished_at"),
            number.filter(IS_ARCHIVED).label("archived"),
            number.filter(IS_RELEASED).label("released"),
            number.filter(c.status == "failed").label("failed"),
            number.filter(c.status.in_(("planned", "clearing", "archiving"))).label("open"),
        )
        .where(c.campaign_year == year, c.purpose == purpose)
        .group_by(c.run_id)
        .order_by(sa.func.max(c.id).desc())
        .limit(1)
    ).first()
    return None if row is None else Archiving(**row._mapping)


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


def _join_contacts(table: sa.FromClause) -> sa.Join:
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


@lru_cache(maxsize=64)  # building it takes longer than most of its queries
def _filter_plan(filters: PlanFilter) -> sa.Subquery:
    """Select the contacts of a plan that match a filter."""
    rows = select_plan(filters.year, filters.purpose).subquery("rows")
    equal = {rows.c.status: filters.status, rows.c.reason_code: filters.reason, rows.c.has_donations: filters.donors}
    query = sa.select(rows).where(*(column == value for column, value in equal.items() if value is not None))
    if filters.search:
        names = (_CONTACTS.c.first_name, _CONTACTS.c.last_name)
        query = query.select_from(_join_contacts(rows)).where(_matches_search(rows, filters.search, names))
    return query.subquery("plan")


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


def _matches_search(
    table: sa.FromClause, search: str, names: Iterable[sa.ColumnElement[str]]
) -> sa.ColumnElement[bool]:
    text = search.strip()
    name_matches = (name.istartswith(text, autoescape=True) for name in names)
    return sa.or_(
        sa.cast(table.c.contact_id, sa.Text) == text,
        table.c.mn_id == text.upper(),
        sa.cast(table.c.winner_contact_id, sa.Text) == text,
        *name_matches,
    )
