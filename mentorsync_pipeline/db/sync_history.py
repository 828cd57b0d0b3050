"""The history of runs from `sync_log`: one row per run, with totals of its assets (rulebook section 12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.asset_run import STOPPED
from mentorsync_pipeline.db.paging import Listing, contains_text
from mentorsync_pipeline.db.tables import audit_log, mn_changes, sync_log

Column = Literal["started_at", "finished_at", "status"]
"""Columns to sort runs by."""

Status = Literal["running", "success", "stopped", "failed"]

# Changes by people are logged with other numbers (`review.decision_store`), which are not Dagster run ids.
_RUN_ID = "________-____-%"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncFilter:
    """Filter of runs of a year, including runs for all years.

    Attributes:
        job: only runs of this job.
        asset: only runs that include this asset.
        status: `failed` if an asset failed, `running` while an asset runs, `stopped` if a person stopped the run.
        search: text that occurs in the run's id.

    """

    year: int
    job: str | None = None
    asset: str | None = None
    status: Status | None = None
    search: str | None = None


def listing(sync_filter: SyncFilter) -> Listing:
    """Build the list of matching runs, newest first.

    Columns: `run_id`, `job` (NULL for runs before it was recorded), `status`, `started_at`, `finished_at` (NULL while
    it runs), `steps` (its assets in order), `assets` (their number), `failed_steps`, `campaign_year` (NULL for all
    years) and `changes`: the number of its changes of mentors, which are those after the sync `since` up to the sync
    `upto` (see `mentors.history`).
    """
    c = sync_log.c
    done, failed = (_assets_of(c, status) for status in ("success", "failed"))
    is_running = sa.func.bool_or(c.status == "running")
    stopped_runs = sa.select(audit_log.c.subject).where(audit_log.c.act == "run_stopped")
    is_stopped = sa.or_(c.run_id.in_(stopped_runs), sa.func.bool_or(c.error == STOPPED))
    runs = (
        sa.select(
            c.run_id,
            sa.func.max(c.job).label("job"),
            sa.func.max(c.id).label("newest"),
            sa.func.max(c.campaign_year).label("campaign_year"),
            # An asset that failed and then succeeded in the same run did not fail.
            sa.case(
                (is_running, "running"), (is_stopped, "stopped"), (failed.contained_by(done), "success"), else_="failed"
            ).label("status"),
            sa.func.min(c.started_at).label("started_at"),
            sa.case((is_running, None), else_=sa.func.max(c.finished_at)).label("finished_at"),
            sa.func.max(c.id).filter(c.asset == "mentors").label("upto"),
        )
        .where(_of_year(sync_filter.year), c.run_id.like(_RUN_ID))
        .group_by(c.run_id)
    )
    if sync_filter.asset is not None:
        runs = runs.having(sa.func.bool_or(c.asset == sync_filter.asset))
    run = runs.subquery().c
    # These columns are calculated only for the rows of the page.
    query = sa.select(*(column for column in run if column.name != "newest"), *_columns(run, sync_filter.year))
    if sync_filter.job is not None:
        query = query.where(run.job == sync_filter.job)
    if sync_filter.status is not None:
        query = query.where(run.status == sync_filter.status)
    if sync_filter.search:
        query = query.where(contains_text(sync_filter.search, run.run_id))
    return Listing(query, (run.newest.desc(),), (run.run_id,))


def find_logged_runs(conn: sa.Connection, run_ids: Iterable[str]) -> set[str]:
    """Return those of the runs that have started an asset."""
    return set(conn.execute(sa.select(sync_log.c.run_id).where(sync_log.c.run_id.in_(list(run_ids)))).scalars())


def read_failed_run(conn: sa.Connection, year: int) -> str | None:
    """Return the run of the newest failure of an asset of the year that has not succeeded since, or None.

    An asset that was stopped has not failed.
    """
    c = sync_log.c
    last = (
        sa.select(c.id, c.run_id, c.status)
        .ext(pg.distinct_on(c.asset))
        .where(c.campaign_year == year, c.run_id.like(_RUN_ID), c.status != "running")
        .where(c.error.is_distinct_from(STOPPED))
        .order_by(c.asset, c.id.desc())
        .subquery()
        .c
    )
    run_id: str | None = conn.execute(
        sa.select(last.run_id).where(last.status == "failed").order_by(last.id.desc()).limit(1)
    ).scalar()
    return run_id


def _columns(run: Any, year: int) -> list[sa.Label[Any]]:
    """Columns of a run: steps, failed steps, number of steps, changes and the previous sync."""
    last = (
        sa.select(sync_log.c.id, sync_log.c.asset, sync_log.c.status)
        .ext(pg.distinct_on(sync_log.c.asset))
        .where(sync_log.c.run_id == run.run_id)
        .order_by(sync_log.c.asset, sync_log.c.id.desc())
        .correlate(run.run_id.table)
        .lateral()
    ).c
    names = sa.func.array_agg(pg.aggregate_order_by(last.asset, last.id))
    failed = sa.func.coalesce(names.filter(last.status == "failed"), sa.cast([], pg.ARRAY(sa.Text)))
    changes = sa.select(sa.func.count()).where(mn_changes.c.campaign_year == year, mn_changes.c.sync_log_id == run.upto)
    return [
        sa.select(names).scalar_subquery().label("steps"),
        sa.select(failed).scalar_subquery().label("failed_steps"),
        sa.select(sa.func.count(last.id)).scalar_subquery().label("assets"),
        changes.scalar_subquery().label("changes"),
        sa.select(sa.func.max(sync_log.c.id)).where(sync_log.c.id < run.upto).scalar_subquery().label("since"),
    ]


def _assets_of(c: Any, status: str) -> sa.ColumnElement[Any]:
    names = sa.func.array_agg(c.asset, type_=pg.ARRAY(sa.Text)).filter(c.status == status)
    return sa.func.coalesce(names, sa.cast([], pg.ARRAY(sa.Text)), type_=pg.ARRAY(sa.Text))


def _of_year(year: int) -> sa.ColumnElement[bool]:
    return sa.or_(sync_log.c.campaign_year == year, sync_log.c.campaign_year.is_(None))
