"""Uploads in the console: receive a stream, check the file, and put it into the drop folder.

`uploads.upload_check` validates a file; `console.upload_progress` reports its state. A file in the drop folder is
complete, so its run starts immediately unless older files are queued. The run has the same cause as runs of the
folder's sensor, which therefore retries it after a failure and updates the years. Without Dagster's web server, the
sensor starts the run.
"""

import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from os import utime
from pathlib import Path

import anyio
from starlette.requests import ClientDisconnect, Request

from mentorsync_pipeline.console.auth.user import Person
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError, RunNotStartedError
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.console.run_launcher import ReasonMissingError, RunInFlightError, launch
from mentorsync_pipeline.contacts.rules.as_of import parse_export_name
from mentorsync_pipeline.db import audit
from mentorsync_pipeline.domain.clean_text import clean_typed
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.resources.drop_folder import DropFolderResource
from mentorsync_pipeline.runtime.dagster_internals import MAX_RETRIES_TAG
from mentorsync_pipeline.runtime.run_attempts import CAUSE
from mentorsync_pipeline.uploads import file_status
from mentorsync_pipeline.uploads.drop_files import build_cause, build_load
from mentorsync_pipeline.uploads.upload_check import UploadCheck, check_upload

_BUFFER_BYTES = 1 << 20
_LEFT_SECONDS = 24 * 60 * 60  # no upload takes as long
# A character takes up to four of the 255 bytes of a file name.
_NAME_LENGTH = 60
_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)", re.ASCII)


class UploadInterruptedError(MentorSyncError):
    """The upload ended before the file was complete."""

    code = "UPLOAD_INTERRUPTED"

    def __init__(self) -> None:
        super().__init__("The upload ended before the file was complete.", "Upload it again.")


class UploadNotStoredError(MentorSyncError):
    """The upload cannot be stored: the disk is full or the folder is not writable."""

    code = "UPLOAD_NOT_STORED"

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"The console cannot store the file ({error.strerror or type(error).__name__}); nothing of it was kept.",
            "Check the free space and the owner of MENTORSYNC_HOME, then upload the file again.",
        )


@dataclass(frozen=True, slots=True)
class Arrived:
    """A received file on this machine."""

    path: Path
    sha256: str
    size: int


@asynccontextmanager
async def arriving(request: Request, folder: Path, name: str, modified: float | None) -> AsyncIterator[Arrived]:
    """Write the request's body to a temporary file in `folder` for the duration of the block.

    `modified` is the modification time of the person's file (seconds since 1970). Raises UploadInterruptedError and
    UploadNotStoredError.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sweep(folder)
            place = stack.enter_context(tempfile.TemporaryDirectory(dir=folder, prefix="upload-"))
            arrived = await _store(request, Path(place) / _plain_name(name))
            if modified is not None:
                utime(arrived.path, (min(modified, arrived.path.stat().st_mtime),) * 2)
        except OSError as error:
            raise UploadNotStoredError(error) from None
        yield arrived


def take(services: Services, person: Person, arrived: Arrived, *, force_reason: str | None = None) -> UploadCheck:
    """Check a file and put it into the drop folder, from where it is loaded; return its kind.

    With a reason, an export is loaded although contacts fell by more than is allowed, in this person's name. Raises
    the errors of `check_upload`, ReasonMissingError, DropFolderError and, when forced, those of starting a run.
    """
    if force_reason is not None and clean_typed(force_reason) is None:
        raise ReasonMissingError
    with services.reading() as conn:
        forced_by = None if force_reason is None else person.name
        checked = check_upload(conn, arrived.path, arrived.sha256, now=services.now(), forced_by=forced_by)
        last_log_id = file_status.read_last_log_id(conn)
    drop = DropFolderResource(path=services.settings.drop_dir)
    others_wait = bool(drop.files())
    named = arrived.path.rename(arrived.path.with_name(_stored_name(arrived, checked)))
    placed = drop.put(named, mark=arrived.sha256[:8])
    _note(services, person, arrived, checked, force_reason, last_log_id)
    if force_reason is not None or checked.kind == "failed_rows" or not others_wait:
        try:
            _start(services, person, arrived.sha256, checked, str(placed), forced=force_reason is not None)
        except (DagsterUnavailableError, RunNotStartedError, RunInFlightError):
            if force_reason is not None:  # the folder's sensor would load it unforced
                placed.unlink()
                raise
    return checked


def _note(
    services: Services,
    person: Person,
    arrived: Arrived,
    checked: UploadCheck,
    force_reason: str | None,
    last_log_id: int,
) -> None:
    noted = {
        "file_name": arrived.path.name,
        "bytes": arrived.size,
        "kind": checked.kind,
        "rows": checked.rows,
        "again_as": checked.again_as,
        "after_log_id": last_log_id,
        **({"forced_because": clean_typed(force_reason)} if force_reason else {}),
    }
    act = audit.AuditEntry(
        act="file_uploaded",
        subject=arrived.sha256,
        who=person.name,
        via=person.via,
        done_at=services.now(),
        campaign_year=checked.year,
        details=noted,
    )
    with services.engine.begin() as conn:
        audit.record(conn, act)


def _start(services: Services, person: Person, sha256: str, checked: UploadCheck, path: str, *, forced: bool) -> None:
    job, config = build_load(checked.kind, path, forced_by=person.name if forced else None)
    launch(
        services,
        person,
        job,
        year=checked.year,
        config=config,
        tags={CAUSE: build_cause(sha256, checked.again_as), MAX_RETRIES_TAG: "0"},
    )


def _sweep(folder: Path) -> None:
    """Delete incomplete uploads of a killed console, because they contain personal data."""
    for entry in folder.iterdir():
        with suppress(FileNotFoundError):  # another upload has just ended
            if entry.stat().st_mtime < time.time() - _LEFT_SECONDS:
                shutil.rmtree(entry, ignore_errors=True)


async def _store(request: Request, path: Path) -> Arrived:
    """Write the body to a file. Raises OSError and UploadInterruptedError."""
    digest, size = hashlib.sha256(), 0
    async with await anyio.open_file(path, "wb") as file:
        async for chunk in _chunks(request):
            digest.update(chunk)
            size += len(chunk)
            await file.write(chunk)
    return Arrived(path, digest.hexdigest(), size)


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in chunks large enough for a write."""
    pieces, size = [], 0
    try:
        async for piece in request.stream():
            pieces.append(piece)
            size += len(piece)
            if size >= _BUFFER_BYTES:
                yield b"".join(pieces)
                pieces, size = [], 0
    except ClientDisconnect:
        raise UploadInterruptedError from None
    yield b"".join(pieces)


def _plain_name(name: str) -> str:
    """Return the file name for error messages, without folders and unusual characters."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^\w .()-]", "_", last).strip(" .")[-_NAME_LENGTH:] or "upload.csv"


def _stored_name(arrived: Arrived, checked: UploadCheck) -> str:
    """Return the name in the drop folder: Givebutter's name, or a generated one with the date.

    Other names may contain personal data, and run configurations are stored permanently.
    """
    ending = "-failed.csv" if checked.kind == "failed_rows" else ".csv"
    usual, day = parse_export_name(arrived.path.name), _DAY.search(arrived.path.name)
    return (usual or "-".join(["upload", *([day[0]] if day else []), arrived.sha256[:8]])) + ending
