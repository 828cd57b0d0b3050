"""The state of all years' data, to find out whether anything has changed since an earlier run of a step."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.db.asset_run import ALSO_WROTE
from mentorsync_pipeline.db.filters import runs_with_changes
from mentorsync_pipeline.db.tables import audit_log, gb_contact_loads, sync_errors, sync_log

# Assets that write the ledger outside of their transaction.
_OF_LEDGER = ("archived_duplicates", "archived_mass_email", "restored_duplicates")
# Acts of people that change no data.
_WITHOUT_EFFECT = ("run_started", "run_stopped", "file_fetched")
# Transactions end in another order than that of their ids. No transaction of a person lasts for so many others.
_LATE_IDS = 100


@dataclass(frozen=True, slots=True)
class DataState:
    """The state of the data when a step starts.

    Attributes:
        version: equal versions mean equal data, apart from `contacts_as_of` and `file_at`.
        changed_at: time of the last change; None if there was none.
        contacts_as_of: when the contact data was taken; None without contacts.
        file_at: when the year's last import file was written; None if there is none.

    """

    version: str
    changed_at: datetime | None
    contacts_as_of: datetime | None
    file_at: datetime | None

    @property
    def is_seen(self) -> bool:
        """Whether contacts were fetched and a file was written since the last change.

        Results depend on the times of both only by comparing them with times of the data. So later times give equal
        results.
        """
        times = (self.contacts_as_of, self.file_at)
        return self.changed_at is not None and all(time is not None and time >= self.changed_at for time in times)


def read_data_state(conn: sa.Connection, year: int, log_id: int, *, file_asset: str) -> DataState | None:
    """Read the state of the data for a step that starts; None while another step is in progress.

    It is None too if the server does not count written rows, on which `ALSO_WROTE` is based.

    Args:
        log_id: the `sync_log` id of the step.
        file_asset: the asset of the import file. It writes a file in every sync, and no step reads its rows.

    """
    state = conn.execute(_QUERY, {"year": year, "log_id": log_id, "file_asset": file_asset}).one()
    if state.running or state.counted != "on":
        return None
    version = "/".join(map(str, (state.changes, state.last_change, state.errors, state.last_act, state.late_acts)))
    times = [time for time in (state.changed_at, state.erred_at, state.acted_at) if time is not None]
    return DataState(version, max(times, default=None), state.contacts_as_of, state.file_at)


def _select_state() -> sa.Select[tuple[object, ...]]:
    log, error, load = sync_log.c, sync_errors.c, gb_contact_loads.c
    act = sa.select(audit_log).where(audit_log.c.act.not_in(_WITHOUT_EFFECT)).subquery().c
    number, last_act = sa.func.count(), sa.select(sa.func.max(act.id)).scalar_subquery()
    file_asset = sa.bindparam("file_asset", type_=sa.Text)
    changes = sa.and_(
        log.asset != file_asset,
        log.finished_at.is_not(None),
        sa.or_(
            runs_with_changes(),
            log.status != "success",
            log.details.has_key(ALSO_WROTE),
            log.rows_out.is_(None),  # a change by a person
            sa.and_(log.asset.in_(_OF_LEDGER), log.rows_in > 0),
        ),
    )
    marks = {
        "running": sa.select(number).where(log.finished_at.is_(None), log.id != sa.bindparam("log_id")),
        "changes": sa.select(number).where(changes),
        "last_change": sa.select(sa.func.max(log.id)).where(changes),
        "changed_at": sa.select(sa.func.max(log.finished_at)).where(changes),
        "errors": sa.select(
            sa.func.concat_ws(",", number, sa.func.sum(error.id), sa.func.sum(error.retry_count))
        ).where(~error.resolved),
        "erred_at": sa.select(sa.func.max(error.created_at)),
        "last_act": sa.select(last_act),
        "late_acts": sa.select(number).where(act.id > last_act - _LATE_IDS),
        "acted_at": sa.select(sa.func.max(act.done_at)),
        "contacts_as_of": sa.select(load.as_of).where(load.origin != "api_mentors").order_by(load.id.desc()).limit(1),
        "file_at": sa.select(sa.func.max(log.started_at)).where(
            log.asset == file_asset,
            log.campaign_year == sa.bindparam("year", type_=sa.Integer),
            log.status == "success",
        ),
    }
    counted = sa.func.current_setting("track_counts").label("counted")
    return sa.select(counted, *(mark.scalar_subquery().label(name) for name, mark in marks.items()))


_QUERY = _select_state()
