"""Check that the import rows were calculated from the currently loaded contacts (rulebook, section 9).

Each asset that reads contacts stores in its `sync_log` row which load of contacts it used. A file of rows from an
earlier load would revert newer changes in Givebutter.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.db.tables import sync_log
from mentorsync_pipeline.domain.errors import MentorSyncError

CONTACTS_SEEN = "contacts_seen"
"""Key in `sync_log.details` of the `sync_log` id of the last load of contacts that the run used."""

_CALCULATED_FROM_CONTACTS = (
    "contact_candidates",
    "winner_contacts",
    "duplicate_contacts",
    "mentors",
    "mn_gb_import",
)


class RowsOutdatedError(MentorSyncError):
    """The import rows are older than the loaded contacts, so a file would revert newer changes in Givebutter."""

    code = "ROWS_OUTDATED"


def require_current_rows(conn: sa.Connection, year: int) -> None:
    """Check that every step up to the import rows used the last load of contacts.

    Raises RowsOutdatedError.
    """
    log = sync_log.c
    # Runs of earlier versions did not store the load; they cannot have used a load that began later.
    seen = sa.func.coalesce(log.details[CONTACTS_SEEN].astext.cast(sa.BigInteger), log.id)
    query = (
        sa.select(log.asset, seen.label("seen"))
        .ext(pg.distinct_on(log.asset))
        .where(log.campaign_year == year, log.asset.in_(_CALCULATED_FROM_CONTACTS), log.status == "success")
        .order_by(log.asset, log.id.desc())
    )
    last_change = contact_queries.read_last_change_log_id(conn)
    outdated = sorted(row.asset for row in conn.execute(query) if row.seen < last_change)
    if outdated:
        raise RowsOutdatedError(
            f"No file for {year}: contacts were loaded after {', '.join(outdated)} had been calculated, so the file "
            "would revert newer changes in Givebutter.",
            f"Calculate the year again and write the file: mentorsync export --year {year}, or the job `export` in "
            "Dagster's UI.",
        )
