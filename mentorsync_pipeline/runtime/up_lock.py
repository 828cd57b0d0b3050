"""One `mentorsync up` for each home: a lock, and a record of whose it is.

The lock is held by `up` and by its watchdog (`runtime.watchdog`), so it is free when both have ended. What a killed
`up` left behind is ended before the next one starts.
"""

import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.process_family import end_family

_WAIT_FOR_WATCHDOG_SECONDS = 90.0
_WAIT_FOR_RECORD_SECONDS = 5.0
_TOLERANCE_SECONDS = 2.0


class AlreadyRunningError(MentorSyncError):
    """Another `mentorsync up` runs in the same home."""

    code = "ALREADY_RUNNING"


class HomeNotWritableError(MentorSyncError):
    """A MENTORSYNC_HOME in which no file can be made."""

    code = "HOME_NOT_WRITABLE"


@dataclass(frozen=True, slots=True)
class UpLock:
    """The lock that this process holds: the home, the name of its process family, and the open file."""

    home: Path
    family: str
    descriptor: int


@contextmanager
def hold_up_lock(home: Path, *, patience: float, say: Callable[[str], None]) -> Iterator[UpLock]:
    """Hold the lock of a home; processes of a killed `up` are interrupted first, and killed `patience` s later.

    `say` gets a line when that takes time. Raises AlreadyRunningError while another `up` runs there, and
    HomeNotWritableError when the lock cannot be made.
    """
    home = home.resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / "up.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise HomeNotWritableError(
            f"No file can be made in {home} ({error.strerror}).", "Set MENTORSYNC_HOME to a folder of your own."
        ) from error
    try:
        _acquire(descriptor, home, say)
        family = _read(descriptor).get("family")
        if family:
            end_family(str(family), patience=patience)
        lock = UpLock(home, secrets.token_hex(16), descriptor)
        process = {"host": socket.gethostname(), "pid": os.getpid(), "created": psutil.Process().create_time()}
        _write(descriptor, {"family": lock.family, **process})
        yield lock
        _write(descriptor, {})
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, home: Path, say: Callable[[str], None]) -> None:
    """Take the lock; wait while only the watchdog of a killed `up` holds it."""
    started, waits = time.monotonic(), False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - started
            record = _read(descriptor)
            if "pid" in record:
                if _is_alive(record) or waited > _WAIT_FOR_WATCHDOG_SECONDS:
                    raise AlreadyRunningError(
                        f"mentorsync up is running in {home} already (process {record['pid']}).",
                        "Use that one or stop it first, or set MENTORSYNC_HOME to another folder.",
                    ) from None
                if not waits:
                    waits = True
                    say("The programs of an earlier `mentorsync up`, which was killed, are being stopped.")
            elif waited > _WAIT_FOR_RECORD_SECONDS:
                raise AlreadyRunningError(
                    f"mentorsync up is starting or stopping in {home} already.",
                    "Wait a moment and try again, or set MENTORSYNC_HOME to another folder.",
                ) from None
            time.sleep(0.1)
        else:
            return


def _is_alive(record: dict[str, Any]) -> bool:
    """Whether the process of a record lives, and is not another one with its number; on another host it is taken to."""
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
    """The record of the last holder; empty when there is none, or it is being written."""
    try:
        record = json.loads(os.pread(descriptor, 4096, 0).decode("utf-8", "replace"))
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _write(descriptor: int, record: dict[str, Any]) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(record).encode(), 0)
