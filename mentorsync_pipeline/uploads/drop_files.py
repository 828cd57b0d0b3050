"""Scan the drop folder between two ticks of the sensor: kind and completeness of files, and the jobs that load them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import dagster as dg

from mentorsync_pipeline.contacts.load.export_file import ExportFile
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.domain.errors import is_disk_full
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.resources.drop_folder import DropFolderResource, DroppedFile, local_copy
from mentorsync_pipeline.runtime.folder_errors import to_folder_error
from mentorsync_pipeline.runtime.run_options import ContactLoad, ContactMode, RejectedFile, build_run_config
from mentorsync_pipeline.uploads.queries import CONTACTS
from mentorsync_pipeline.uploads.rejected_rows import is_failed_rows

Kind = Literal["export", "failed_rows", "unknown", "unfinished"]
DROPPED = "dropped:"
_HEAD_BYTES = 4096
# An empty file counts as complete after this time; before, it may still be written.
_EMPTY_SECONDS = 600


@dataclass(frozen=True, slots=True)
class FileState:
    """State of a file at a tick. `sha256` and `kind` are set once it is complete; `why`: reason for an unknown kind."""

    size: int
    modified: float
    sha256: str | None = None
    kind: Kind = "unknown"
    why: str = ""


@dataclass(frozen=True, slots=True)
class CompleteFile:
    """A file that did not change between two ticks, with its kind. `why`: reason for an unknown kind."""

    file: DroppedFile
    sha256: str
    kind: Kind
    why: str = ""


def build_cause(sha256: str, again_as: str | None = None) -> str:
    """Return the cause tag of the runs of a file.

    Args:
        again_as: name of a later export with known content (`uploads.queries.is_later_export`).

    """
    return f"{DROPPED}{sha256}" + (f":{again_as}" if again_as else "")


def build_load(
    kind: Literal["export", "failed_rows"], path: str, *, forced_by: str | None = None
) -> tuple[str, dg.RunConfig]:
    """Return the job that loads a file of this kind, and its run configuration.

    `forced_by` is the name of the person who forces an export that would be refused.
    """
    if kind == "export":
        load = ContactLoad(mode=ContactMode.file, path=path, forced_by=forced_by)
        return "upload_contacts", build_run_config(CONTACTS, load)
    return "rejected_rows", build_run_config(REJECTED_ROWS, RejectedFile(path=path))


def parse_cursor(cursor: str | None) -> dict[str, FileState]:
    """Parse the sensor's cursor: states at the last tick by file name."""
    return {name: FileState(**state) for name, state in json.loads(cursor or "{}").items()}


def format_cursor(states: Mapping[str, FileState]) -> str:
    """Format the states of this tick as the sensor's cursor."""
    entries: dict[str, dict[str, Any]] = {
        name: {field: getattr(state, field) for field in FileState.__dataclass_fields__}
        for name, state in states.items()
    }
    return json.dumps(entries, sort_keys=True)


def scan_folder(
    folder: DropFolderResource, previous: Mapping[str, FileState], now: datetime
) -> tuple[dict[str, FileState], list[CompleteFile]]:
    """Return the present states of the files, and the complete ones: of the same size and time as at the last tick.

    An empty file is complete only after a while, because it may still be written. Raises DropFolderError.
    """
    states: dict[str, FileState] = {}
    complete: list[CompleteFile] = []
    for file in folder.files():
        name = file.path.name
        previous_state = previous.get(name)
        state = FileState(file.size, file.modified)
        is_still = previous_state is not None and (previous_state.size, previous_state.modified) == (
            file.size,
            file.modified,
        )
        if (
            previous_state is not None
            and is_still
            and (file.size > 0 or now.timestamp() - file.modified > _EMPTY_SECONDS)
        ):
            state = previous_state if previous_state.sha256 is not None else _identify_file(folder, file)
        states[name] = state
        if state.sha256 is not None:
            complete.append(CompleteFile(file, state.sha256, state.kind, state.why))
    return states, complete


def _identify_file(folder: DropFolderResource, file: DroppedFile) -> FileState:
    """Identify a file. A file whose identification did not finish, now or at an earlier tick, is `unfinished`."""
    if not folder.begin_examination(file):
        folder.end_examination(file)
        why = "Reading the file took too long, or ended the reading process."
        return FileState(file.size, file.modified, file.identity, "unfinished", why)
    try:
        with local_copy(file.path) as local:
            with local.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            kind, why = _find_kind(local)
    except Exception as error:  # noqa: BLE001  # one bad file must not stop the others
        if isinstance(error, OSError) and is_disk_full(error):
            raise to_folder_error(error, "folder for temporary files", "TMPDIR") from None
        why = f"The file cannot be read ({getattr(error, 'strerror', None) or type(error).__name__})."
        return FileState(file.size, file.modified, file.identity, "unfinished", why)
    finally:
        folder.end_examination(file)
    return FileState(file.size, file.modified, sha256, kind, why)


def _find_kind(local: Path) -> tuple[Kind, str]:
    """Return the kind of a file by its header, and why it is unknown."""
    with local.open("rb") as stream:
        head = stream.read(_HEAD_BYTES).decode("utf-8-sig", errors="replace")
    if is_failed_rows(head):
        return "failed_rows", ""
    try:
        ExportFile(local)
    except ExportError as error:
        return "unknown", error.message
    return "export", ""
