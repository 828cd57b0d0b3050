"""Data freshness of a year: age of the contact data, last calculation, last import file.

The limits are in `import_file.rules.staleness`.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.contacts.queries import read_last_as_of
from mentorsync_pipeline.db.filters import calculations, count_active_contacts
from mentorsync_pipeline.db.tables import gb_import_files, sync_log
from mentorsync_pipeline.import_file.queries import read_unseen_download
from mentorsync_pipeline.import_file.rules.staleness import find_staleness_conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessRecord:
    """What a freshness is calculated from, without the present time.

    Attributes:
        contacts_as_of: when the contact data was taken; None when no contacts were ever loaded.
        last_sync_at: end of the last successful run of `mentors`.
        unseen_download: time of the last file, if the contact data was taken before that.

    """

    contacts: int
    contacts_as_of: datetime | None
    stale_days: int
    last_sync_at: datetime | None
    last_file: str | None
    last_file_at: datetime | None
    last_file_rows: int | None
    last_file_held_back: int | None
    unseen_download: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness(FreshnessRecord):
    """Ages and counts for the dashboard and the API.

    Attributes:
        refused_because: why an import file would be refused now; None when it would not.

    """

    contacts_age: timedelta | None
    refused_because: str | None
    last_sync_age: timedelta | None


def read_freshness_record(conn: sa.Connection, year: int) -> FreshnessRecord:
    """Read what the freshness of a year is calculated from."""
    files, log = gb_import_files.c, sync_log.c
    last_sync_at: datetime | None = conn.execute(
        sa.select(log.finished_at).where(calculations(year)).order_by(log.id.desc()).limit(1)
    ).scalar()
    file = conn.execute(
        sa.select(files.file_name, files.created_at, files.row_count, files.held_back)
        .where(files.campaign_year == year)
        .order_by(files.id.desc())
        .limit(1)
    ).first()
    return FreshnessRecord(
        contacts=count_active_contacts(conn),
        contacts_as_of=read_last_as_of(conn),
        stale_days=read_config(conn, year).thresholds.contacts_stale_days,
        last_sync_at=last_sync_at,
        last_file=file.file_name if file else None,
        last_file_at=file.created_at if file else None,
        last_file_rows=file.row_count if file else None,
        last_file_held_back=file.held_back if file else None,
        unseen_download=read_unseen_download(conn, year),
    )


def measure_freshness(record: FreshnessRecord, *, now: datetime) -> Freshness:
    """Calculate the data freshness of a year at `now`."""
    as_of, days, last_sync_at = record.contacts_as_of, record.stale_days, record.last_sync_at
    conflict = None if as_of is None else find_staleness_conflict(as_of, record.unseen_download, now=now, days=days)
    return Freshness(
        **asdict(record),
        contacts_age=None if as_of is None else now - as_of,
        refused_because=None if conflict is None else conflict.recommendation_reason,
        last_sync_age=None if last_sync_at is None else now - last_sync_at,
    )
