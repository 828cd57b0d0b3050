"""Import files of a year: list and find them, repair the out folder, list rows that were held back or rejected."""

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.db.asset_run import LOCK_CLASS
from mentorsync_pipeline.db.paging import Listing
from mentorsync_pipeline.db.tables import gb_import_files, mentors, sync_errors
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.findings import REJECTED_ROWS, Conflict
from mentorsync_pipeline.import_file.queries import read_unseen_download
from mentorsync_pipeline.import_file.rules.linter import SOURCE_TABLE as HELD_BACK
from mentorsync_pipeline.import_file.rules.staleness import find_staleness_conflict
from mentorsync_pipeline.runtime.atomic_files import temporary_name

UNRECORDED = "unrecorded"
"""Subfolder of the out folder for files that are not in `gb_import_files`."""


class ImportFileMissingError(MentorSyncError):
    """The import file was never written, or is no longer in the out folder."""

    code = "FILE_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """One row of `gb_import_files`. `held_back` is the number of rows that the linter kept out."""

    id: int
    file_name: str
    sha256: str
    row_count: int
    held_back: int
    run_id: str
    contacts_as_of: datetime | None
    created_at: datetime
    forced_by: str | None


def list_files(year: int) -> Listing:
    """List the files of a year, newest first."""
    c = gb_import_files.c
    columns = [c[name] for name in ImportFile.__dataclass_fields__]
    return Listing(sa.select(*columns).where(c.campaign_year == year), (c.id.desc(),), (c.id,))


def find_file(conn: sa.Connection, year: int, file_id: int | None = None) -> ImportFile:
    """Read one file of a year, by default the newest. Raises ImportFileMissingError."""
    query = list_files(year).query.order_by(gb_import_files.c.id.desc()).limit(1)
    if file_id is not None:
        query = query.where(gb_import_files.c.id == file_id)
    row = conn.execute(query).mappings().first()
    if row is None:
        raise ImportFileMissingError(
            f"There is no such import file for {year}.", "Start an export or a sync to write one."
        )
    return ImportFile(**row)


def build_file_name(year: int, now: datetime) -> str:
    """Return the name of an import file that is written at `now` (UTC)."""
    return f"mentors-{year}-{now:%Y%m%dT%H%M%SZ}.csv"


def locate_file(file: ImportFile, folder: Path) -> Path:
    """Return the path of a file, after checking that its content is unchanged. Raises ImportFileMissingError.

    A file whose run was killed before the file was renamed gets its final name here.
    """
    path = folder / Path(file.file_name).name
    digest = _sha256(path)
    if digest is None and _sha256(path.with_name(temporary_name(path.name))) == file.sha256:
        with suppress(OSError):
            path.with_name(temporary_name(path.name)).replace(path)
        digest = _sha256(path)
    if digest != file.sha256:
        problem = "is no longer in the out folder" if digest is None else "was changed after it was written"
        raise ImportFileMissingError(f"The file {file.file_name} {problem}.", "Start an export to write a new one.")
    return path


def repair_folder(conn: sa.Connection, year: int, folder: Path) -> None:
    """Rename, remove or move the year's files that a killed run left in the out folder.

    A recorded file under its hidden name gets its final name; an unrecorded one is removed. An unrecorded file with
    a final name is moved to the subfolder `unrecorded`, so that nobody imports it by mistake. Waits for a run of the
    year that is writing a file. Raises OSError.
    """
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_CLASS, year)))
    c = gb_import_files.c
    rows = conn.execute(sa.select(c.file_name, c.sha256).where(c.campaign_year == year))
    recorded: dict[str, set[str]] = {}
    for row in rows:
        recorded.setdefault(row.file_name, set()).add(row.sha256)
    name = re.compile(rf"mentors-{year}-\d{{8}}T\d{{6}}Z\.csv", re.ASCII)
    for path in sorted(folder.iterdir()):
        final = path.name.removeprefix(".").removesuffix(".unfinished")
        if not name.fullmatch(final) or not path.is_file():
            continue
        if path.name == final and final not in recorded:
            unrecorded = folder / UNRECORDED
            unrecorded.mkdir(exist_ok=True, mode=0o700)
            path.replace(unrecorded / final)
        elif path.name == temporary_name(final):
            if _sha256(path) in recorded.get(final, ()) and not path.with_name(final).exists():
                path.replace(path.with_name(final))
            else:
                path.unlink()


def _sha256(path: Path) -> str | None:
    """Return the SHA-256 of a file, or None when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def find_staleness(conn: sa.Connection, year: int, *, now: datetime) -> Conflict | None:
    """Return the `data_staleness` conflict that would block a new file now, or None when contact data is recent.

    Raises ContactsMissingError when no contacts have been loaded.
    """
    return find_staleness_conflict(
        contact_queries.read_contacts_as_of(conn),
        read_unseen_download(conn, year),
        now=now,
        days=configuration.read_config(conn, year).thresholds.contacts_stale_days,
    )


def list_held_back(year: int) -> Listing:
    """List the rows that the linter keeps out of the year's file, with what to do."""
    return _errors_of(year, HELD_BACK)


def list_rejected(year: int) -> Listing:
    """List the open errors of rows that Givebutter rejected."""
    return _errors_of(year, REJECTED_ROWS)


def count_blocked_mentors(conn: sa.Connection, year: int) -> int:
    """Count the mentors that are left out of the file because of an open blocking conflict."""
    c = mentors.c
    query = sa.select(sa.func.count()).where(c.campaign_year == year, c.sync_state == "blocked")
    return int(conn.execute(query).scalar_one())


def _errors_of(year: int, source_table: str) -> Listing:
    c = sync_errors.c
    columns: list[Any] = [c.id, c.mn_id, c.subject, c.error_code, c.message, c.what_to_do, c.created_at]
    query = sa.select(*columns).where(c.campaign_year == year, c.source_table == source_table, ~c.resolved)
    return Listing(query, (c.mn_id, c.subject), (c.id,))
