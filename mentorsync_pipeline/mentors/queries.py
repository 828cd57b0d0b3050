"""Read the stored mentors."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.record_cache import kept_until_changed
from mentorsync_pipeline.db.row_records import record, to_dicts
from mentorsync_pipeline.db.tables import (
    mentors,
)
from mentorsync_pipeline.domain.records import (
    Mentor,
    Provenance,
)

_CACHE_SIZE = 1 << 14


@kept_until_changed(mentors)
def read_mentors(conn: sa.Connection, year: int) -> dict[str, Mentor]:
    """Read the year's mentors of the last run, by MN id."""
    rows = to_dicts(conn.execute(sa.select(mentors).where(mentors.c.campaign_year == year)))
    return {
        row["mn_id"]: record(
            Mentor, row, provenance={name: _parse_provenance(value) for name, value in row["provenance"].items()}
        )
        for row in rows
    }


def _parse_provenance(value: Mapping[str, Any]) -> Provenance:
    return _make_provenance(value["source_table"], value["source_id"], value["observed_at"], value["rule"])


@lru_cache(_CACHE_SIZE)
def _make_provenance(source_table: str, source_id: str | None, observed_at: str | None, rule: str) -> Provenance:
    """Return the same record for equal texts: most fields of a mentor have one source."""
    observed = None if observed_at is None else datetime.fromisoformat(observed_at)
    return Provenance(source_table=source_table, source_id=source_id, observed_at=observed, rule=rule)
