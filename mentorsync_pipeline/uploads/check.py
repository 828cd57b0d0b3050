"""Look at a file that somebody hands in before it is taken: a contacts export, or Givebutter's list of rejected rows.

Nothing is written. What is refused here would be refused by the load as well, only later; the load looks at all of it
again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.arrow_rows import VectorConverter
from mentorsync_pipeline.contacts.load.export_file import ExportFile
from mentorsync_pipeline.contacts.load.load_record import count_active_individuals, max_shrink
from mentorsync_pipeline.contacts.load.missing import most_archived_by_us
from mentorsync_pipeline.contacts.rules.as_of import TEAM_ZONE, export_as_of, export_name, is_shrunk
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.uploads.queries import is_a_later_export, is_loaded
from mentorsync_pipeline.uploads.rejected_rows import FailedRowsError, identities, is_failed_rows
from mentorsync_pipeline.uploads.rejected_rows_store import RejectedFileError, year_of

_HEAD_BYTES = 4096


class LoadedBeforeError(MentorSyncError):
    """A file whose content is in the tables already."""

    code = "FILE_LOADED_BEFORE"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file is: how many rows it has and, of rejected rows, which campaign year's.

    `again_as` is the name of an export whose content is known, but not that it still holds
    (`uploads.queries.is_a_later_export`).
    """

    kind: Literal["export", "failed_rows"]
    rows: int
    year: int | None = None
    again_as: str | None = None


def check_upload(conn: sa.Connection, path: Path, sha256: str, *, now: datetime, forced: bool = False) -> Checked:
    """Read the file to its end and say what it is. Its name and time tell when it was taken.

    Raises LoadedBeforeError, ExportError with the first line that is wrong (or when contacts fell by more than is
    allowed and nobody forces it), and RejectedFileError for rejected rows of nobody that is known.
    """
    again_as = None
    if is_loaded(conn, sha256):
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        taken = export_as_of(path.name, modified, now, None, TEAM_ZONE)
        if not is_a_later_export(conn, path.name, taken):
            raise LoadedBeforeError(
                "This very file has been loaded before.", "Download a fresh export from Givebutter and upload that."
            )
        again_as = export_name(path.name)
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES).decode("utf-8-sig", errors="replace")
    return _failed_rows(conn, path) if is_failed_rows(head) else _export(conn, path, again_as, forced=forced)


def _failed_rows(conn: sa.Connection, path: Path) -> Checked:
    try:
        rows = identities(path.read_bytes())
    except FailedRowsError as error:
        raise RejectedFileError(str(error), "Upload the file as Givebutter gave it.") from None
    return Checked("failed_rows", len(rows), year_of(conn, rows))


def _export(conn: sa.Connection, path: Path, again_as: str | None, *, forced: bool) -> Checked:
    file = ExportFile(path)
    convert = VectorConverter(file)
    rows = living = 0
    for block in file.blocks():
        part = convert(block)
        rows, living = rows + part.rows, living + part.living
    if not living:
        raise file.error("EXPORT_EMPTY", "it holds no contacts")
    previous = count_active_individuals(conn)
    share = max_shrink(conn)
    if not forced and is_shrunk(living, previous - most_archived_by_us(conn), share):
        raise ExportError(
            f"{file.name} holds {living} contacts, and {previous} are known: more than {share:.0%} fewer.",
            "Export all contacts, without a filter. If so many are really gone, load it all the same, with a reason.",
            code="EXPORT_SHRUNK",
        )
    return Checked("export", rows, again_as=again_as)
