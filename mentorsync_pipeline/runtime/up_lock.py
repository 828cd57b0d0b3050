"""The lock that allows one `mentorsync up` per home, with a record of its process.

`up` and its watchdog (`runtime.watchdog`) hold the lock, so it is free when both have ended. Remaining processes of a
killed `up` are ended before the next one starts.
"""

import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.folder_errors import to_folder_error
from mentorsync_pipeline.runtime.process_family import end_family

_WAIT_FOR_WATCHDOG_SECONDS = 90.0
_WAIT_FOR_RECORD_SECONDS = 5.0
_TOLERANCE_SECONDS = 2.0


class AlreadyRunningError(MentorSyncError):
    """Another `mentorsync up` runs in the same home."""

    code = "ALREADY_RUNNING"


class HomeNotWritableError(MentorSyncError):
    """No file can be created in MENTORSYNC_HOME."""

    code = "HOME_NOT_WRITABLE"


@dataclass(frozen=True, slots=True)
class UpLock:
    """A lock of this process: the home, the process family and the open lock file."""

    home: Path
    family: str
    descriptor: int


@contextmanager
def hold_up_lock(home: Path, *, grace_seconds: float, log: Callable[[str], None]) -> Iterator[UpLock]:
    """Hold the lock of a home during the block. Processes of a killed `up` are ended first.

    Args:
        grace_seconds: time between interrupting and killing these processes.
        log: called with a line if that takes time.

    Raises:
        AlreadyRunningError: another `up` runs in the home.
        HomeNotWritableError: the lock file cannot be created.
        DiskFullError: the disk is full.

    """
    home = home.resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / "up.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise HomeNotWritableError(
            f"No file can be created in {home} ({error.strerror}).",
            "Set MENTORSYNC_HOME to a folder that you can write to.",
        ) from error
    try:
        _acquire(descriptor, home, log)
        family = _read(descriptor).get("family")
        if family:
            end_family(str(family), grace_seconds=grace_seconds)
        lock = UpLock(home, secrets.token_hex(16), descriptor)
        process = {"host": socket.gethostname(), "pid": os.getpid(), "created": psutil.Process().create_time()}
        try:
            _write(descriptor, {"family": lock.family, **process})
        except OSError as error:
            raise to_folder_error(error, "home", "MENTORSYNC_HOME") from error
        yield lock
        with suppress(OSError):  # the record names a family that has ended
            _write(descriptor, {})
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, home: Path, log: Callable[[str], None]) -> None:
    """Take the lock; wait while only the watchdog of a killed `up` holds it."""
    started, waiting_reported = time.monotonic(), False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - started
            record = _read(descriptor)
            if "pid" in record:
                if _is_alive(record) or waited > _WAIT_FOR_WATCHDOG_SECONDS:
                    raise AlreadyRunningError(
                        f"mentorsync up is already running in {home} (process {record['pid']}).",
                        "Use or stop that process, or set MENTORSYNC_HOME to another folder.",
                    ) from None
                if not waiting_reported:
                    waiting_reported = True
                    log("Stopping programs of an earlier `mentorsync up` that was killed.")
            elif waited > _WAIT_FOR_RECORD_SECONDS:
                raise AlreadyRunningError(
                    f"mentorsync up is already starting or stopping in {home}.",
                    "Wait a moment and try again, or set MENTORSYNC_HOME to another folder.",
                ) from None
            time.sleep(0.1)
        else:
            return


def _is_alive(record: dict[str, Any]) -> bool:
    """Whether the process of a record runs. A process on another host is assumed to run."""
    if record.get("host") != socket.gethostname():
        return True
    try:
        process = psutil.Process(int(record["pid"]))
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and abs(process.create_time() - float(record["created"])) < _TOLERANCE_SECONDS
        )
    except (psutil.Error, KeyError, TypeError, ValueError):
        return False


def _read(descriptor: int) -> dict[str, Any]:
    """Return the record of the last holder; empty if there is none or it is being written."""
    try:
        record = json.loads(os.pread(descriptor, 4096, 0).decode("utf-8", "replace"))
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _write(descriptor: int, record: dict[str, Any]) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(record).encode(), 0)
