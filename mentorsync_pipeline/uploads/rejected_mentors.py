"""Find the campaign year and the mentors of a file of rejected rows (rulebook section 9)."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.label_lookup import read_present_config
from mentorsync_pipeline.db.closed_years import YearClosedError, read_closed_years
from mentorsync_pipeline.db.tables import gb_import_files, mentors
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.uploads.rejected_rows import Identity


class RejectedFileError(MentorSyncError):
    """The file of rejected rows cannot be used."""

    code = "REJECTED_FILE_INVALID"


@dataclass(frozen=True, slots=True)
class YearMentors:
    """MN ids of a year's mentors by External ID (as `id_key`) and by contact id."""

    by_external_id: dict[str, str]
    by_contact_id: dict[int, str]

    def count(self, rows: Collection[Identity]) -> int:
        """Count the rows of known mentors."""
        return sum(
            (id_key(row.external_id) or "") in self.by_external_id or (row.contact_id or 0) in self.by_contact_id
            for row in rows
        )


def read_year_mentors(conn: sa.Connection, year: int) -> YearMentors:
    """Read the mentors of a year. Raises ConfigMissingError when the year is not configured."""
    config = read_present_config(conn, year)
    rows = conn.execute(
        sa.select(mentors.c.mn_id, mentors.c.gb_contact_id).where(mentors.c.campaign_year == year)
    ).all()
    return YearMentors(
        by_external_id={id_key(config.external_id(row.mn_id)) or "": row.mn_id for row in rows},
        by_contact_id={row.gb_contact_id: row.mn_id for row in rows if row.gb_contact_id is not None},
    )


def find_year_of_rows(conn: sa.Connection, rows: Collection[Identity]) -> int:
    """Return the campaign year with the most known mentors among the rows.

    Ids may repeat across years. Of years with equal numbers, open years come first, then the newest import file.

    Raises:
        RejectedFileError: no row has a known mentor.
        YearClosedError: the year is closed.

    """
    files = gb_import_files
    newest = sa.select(files.c.campaign_year, sa.func.max(files.c.id).label("id")).group_by(files.c.campaign_year)
    last_file: dict[int, int] = {row.campaign_year: row.id for row in conn.execute(newest)}
    counts = {
        year: read_year_mentors(conn, year).count(rows)
        for year in configuration.read_configured_years(conn, active_only=False)
    }
    closed = read_closed_years(conn)
    best = max(counts, key=lambda year: (counts[year], year not in closed, last_file.get(year, 0), year), default=None)
    if best is None or not counts[best]:
        raise RejectedFileError(
            "No rejected row belongs to a mentor of any campaign year.",
            "Choose the campaign year with --year, if you know it.",
        )
    if best in closed:
        raise YearClosedError(best)
    return best
