"""Whose rows Givebutter rejected: which year its file of rejected rows belongs to, and which mentor each row is."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.tables import gb_import_files, mentors
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.uploads.rejected_rows import Identity


class RejectedFileError(MentorSyncError):
    """A file of rejected rows that cannot be used."""

    code = "REJECTED_FILE_INVALID"


@dataclass(frozen=True, slots=True)
class Known:
    """The mentors of a year as Givebutter names them: the MN id by External ID (as compared) and by contact id."""

    by_external_id: dict[str, str]
    by_contact_id: dict[int, str]

    def count(self, rows: Collection[Identity]) -> int:
        """How many of these rows are of somebody known."""
        return sum(
            (id_key(one.external_id) or "") in self.by_external_id or (one.contact_id or 0) in self.by_contact_id
            for one in rows
        )


def known(conn: sa.Connection, year: int) -> Known:
    """The mentors of a year. Raises ConfigMissingError when the year is not configured."""
    config = configuration.read(conn, year)
    rows = conn.execute(
        sa.select(mentors.c.mn_id, mentors.c.gb_contact_id).where(mentors.c.campaign_year == year)
    ).all()
    return Known(
        by_external_id={id_key(config.external_id(row.mn_id)) or "": row.mn_id for row in rows},
        by_contact_id={row.gb_contact_id: row.mn_id for row in rows if row.gb_contact_id is not None},
    )


def year_of(conn: sa.Connection, rows: Collection[Identity]) -> int:
    """The campaign year whose import was rejected: the one that knows most of the rows.

    Ids may repeat across years; of two years that know as many, the one whose file left last. Raises
    RejectedFileError when no year knows any.
    """
    files = gb_import_files
    newest = sa.select(files.c.campaign_year, sa.func.max(files.c.id).label("id")).group_by(files.c.campaign_year)
    last_file: dict[int, int] = {row.campaign_year: row.id for row in conn.execute(newest)}
    counts = {year: known(conn, year).count(rows) for year in configuration.configured_years(conn, active_only=False)}
    best = max(counts, key=lambda year: (counts[year], last_file.get(year, 0), year), default=None)
    if best is None or not counts[best]:
        raise RejectedFileError(
            "No campaign year knows any of the rejected rows.", "If you know the year, give it with --year."
        )
    return best
