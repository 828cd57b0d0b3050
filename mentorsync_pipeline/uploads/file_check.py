"""Check a file for `mentorsync validate`: an import file, a contacts export or a file of rejected rows.

Nothing is written.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts.label_lookup import read_present_config
from mentorsync_pipeline.contacts.load.export_file import HEADER_LIMIT
from mentorsync_pipeline.contacts.rules.export_columns import is_import_header
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.import_file.queries import read_current_contacts
from mentorsync_pipeline.import_file.rules.csv import ImportFileError, parse
from mentorsync_pipeline.import_file.rules.linter import check
from mentorsync_pipeline.runtime.formatting import format_count
from mentorsync_pipeline.uploads.upload_check import check_contacts, check_failed_rows

_MAX_BYTES = 256 << 20


class FileInvalidError(MentorSyncError):
    """The file is not an import file."""

    code = "FILE_INVALID"


def is_import_file(path: Path) -> bool:
    """Return whether the first record has columns of Givebutter's import, not of its export."""
    try:
        with path.open("rb") as file:
            head = file.read(HEADER_LIMIT).decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise FileInvalidError(f"{path.name} cannot be read ({error.strerror}).", "Check the path.") from None
    try:
        return is_import_header(next(csv.reader(io.StringIO(head, newline="")), []))
    except csv.Error:
        return False


class StaleFileError(MentorSyncError):
    """The import file was created before people unsubscribed."""

    code = "STALE_FILE"


def check_recorded_file(conn: sa.Connection, year: int, path: Path, sha256: str) -> dict[str, Any]:  # noqa: ARG001
    """Check a file of the out folder with this content (`check_import_file`), for `db.versioned_cache`."""
    return check_import_file(conn, path, year)


def refuse_stale_file(checked: Mapping[str, Any], path: Path, year: int) -> None:
    """Raise StaleFileError for a checked import file that was created before a person unsubscribed."""
    stale = [problem["subject"] for problem in checked["problems"] if problem["error_code"] == StaleFileError.code]
    if stale:
        raise StaleFileError(
            f"{path.name} is out of date: people have unsubscribed since it was created "
            f"({format_count(len(stale), 'row')}, such as {stale[0]}).",
            f"Do not import it. Create a new file: start an export, or mentorsync sync --year {year}.",
        )


def check_import_file(conn: sa.Connection, path: Path, year: int) -> dict[str, Any]:
    """Check an import file against Givebutter's import rules and the current contacts.

    A file created before a person unsubscribed is out of date (`STALE_FILE`). Returns `rows`,
    `passed` and `problems`: one entry per row and reason, with its code and what to do. Raises FileInvalidError if it
    is not an import file, ConfigMissingError for a year without configuration.
    """
    config = read_present_config(conn, year)
    if path.stat().st_size > _MAX_BYTES:
        raise FileInvalidError(
            f"{path.name} is larger than any import file ({_MAX_BYTES >> 20} MB).", "Check the file."
        )
    try:
        parsed = parse(path.read_bytes(), config)
    except ImportFileError as error:
        raise FileInvalidError(f"{path.name}:", str(error)) from None
    linted = check(parsed.rows, read_current_contacts(conn, config, parsed.rows), config)
    problems = [
        {
            name: value
            for name, value in asdict(error).items()
            if name in ("error_code", "subject", "message", "what_to_do")
        }
        for error in linted.errors
    ]
    problems += [
        {
            "error_code": "UNKNOWN_COLUMN",
            "subject": column,
            "message": f"Neither Givebutter's template nor the configuration of {year} has the column {column}.",
            "what_to_do": "Remove the column, or add it to custom_field_labels.",
        }
        for column in parsed.unknown_columns
    ]
    return {"kind": "import", "rows": len(parsed.rows), "passed": len(linted.passed), "problems": problems}


def check_export_file(conn: sa.Connection, path: Path, *, now: datetime) -> dict[str, Any]:
    """Check a contacts export. Raises the errors of `contacts.load.replace_all.upload_export`."""
    checked = check_contacts(conn, path, now=now)
    return {
        "kind": "export",
        "rows": checked.rows,
        "passed": checked.rows,
        "sha256": checked.sha256,
        "as_of": checked.as_of,
        "changed_in_the_future": checked.future,
        "unreadable": [
            {"contact_id": record.record_id, "field": record.field, "reason": record.reason}
            for record in checked.unreadable
        ],
        "problems": [],
    }


def check_rejected_rows_file(conn: sa.Connection, path: Path) -> dict[str, Any]:
    """Check a file of rejected rows. Raises RejectedFileError."""
    checked = check_failed_rows(conn, path)
    return {
        "kind": "failed_rows",
        "rows": checked.rows,
        "passed": checked.rows,
        "campaign_year": checked.year,
        "problems": [],
    }
