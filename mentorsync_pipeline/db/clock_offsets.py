"""Store and read how far Givebutter's clock was ahead of this machine's at each load over the API."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from mentorsync_pipeline.db.load_order import read_last_load
from mentorsync_pipeline.db.tables import gb_contact_loads
from mentorsync_pipeline.domain.service_clock import ServiceClock, make_clock


def record_clock_offset(conn: sa.Connection, load_id: int, offset: timedelta | None) -> None:
    """Record the offset that a load measured; None records none."""
    load = gb_contact_loads
    conn.execute(sa.update(load).where(load.c.id == load_id).values(clock_offset=offset))


def read_givebutter_clock(conn: sa.Connection) -> ServiceClock:
    """Read Givebutter's clock by all loads that measured it."""
    load = gb_contact_loads.c
    query = sa.select(load.loaded_at, load.clock_offset).where(load.clock_offset.is_not(None))
    return make_clock(
        (row.loaded_at, row.clock_offset) for row in conn.execute(query.order_by(load.loaded_at, load.id))
    )


def read_contacts_time(conn: sa.Connection, clock: ServiceClock) -> datetime:
    """Return when the contact data was taken, on Givebutter's clock; the earliest time without contacts."""
    load = read_last_load(conn)
    if load is None:
        return datetime.min.replace(tzinfo=UTC)
    return load.as_of if load.is_export else clock.convert(load.as_of)
