"""What a dropped file is, whether it is complete, and what takes it: what the sensor remembers between two ticks."""

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
# Nobody takes so long between making a file and writing into it.
_EMPTY_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Seen:
    """How a file looked at the last tick; `sha256` and `kind` are known once it was complete."""

    size: int
    modified: float
    sha256: str | None = None
    kind: Kind = "unknown"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Complete:
    """A file that did not change between two ticks, and what it is; `why` it is unknown."""

    file: DroppedFile
    sha256: str
    kind: Kind
    why: str = ""


def cause_of(sha256: str, again_as: str | None = None) -> str:
    """The cause that the runs of a dropped file carry, whoever asks for them.

    `again_as` is the name of an export that says anew what is known already (`uploads.queries.is_a_later_export`).
    """
    return f"{DROPPED}{sha256}" + (f":{again_as}" if again_as else "")


def load_of(
    kind: Literal["export", "failed_rows"], path: str, *, forced_by: str | None = None
) -> tuple[str, dg.RunConfig]:
    """The job that takes a file of this kind, and its run configuration.

    `forced_by` is the name of the person who accepts an export that would be refused.
    """
    if kind == "export":
        load = ContactLoad(mode=ContactMode.file, path=path, forced_by=forced_by)
        return "upload_contacts", build_run_config(CONTACTS, load)
    return "rejected_rows", build_run_config(REJECTED_ROWS, RejectedFile(path=path))


def remembered(cursor: str | None) -> dict[str, Seen]:
    """What the cursor says of the last tick, by file name."""
    return {name: Seen(**seen) for name, seen in json.loads(cursor or "{}").items()}


def as_cursor(seen: Mapping[str, Seen]) -> str:
    """The memory of this tick for the next one."""
    entries: dict[str, dict[str, Any]] = {
        name: {field: getattr(one, field) for field in Seen.__dataclass_fields__} for name, one in seen.items()
    }
    return json.dumps(entries, sort_keys=True)


def look(
    folder: DropFolderResource, before: Mapping[str, Seen], now: datetime
) -> tuple[dict[str, Seen], list[Complete]]:
    """What to remember of the files, and those that are complete: of the same size and time as at the last tick.

    An empty file is not complete, for somebody may be about to write it, until it has been empty for a while. Raises
    DropFolderError.
    """
    seen: dict[str, Seen] = {}
    complete: list[Complete] = []
    for file in folder.files():
        name = file.path.name
        last = before.get(name)
        state = Seen(file.size, file.modified)
        is_still = last is not None and (last.size, last.modified) == (file.size, file.modified)
        if last is not None and is_still and (file.size > 0 or now.timestamp() - file.modified > _EMPTY_SECONDS):
            state = last if last.sha256 is not None else _identified(folder, file)
        seen[name] = state
        if state.sha256 is not None:
            complete.append(Complete(file, state.sha256, state.kind, state.why))
    return seen, complete


def _identified(folder: DropFolderResource, file: DroppedFile) -> Seen:
    """Examine a file. One whose examination did not end, at a tick before or now, is `unfinished`."""
    if not folder.begin_examination(file):
        folder.end_examination(file)
        why = "Reading the file took too long, or ended the reading process."
        return Seen(file.size, file.modified, file.identity, "unfinished", why)
    try:
        with local_copy(file.path) as local:
            with local.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            kind, why = _kind(local)
    except Exception as error:  # noqa: BLE001  # whatever is wrong with a file, the others go on
        if isinstance(error, OSError) and is_disk_full(error):
            raise to_folder_error(error, "folder for temporary files", "TMPDIR") from None
        why = f"The file cannot be read ({getattr(error, 'strerror', None) or type(error).__name__})."
        return Seen(file.size, file.modified, file.identity, "unfinished", why)
    finally:
        folder.end_examination(file)
    return Seen(file.size, file.modified, sha256, kind, why)


def _kind(local: Path) -> tuple[Kind, str]:
    """What a file is by its header, and why it is nothing that we know."""
    with local.open("rb") as stream:
        head = stream.read(_HEAD_BYTES).decode("utf-8-sig", errors="replace")
    if is_failed_rows(head):
        return "failed_rows", ""
    try:
        ExportFile(local)
    except ExportError as error:
        return "unknown", error.message
    return "export", ""
