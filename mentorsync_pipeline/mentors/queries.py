"""Read the stored mentors."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.row_records import record, to_dicts
from mentorsync_pipeline.db.tables import (
    mentors,
)
from mentorsync_pipeline.domain.records import (
    Mentor,
    Provenance,
)


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
    observed = value["observed_at"]
    return Provenance(**(dict(value) | {"observed_at": observed and datetime.fromisoformat(observed)}))
