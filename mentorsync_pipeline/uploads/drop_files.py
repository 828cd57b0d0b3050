"""Scan the drop folder between two ticks of the sensor: kind and completeness of files, and the jobs that load them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import dagster as dg

from mentorsync_pipeline.contacts.load.export_file import ExportFile
from mentorsync_pipeline.contacts.rules.as_of import parse_named_time
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.domain.errors import is_disk_full
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.resources.drop_folder import DropFolderResource, DroppedFile, local_copy
from mentorsync_pipeline.runtime.folder_errors import to_folder_error
from mentorsync_pipeline.runtime.run_options import ContactLoad, ContactMode, RejectedFile, build_run_config
from mentorsync_pipeline.uploads.queries import CONTACTS
from mentorsync_pipeline.uploads.rejected_rows import is_failed_rows

Kind = Literal["export", "failed_rows", "unknown", "unfinished"]
DROPPED = "dropped:"
_HEAD_BYTES = 4096
# A file is complete when it has not changed for this time; shorter pauses are common while a file is copied.
_STILL_SECONDS = 8
# An empty file counts as complete after this time; before, it may still be written.
_EMPTY_SECONDS = 600


@dataclass(frozen=True, slots=True)
class FileState:
    """State of a file at a tick.

    Attributes:
        sha256: set, like `kind`, once the file is complete.
        why: reason for an unknown kind.
        seen_at: Unix time of the first tick with this size and time of change.

    """

    size: int
    modified: float
    sha256: str | None = None
    kind: Kind = "unknown"
    why: str = ""
    seen_at: float = 0.0


@dataclass(frozen=True, slots=True)
class CompleteFile:
    """A file that did not change between ticks, with its kind. `why`: reason for an unknown kind."""

    file: DroppedFile
    sha256: str
    kind: Kind
    why: str = ""

    def parse_named_time(self, now: datetime) -> datetime | None:
        """Return when an export was taken, by its name; None for another file or name."""
        return parse_named_time(self.file.path.name, now, TEAM_ZONE) if self.kind == "export" else None


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
    """Return the present states of the files, and the complete ones, which have not changed for some seconds.

    An empty file is complete only after minutes, because it may still be written. Raises DropFolderError.
    """
    states: dict[str, FileState] = {}
    complete: list[CompleteFile] = []
    for file in folder.files():
        name = file.path.name
        state = previous.get(name)
        is_changed = state is None or (state.size, state.modified) != (file.size, file.modified)
        if state is None or is_changed or (state.sha256 is None and state.seen_at > now.timestamp()):
            # In the last case the clock was set back.
            state = FileState(file.size, file.modified, seen_at=now.timestamp())
        elif state.sha256 is None and _is_still(file, state, now):
            state = _identify_file(folder, file, state)
        states[name] = state
        if state.sha256 is not None:
            complete.append(CompleteFile(file, state.sha256, state.kind, state.why))
    return states, complete


def find_superseded(complete: Sequence[CompleteFile], now: datetime) -> tuple[CompleteFile | None, list[CompleteFile]]:
    """Return the newest of the complete exports, and the exports that it supersedes.

    An export contains all contacts, so only the newest is loaded. Exports are compared by the time in Givebutter's file
    name; an export without such a name supersedes none and is not superseded.
    """
    exports = [(taken_at, file) for file in complete if (taken_at := file.parse_named_time(now)) is not None]
    if not exports:
        return None, []
    newest_time, newest = max(exports, key=lambda export: export[0])
    return newest, [file for taken_at, file in exports if taken_at < newest_time]


def _is_still(file: DroppedFile, state: FileState, now: datetime) -> bool:
    """Return whether a file did not change for long enough to be complete."""
    if file.size == 0:
        return now.timestamp() - min(file.modified, state.seen_at) > _EMPTY_SECONDS
    return now.timestamp() - state.seen_at >= _STILL_SECONDS


def _identify_file(folder: DropFolderResource, file: DroppedFile, state: FileState) -> FileState:
    """Identify a file. A file whose identification did not finish, now or at an earlier tick, is `unfinished`."""
    if not folder.begin_examination(file):
        folder.end_examination(file)
        why = "Reading the file took too long, or ended the reading process."
        return replace(state, sha256=file.identity, kind="unfinished", why=why)
    try:
        with local_copy(file.path) as local:
            with local.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            kind, why = _find_kind(local)
    except Exception as error:  # noqa: BLE001  # one bad file must not stop the others
        if isinstance(error, OSError) and is_disk_full(error):
            raise to_folder_error(error, "folder for temporary files", "TMPDIR") from None
        why = f"The file cannot be read ({getattr(error, 'strerror', None) or type(error).__name__})."
        return replace(state, sha256=file.identity, kind="unfinished", why=why)
    finally:
        folder.end_examination(file)
    return replace(state, sha256=sha256, kind=kind, why=why)


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
