"""How fresh a year's data is: when contacts were taken, when the year was last worked out, whether a file may leave.

Whether data is too old is decided by `import_file.rules.staleness`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.contacts.queries import ContactsMissingError
from mentorsync_pipeline.db.tables import gb_import_files, raw_gb_full_contacts, sync_log
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.import_file.rules.staleness import staleness


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """`contacts_as_of` None: no contacts were ever loaded. `refused_because`: why no file may leave now, if none may.

    `last_sync_at` is when the mentors were last worked out; a run that failed has changed nothing.
    """

    contacts: int
    contacts_as_of: datetime | None
    contacts_age: timedelta | None
    stale_days: int
    refused_because: str | None
    last_sync_at: datetime | None
    last_sync_age: timedelta | None
    last_file: str | None
    last_file_at: datetime | None
    last_file_rows: int | None
    last_file_held_back: int | None


def freshness(conn: sa.Connection, config: CampaignConfig, *, now: datetime) -> Freshness:
    """How fresh everything is at this moment."""
    year, days = config.campaign_year, config.thresholds.contacts_stale_days
    files, log = gb_import_files.c, sync_log.c
    as_of = _contacts_as_of(conn)
    synced: datetime | None = conn.execute(
        sa.select(log.finished_at)
        .where(log.campaign_year == year, log.asset == "mentors", log.status == "success")
        .order_by(log.id.desc())
        .limit(1)
    ).scalar()
    file = conn.execute(
        sa.select(files.file_name, files.created_at, files.row_count, files.held_back)
        .where(files.campaign_year == year)
        .order_by(files.created_at.desc())
        .limit(1)
    ).first()
    question = None if as_of is None else staleness(as_of, file.created_at if file else None, now=now, days=days)
    return Freshness(
        contacts=conn.execute(sa.select(sa.func.count()).select_from(raw_gb_full_contacts)).scalar_one(),
        contacts_as_of=as_of,
        contacts_age=None if as_of is None else now - as_of,
        stale_days=days,
        refused_because=None if question is None else question.recommendation_reason,
        last_sync_at=synced,
        last_sync_age=None if synced is None else now - synced,
        last_file=file.file_name if file else None,
        last_file_at=file.created_at if file else None,
        last_file_rows=file.row_count if file else None,
        last_file_held_back=file.held_back if file else None,
    )


def _contacts_as_of(conn: sa.Connection) -> datetime | None:
    try:
        return contact_queries.contacts_as_of(conn)
    except ContactsMissingError:
        return None
