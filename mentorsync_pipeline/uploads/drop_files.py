"""What a dropped file is, whether it is complete, and what takes it: what the sensor remembers between two ticks."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mentorsync_pipeline.contacts.load.export_file import ExportFile
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.resources.drop_folder import DroppedFile, local_copy
from mentorsync_pipeline.uploads.queries import CONTACTS
from mentorsync_pipeline.uploads.rejected_rows import is_failed_rows

Kind = Literal["export", "failed_rows", "unknown"]
DROPPED = "dropped:"
_HEAD_BYTES = 4096


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


def load_of(kind: Literal["export", "failed_rows"], path: str) -> tuple[str, dict[str, Any]]:
    """The job that takes a file of this kind, and its run configuration."""
    if kind == "export":
        return "upload_contacts", {"ops": {CONTACTS: {"config": {"mode": "file", "path": path}}}}
    return "rejected_rows", {"ops": {REJECTED_ROWS: {"config": {"path": path}}}}


def remembered(cursor: str | None) -> dict[str, Seen]:
    """What the cursor says of the last tick, by file name."""
    return {name: Seen(**seen) for name, seen in json.loads(cursor or "{}").items()}


def as_cursor(seen: Mapping[str, Seen]) -> str:
    """The memory of this tick for the next one."""
    entries: dict[str, dict[str, Any]] = {
        name: {field: getattr(one, field) for field in Seen.__dataclass_fields__} for name, one in seen.items()
    }
    return json.dumps(entries, sort_keys=True)


def look(files: Iterable[DroppedFile], before: Mapping[str, Seen]) -> tuple[dict[str, Seen], list[Complete]]:
    """What to remember of the files, and those that are complete: of the same size and time as at the last tick.

    An empty file is not complete: somebody is about to write it.
    """
    seen: dict[str, Seen] = {}
    complete: list[Complete] = []
    for file in files:
        name = file.path.name
        last = before.get(name)
        now = Seen(file.size, file.modified)
        if last is not None and (last.size, last.modified) == (now.size, now.modified) and file.size > 0:
            now = last if last.sha256 is not None else _identified(file)
        seen[name] = now
        if now.sha256 is not None:
            complete.append(Complete(file, now.sha256, now.kind, now.why))
    return seen, complete


def _identified(file: DroppedFile) -> Seen:
    with local_copy(file.path) as local:
        with local.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        kind, why = _kind(local)
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
