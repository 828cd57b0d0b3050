"""Whether the import rows were calculated from the contacts that are loaded now (rulebook, section 9).

Each asset that reads contacts keeps in its `sync_log` row which load of contacts it has seen. A file made from rows
that have not seen the last one would take back what somebody has changed in Givebutter since.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.db.tables import sync_log
from mentorsync_pipeline.domain.errors import MentorSyncError

CONTACTS_SEEN = "contacts_seen"
"""The entry of `sync_log.details` with the `sync_log` id of the last load of contacts that the run has seen."""

_CALCULATED_FROM_CONTACTS = (
    "contact_candidates",
    "winner_contacts",
    "duplicate_contacts",
    "mentors",
    "mn_gb_import",
)


class RowsOutdatedError(MentorSyncError):
    """The import rows are older than the loaded contacts, so a file would take back newer changes in Givebutter."""

    code = "ROWS_OUTDATED"


def require_current_rows(conn: sa.Connection, year: int) -> None:
    """Check that every step up to the import rows has seen the last load of contacts.

    Raises RowsOutdatedError.
    """
    log = sync_log.c
    # A run of an earlier version did not keep what it had seen: it cannot have seen a load that began after it.
    seen = sa.func.coalesce(log.details[CONTACTS_SEEN].astext.cast(sa.BigInteger), log.id)
    query = (
        sa.select(log.asset, seen.label("seen"))
        .ext(pg.distinct_on(log.asset))
        .where(log.campaign_year == year, log.asset.in_(_CALCULATED_FROM_CONTACTS), log.status == "success")
        .order_by(log.asset, log.id.desc())
    )
    last_change = contact_queries.last_change_log_id(conn)
    outdated = sorted(row.asset for row in conn.execute(query) if row.seen < last_change)
    if outdated:
        raise RowsOutdatedError(
            f"No file for {year}: contacts were loaded after {', '.join(outdated)} had been calculated, so the file "
            "would take back newer changes in Givebutter.",
            f"Calculate the year again and write the file: mentorsync export --year {year}, or the job `export` in "
            "Dagster's UI.",
        )
