"""Marks of a year's data, which differ after every step of a run, every check and every change by a person."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.filters import runs_with_changes
from mentorsync_pipeline.db.tables import archived_duplicates, audit_log, sync_errors, sync_log, sync_warnings

# Transactions end in another order than that of their ids. No transaction of a person lasts for so many others.
_LATE_IDS = 100


@dataclass(frozen=True, slots=True)
class ChangeMarks:
    """Equal marks mean equal data.

    Attributes:
        runs: marks of what runs, checks and sensors write, and of errors and warnings.
        acts: marks of the audit log.

    """

    runs: tuple[Hashable, ...]
    acts: tuple[Hashable, ...]

    @property
    def findings(self) -> tuple[Hashable, ...]:
        """Marks of the open errors and of the ledger."""
        return self.runs[2], self.runs[4]

    def __str__(self) -> str:
        """Return the marks as one word."""
        return ".".join(str(mark) for mark in (*self.runs, *self.acts)).replace(" ", "")


def read_change_marks(conn: sa.Connection, year: int) -> ChangeMarks:
    """Read the marks of a year, with one cheap query."""
    row = conn.execute(_QUERY, {"year": year}).one()
    return ChangeMarks(runs=tuple(row[:5]), acts=tuple(row[5:]))


def read_step_marks(conn: sa.Connection, year: int) -> tuple[Hashable, ...]:
    """Read a mark of the rows that steps of runs write: it differs after every step that changed rows, or failed."""
    log = sync_log.c
    query = sa.select(sa.func.count(), sa.func.max(log.id)).where(
        sa.or_(log.campaign_year == year, log.campaign_year.is_(None)),
        log.finished_at.is_not(None),
        sa.or_(runs_with_changes(), log.status != "success"),
    )
    return tuple(conn.execute(query).one())


def _select_marks() -> sa.Select[tuple[Hashable, ...]]:
    """Select the last log entry, the steps in progress, the open errors, warnings and ledger, and the last acts."""
    log, act, ledger = sync_log.c, audit_log.c, archived_duplicates.c
    error, warning, year = sync_errors.c, sync_warnings.c, sa.bindparam("year", type_=sa.Integer)
    number, last_act = sa.func.count(), sa.select(sa.func.max(act.id)).scalar_subquery()
    entries = sa.select(ledger.status, number.label("number")).where(ledger.campaign_year == year)
    by_status = entries.group_by(ledger.status).subquery().c
    marks = (
        sa.select(sa.func.max(log.id)),
        sa.select(_join(log.id, order=log.id)).where(log.finished_at.is_(None)),
        sa.select(sa.func.concat_ws(",", number, sa.func.sum(error.id), sa.func.sum(error.retry_count))).where(
            sa.or_(error.campaign_year == year, error.campaign_year.is_(None)), ~error.resolved
        ),
        sa.select(sa.func.concat_ws(",", number, sa.func.sum(warning.id))).where(
            warning.campaign_year == year, warning.cleared_at.is_(None)
        ),
        sa.select(_join(sa.func.concat_ws(":", by_status.status, by_status.number), order=by_status.status)),
        sa.select(last_act),
        sa.select(number).where(act.id > last_act - _LATE_IDS),
    )
    return sa.select(*(mark.scalar_subquery() for mark in marks))


def _join(texts: sa.ColumnElement[Any], *, order: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    return sa.func.array_to_string(sa.func.array_agg(pg.aggregate_order_by(texts, order)), ",")


_QUERY = _select_marks()
