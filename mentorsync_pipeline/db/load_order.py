"""Determine whether the loaded contact data was taken after an event, such as the archive of a contact.

The order of runs decides: an event records the last run of that moment, and a load that started later shows the event.
Only an export is taken before its load, so that its own time is compared, too. Where the event seems to be later than
the load although it was recorded before, a clock was wrong, and the order of runs decides alone.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import gb_contact_loads, raw_gb_full_contacts, sync_log

LAST_RUN = sa.select(sa.func.max(sync_log.c.id)).scalar_subquery()
"""The number of the last run, running ones included, for the record of an event."""


@dataclass(frozen=True, slots=True)
class LastLoad:
    """The load of the present contacts, without loads of single mentors' contacts.

    Attributes:
        log_id: its run in `sync_log`.

    """

    log_id: int
    is_export: bool
    as_of: datetime
    loaded_at: datetime

    def is_after(self, at: sa.ColumnElement[datetime], last_run: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """Return the condition that this data was taken after an event: its time, and the last run of that moment."""
        started_later = self.log_id > sa.func.coalesce(last_run, 0)
        if not self.is_export:
            return started_later
        return sa.and_(started_later, sa.or_(at < self.as_of, at > self.loaded_at))


def read_last_load(conn: sa.Connection) -> LastLoad | None:
    """Read the load of the present contacts; None without contacts."""
    load, log = gb_contact_loads.c, sync_log.c
    is_its_run = sa.and_(
        log.run_id == load.run_id,
        log.asset == raw_gb_full_contacts.name,
        log.details["load_id"].astext == sa.cast(load.id, sa.Text),
    )
    query = (
        sa.select(sa.select(sa.func.max(log.id)).where(is_its_run).scalar_subquery(), load.origin == "export")
        .add_columns(load.as_of, load.loaded_at)
        .where(load.origin != "api_mentors")
        .order_by(load.id.desc())
        .limit(1)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else LastLoad(row[0] or 0, *row[1:])
