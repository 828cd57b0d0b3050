"""Close a campaign year, reopen it, and open the next one from it (rulebook section 11).

A closed year is read-only: no run, no decision and no record changes it (`db.closed_years`). The contacts belong to
all years and are still loaded; contacts that the year archived can still be restored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.campaigns.closed_tags import store_tags
from mentorsync_pipeline.campaigns.next_year import NextYear, derive_next_year, fill_missing, find_reused
from mentorsync_pipeline.campaigns.unfinished import Unfinished, find_unfinished
from mentorsync_pipeline.db.asset_run import lock_asset_runs
from mentorsync_pipeline.db.audited_change import ChangeContext
from mentorsync_pipeline.db.closed_years import YearClosedError, lock_closing, read_closed_years
from mentorsync_pipeline.db.tables import year_closings
from mentorsync_pipeline.domain.config import config_types
from mentorsync_pipeline.domain.errors import MentorSyncError

_TABLE = year_closings.name


class YearUnfinishedError(MentorSyncError):
    """The year has unfinished work; it was not closed."""

    code = "YEAR_UNFINISHED"

    def __init__(self, year: int, unfinished: tuple[Unfinished, ...]) -> None:
        super().__init__(
            f"{year} is not finished: {' '.join(item.message for item in unfinished)}",
            f"Finish it, or close the year as it is: mentorsync year close {year} --force.",
        )
        self.unfinished = unfinished


class YearBusyError(MentorSyncError):
    """A run of the year is queued or in progress; the year was not closed."""

    code = "YEAR_BUSY"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"A run of {year} is queued or in progress.", "Wait until it has ended, or cancel it in Dagster's UI."
        )


class YearNotClosedError(MentorSyncError):
    """The year is open, so it cannot be reopened."""

    code = "YEAR_NOT_CLOSED"

    def __init__(self, year: int) -> None:
        super().__init__(f"{year} is not closed.", "List the years: mentorsync year list.")


class YearConfiguredError(MentorSyncError):
    """The year is configured already; nothing was changed."""

    code = "YEAR_CONFIGURED"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"Campaign year {year} is configured already.",
            f"Look at it: mentorsync config show --year {year}. Change it: mentorsync config set.",
        )


class NextYearInvalidError(MentorSyncError):
    """A year cannot be opened from this one with these values; nothing was changed."""

    code = "NEXT_YEAR_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearState:
    """A configured year: closed (when and by whom) or open, and whether it is active (sensors and schedules run)."""

    campaign_year: int
    active: bool
    closed: bool
    closed_at: datetime | None = None
    closed_by: str | None = None


def close_year(context: ChangeContext, year: int, *, force: bool = False) -> tuple[Unfinished, ...]:
    """Close a year. One transaction and one audit entry.

    Args:
        context: the person who closes it.
        year: the campaign year.
        force: close it despite unfinished work.

    Returns:
        The unfinished work that was accepted with `force`.

    Raises:
        ConfigMissingError: the year is not configured.
        YearClosedError: it is closed already.
        YearBusyError: a run of the year is queued or in progress.
        YearUnfinishedError: it has unfinished work, and `force` is not set.

    """
    from mentorsync_pipeline.runtime.run_attempts import year_is_busy  # noqa: PLC0415  # Dagster is heavy

    with context.instance() as instance:
        if year_is_busy(instance, year):
            raise YearBusyError(year)
    with context.change(_TABLE) as change:
        # Waits for a run that has just started; a later run finds the year closed.
        lock_asset_runs(change.conn, year)
        lock_closing(change.conn, year)
        require_configured(change.conn, year)
        if year in read_closed_years(change.conn):
            raise YearClosedError(year)
        unfinished = find_unfinished(change.conn, year)
        if unfinished and not force:
            raise YearUnfinishedError(year, unfinished)
        config = configuration.read_config(change.conn, year)
        counts: dict[str, int] = {item.kind: item.count for item in unfinished}
        change.record("year_closed", "year closed", subject=_TABLE, years={year}, **counts)
        store_tags(change.conn, config)
        values = {
            "closed_at": change.now,
            "closed_by": context.actor.name,
            "unfinished": counts,
            "reopened_at": None,
            "reopened_by": None,
        }
        insert = pg.insert(year_closings).values(campaign_year=year, **values)
        change.conn.execute(insert.on_conflict_do_update(index_elements=["campaign_year"], set_=values))
    return unfinished


def reopen_year(context: ChangeContext, year: int) -> None:
    """Reopen a closed year. One transaction and one audit entry.

    Raises:
        ConfigMissingError: the year is not configured.
        YearNotClosedError: it is open.

    """
    with context.change(_TABLE) as change:
        lock_closing(change.conn, year)
        require_configured(change.conn, year)
        if year not in read_closed_years(change.conn):
            raise YearNotClosedError(year)
        change.conn.execute(
            sa.update(year_closings)
            .where(year_closings.c.campaign_year == year)
            .values(reopened_at=change.now, reopened_by=context.actor.name)
        )
        change.record("year_reopened", "year reopened", subject=_TABLE, years={year})


def prepare_next_year(conn: sa.Connection, year: int, source: int, entered: Mapping[str, Any]) -> NextYear:
    """Derive the configuration of a new year from that of `source`; nothing is stored.

    Args:
        conn: a connection for reading.
        year: the new campaign year.
        source: an earlier, configured year, open or closed.
        entered: values of the new year by key.

    Raises:
        ConfigMissingError: `source` is not configured.
        YearConfiguredError: `year` is configured already.
        NextYearInvalidError: `year` is not later than `source`, or a form or the campaign is that of `source`.
        ConfigInvalidError: a value is invalid.

    """
    config = configuration.read_stored_config(conn, source)
    if year <= source:
        raise NextYearInvalidError(f"{year} is not later than {source}.", "Choose a later year.")
    if year in configuration.read_configured_years(conn, active_only=False):
        raise YearConfiguredError(year)
    settings = {key for key, kind in config_types().items() if kind != "json"}
    if not settings.issuperset(entered):
        unknown = ", ".join(sorted(set(entered) - settings))
        raise NextYearInvalidError(
            f"{unknown}: no setting with a single value has this name.",
            f"Use one of: {', '.join(sorted(settings))}. Change lists and maps in the file.",
        )
    next_year = derive_next_year(config, year, entered)
    reused = find_reused(config, next_year.values)
    if reused:
        raise NextYearInvalidError(
            f"{' and '.join(reused)} of {year} would be that of {source}, so {source}'s people would be in {year}.",
            "Create the forms and the campaign of the new year, and enter theirs.",
        )
    configuration.validate_config(fill_missing(next_year), where=f"the configuration of {year}")
    if config.undated_tags and source not in read_closed_years(conn):
        note = (
            f"{source} is open. Until it is closed (mentorsync year close {source}), tags without the year "
            f"({', '.join(config.undated_tags)}) count for {source} and not for {year}."
        )
        return replace(next_year, notes=(*next_year.notes, note))
    return next_year


def require_configured(conn: sa.Connection, year: int) -> None:
    """Raise ConfigMissingError when the year is not configured. An invalid configuration is enough."""
    if year not in configuration.read_configured_years(conn, active_only=False):
        configuration.read_config(conn, year)


def list_years(conn: sa.Connection) -> list[YearState]:
    """List the configured years, oldest first."""
    closings = {row.campaign_year: row for row in conn.execute(sa.select(year_closings))}
    active = configuration.read_active_years(conn)[0]
    years = configuration.read_configured_years(conn, active_only=False)
    return [_make_state(year, closings.get(year), active=year in active) for year in years]


def find_state(conn: sa.Connection, year: int) -> YearState:
    """Return the state of a year. Raises ConfigMissingError when it is not configured."""
    require_configured(conn, year)
    closing = conn.execute(sa.select(year_closings).where(year_closings.c.campaign_year == year)).first()
    return _make_state(year, closing, active=year in configuration.read_active_years(conn, only=year)[0])


def _make_state(year: int, closing: sa.Row[Any] | None, *, active: bool) -> YearState:
    is_closed = closing is not None and closing.reopened_at is None
    return YearState(
        campaign_year=year,
        active=active,
        closed=is_closed,
        closed_at=closing.closed_at if closing is not None and is_closed else None,
        closed_by=closing.closed_by if closing is not None and is_closed else None,
    )
