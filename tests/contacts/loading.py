"""Load an export into the contacts table, and read the log of loads."""

from zoneinfo import ZoneInfo

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.replace_all import upload_export
from mentorsync_pipeline.db.tables import gb_contact_loads
from tests.support.sources import request

EASTERN = ZoneInfo("America/New_York")


def upload(engine, path, **options):
    """Load an export; `options` are those of `request`."""
    with engine.begin() as conn:
        return upload_export(conn, path, request(**options), zone=EASTERN)


def loads(engine):
    """Return the rows of the log of loads."""
    with engine.connect() as conn:
        return [dict(row) for row in conn.execute(sa.select(gb_contact_loads).order_by("id")).mappings()]
