"""Check an uploaded file before it is loaded: a contacts export, or Givebutter's file of rejected rows.

Nothing is written. The load repeats all checks.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.load_record import LoadRequest, read_max_shrink
from mentorsync_pipeline.contacts.load.replace_all import check_export
from mentorsync_pipeline.contacts.rules.as_of import parse_export_name
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.record_fields import UnreadableRecord
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.review.error_list import read_accepted_fingerprints
from mentorsync_pipeline.uploads.queries import is_later_export, is_loaded
from mentorsync_pipeline.uploads.rejected_mentors import RejectedFileError, find_year_of_rows
from mentorsync_pipeline.uploads.rejected_rows import (
    FailedRowsError,
    is_failed_rows,
    read_failed_rows_file,
    read_identities,
)

_HEAD_BYTES = 4096


class LoadedBeforeError(MentorSyncError):
    """A file with this content was loaded before."""

    code = "FILE_LOADED_BEFORE"


@dataclass(frozen=True, slots=True)
class UploadCheck:
    """Result of the check of a file.

    Attributes:
        year: campaign year of rejected rows.
        again_as: name of a later export with known content (`uploads.queries.is_later_export`).
        as_of: when an export was taken.
        future: number of contacts whose last change is later than now.
        unreadable: contacts that the load would not change.

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
) -> UploadCheck:
    """Check a file completely, as its load would; nothing is written.

    Raises:
        LoadedBeforeError: a file with this content was loaded before, and the upload is not forced.
        RejectedFileError: no rejected row belongs to a known mentor.
        ExportError: the errors of `contacts.load.replace_all.upload_export`.

    """
    again_as = None
    if is_loaded(conn, sha256):
        if is_later_export(conn, path.name, sha256, now=now):
            again_as = parse_export_name(path.name)
        elif forced_by is None:
            raise LoadedBeforeError(
                "This file has been loaded before.",
                "Download a fresh export from Givebutter and upload it, or force this file with a reason.",
            )
    if is_rejected_rows(path):
        return check_failed_rows(conn, path)
    return replace(check_contacts(conn, path, now=now, forced_by=forced_by, as_of=as_of), again_as=again_as)


def is_rejected_rows(path: Path) -> bool:
    """Return whether a file is a file of rejected rows, by its header. Raises ExportError."""
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
) -> UploadCheck:
    """Check a contacts export. Raises the errors of `upload_export`."""
    request = LoadRequest(
        run_id="check",
        loaded_at=now,
        max_shrink=read_max_shrink(conn),
        forced_by=forced_by,
        accepted=read_accepted_fingerprints(conn, None, source_table=raw_gb_full_contacts.name),
    )
    loaded = check_export(conn, path, request, zone=TEAM_ZONE, as_of=as_of)
    return UploadCheck(
        "export",
        loaded.rows,
        sha256=loaded.sha256,
        as_of=loaded.as_of,
        future=len(loaded.future),
        unreadable=loaded.unreadable,
    )


def check_failed_rows(conn: sa.Connection, path: Path) -> UploadCheck:
    """Check a file of rejected rows. Raises RejectedFileError."""
    try:
        rows = read_identities(read_failed_rows_file(path))
    except FailedRowsError as error:
        raise RejectedFileError(str(error), "Upload the file as Givebutter exported it.") from None
    return UploadCheck("failed_rows", len(rows), find_year_of_rows(conn, rows))
