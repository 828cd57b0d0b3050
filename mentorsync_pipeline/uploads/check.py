"""Look at a file that somebody hands in before it is taken: a contacts export, or Givebutter's list of rejected rows.

Nothing is written. What is refused here would be refused by the load as well, only later; the load looks at all of it
again.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.load_record import LoadRequest, max_shrink
from mentorsync_pipeline.contacts.load.replace_all import check_export
from mentorsync_pipeline.contacts.rules.as_of import TEAM_ZONE, export_name
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.record_fields import UnreadableRecord
from mentorsync_pipeline.review.errors import read_accepted_fingerprints
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
    (`uploads.queries.is_a_later_export`). Of an export, `as_of` is when it was taken, `future` how many contacts say
    that they were changed later than now, and `unreadable` those that a load leaves as they were.
    """

    kind: Literal["export", "failed_rows"]
    rows: int
    year: int | None = None
    again_as: str | None = None
    sha256: str | None = None
    as_of: datetime | None = None
    future: int = 0
    unreadable: tuple[UnreadableRecord, ...] = ()


def check_upload(
    conn: sa.Connection,
    path: Path,
    sha256: str,
    *,
    now: datetime,
    forced_by: str | None = None,
    as_of: datetime | None = None,
) -> Checked:
    """Read the file to its end, say what it is, and check it as its load would; nothing is kept.

    Raises LoadedBeforeError unless it is forced, the errors of a load (`contacts.load.replace_all.upload_export`), and
    RejectedFileError for rejected rows of nobody that is known.
    """
    again_as = None
    if is_loaded(conn, sha256):
        if is_a_later_export(conn, path.name, sha256, now=now):
            again_as = export_name(path.name)
        elif forced_by is None:
            raise LoadedBeforeError(
                "This very file has been loaded before.",
                "Download a fresh export from Givebutter and upload that, or force this one with a reason.",
            )
    if is_rejected_rows(path):
        return check_failed_rows(conn, path)
    return replace(check_contacts(conn, path, now=now, forced_by=forced_by, as_of=as_of), again_as=again_as)


def is_rejected_rows(path: Path) -> bool:
    """Whether a file is Givebutter's list of rejected rows, by its header. Raises ExportError."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES).decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise ExportError(
            f"{path.name} cannot be read ({error.strerror}).", "Check the path.", code="EXPORT_UNREADABLE"
        ) from None
    return is_failed_rows(head)


def check_contacts(
    conn: sa.Connection, path: Path, *, now: datetime, forced_by: str | None = None, as_of: datetime | None = None
) -> Checked:
    """Check a contacts export as its load would. Raises the errors of `upload_export`."""
    request = LoadRequest(
        run_id="check",
        loaded_at=now,
        max_shrink=max_shrink(conn),
        forced_by=forced_by,
        accepted=read_accepted_fingerprints(conn, None, source_table=raw_gb_full_contacts.name),
    )
    loaded = check_export(conn, path, request, zone=TEAM_ZONE, as_of=as_of)
    return Checked(
        "export",
        loaded.rows,
        sha256=loaded.sha256,
        as_of=loaded.as_of,
        future=len(loaded.future),
        unreadable=loaded.unreadable,
    )


def check_failed_rows(conn: sa.Connection, path: Path) -> Checked:
    """Check Givebutter's list of rejected rows. Raises RejectedFileError."""
    try:
        rows = identities(path.read_bytes())
    except FailedRowsError as error:
        raise RejectedFileError(str(error), "Upload the file as Givebutter gave it.") from None
    return Checked("failed_rows", len(rows), year_of(conn, rows))
