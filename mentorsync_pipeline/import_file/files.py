"""The import files that were written: the newest, earlier ones, what was kept out, and whether a new one may leave."""

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
from mentorsync_pipeline.import_file.rows import last_download
from mentorsync_pipeline.import_file.rules.linter import SOURCE_TABLE as HELD_BACK
from mentorsync_pipeline.import_file.rules.staleness import staleness
from mentorsync_pipeline.runtime.atomic_files import unfinished_name

UNRECORDED = "unrecorded"
"""The subfolder of the out folder for files that no table knows."""


class FileNotFoundHereError(MentorSyncError):
    """An import file that was never written, or that is not in the out folder any more."""

    code = "FILE_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """One file; `held_back` rows were kept out by the linter."""

    id: int
    file_name: str
    sha256: str
    row_count: int
    held_back: int
    run_id: str
    contacts_as_of: datetime | None
    created_at: datetime
    forced_by: str | None


def listing(year: int) -> Listing:
    """The files of a year, the newest first."""
    c = gb_import_files.c
    columns = [c[name] for name in ImportFile.__dataclass_fields__]
    return Listing(sa.select(*columns).where(c.campaign_year == year), (c.id.desc(),), (c.id,))


def find(conn: sa.Connection, year: int, file_id: int | None = None) -> ImportFile:
    """One file of a year, the newest unless it is named. Raises FileNotFoundHereError."""
    query = listing(year).query.order_by(gb_import_files.c.id.desc()).limit(1)
    if file_id is not None:
        query = query.where(gb_import_files.c.id == file_id)
    row = conn.execute(query).mappings().first()
    if row is None:
        raise FileNotFoundHereError(f"There is no such import file of {year}.", "Write one: start an export or a sync.")
    return ImportFile(**row)


def file_name(year: int, now: datetime) -> str:
    """The name of an import file of a year, made at this moment."""
    return f"mentors-{year}-{now:%Y%m%dT%H%M%SZ}.csv"


def on_disk(file: ImportFile, folder: Path) -> Path:
    """Where the file lies, whole and as it was written. Raises FileNotFoundHereError.

    One whose run was killed before it could give the file its name gets it now.
    """
    path = folder / Path(file.file_name).name
    found = _sha256(path)
    if found is None and _sha256(path.with_name(unfinished_name(path.name))) == file.sha256:
        with suppress(OSError):
            path.with_name(unfinished_name(path.name)).replace(path)
        found = _sha256(path)
    if found != file.sha256:
        what = "is not in the out folder any more" if found is None else "was changed after it was written"
        raise FileNotFoundHereError(f"The file {file.file_name} {what}.", "Write a new one: start an export.")
    return path


def repair_folder(conn: sa.Connection, year: int, folder: Path) -> None:
    """Settle what a killed run left of the year's files in the out folder.

    A file under its hidden name gets its own if it is recorded, and is removed otherwise. One that has its name and
    that no table knows goes to the subfolder `unrecorded`: nobody may import it by mistake. Waits for a run of the
    year that is writing a file. Raises OSError.
    """
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_CLASS, year)))
    c = gb_import_files.c
    known = conn.execute(sa.select(c.file_name, c.sha256).where(c.campaign_year == year))
    recorded: dict[str, set[str]] = {}
    for row in known:
        recorded.setdefault(row.file_name, set()).add(row.sha256)
    name = re.compile(rf"mentors-{year}-\d{{8}}T\d{{6}}Z\.csv", re.ASCII)
    for path in sorted(folder.iterdir()):
        final = path.name.removeprefix(".").removesuffix(".unfinished")
        if not name.fullmatch(final) or not path.is_file():
            continue
        if path.name == final and final not in recorded:
            aside = folder / UNRECORDED
            aside.mkdir(exist_ok=True, mode=0o700)
            path.replace(aside / final)
        elif path.name == unfinished_name(final):
            if _sha256(path) in recorded.get(final, ()) and not path.with_name(final).exists():
                path.replace(path.with_name(final))
            else:
                path.unlink()


def _sha256(path: Path) -> str | None:
    """The hash of a file; None when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def stale(conn: sa.Connection, year: int, *, now: datetime) -> Conflict | None:
    """The question that a new file would raise now, because the contact data is old; None when it is fresh.

    Raises ContactsMissingError when no contacts have been loaded yet.
    """
    return staleness(
        contact_queries.contacts_as_of(conn),
        last_download(conn, year),
        now=now,
        days=configuration.read(conn, year).thresholds.contacts_stale_days,
    )


def held_back(year: int) -> Listing:
    """The rows that the linter keeps out of the year's file, with what to do."""
    return _errors_of(year, HELD_BACK)


def rejected(year: int) -> Listing:
    """The rows of the last import that Givebutter did not take and that are not settled yet."""
    return _errors_of(year, REJECTED_ROWS)


def waiting_mentors(conn: sa.Connection, year: int) -> int:
    """How many mentors are left out of the file because they wait for a person's decision."""
    c = mentors.c
    query = sa.select(sa.func.count()).where(c.campaign_year == year, c.sync_state == "blocked")
    return int(conn.execute(query).scalar_one())


def _errors_of(year: int, source_table: str) -> Listing:
    c = sync_errors.c
    columns: list[Any] = [c.id, c.mn_id, c.subject, c.error_code, c.message, c.what_to_do, c.created_at]
    found = sa.select(*columns).where(c.campaign_year == year, c.source_table == source_table, ~c.resolved)
    return Listing(found, (c.mn_id, c.subject), (c.id,))
