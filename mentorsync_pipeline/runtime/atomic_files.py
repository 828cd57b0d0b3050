"""Files that their owner alone may read, and that are there whole or not at all."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_private(target: Path, content: bytes) -> None:
    """Write a file; readers see it only when it is complete and on the disk.

    Two processes that may write the same file at the same time have to hold it with `locked`. Raises OSError; the file
    is then as it was, and nothing unfinished is left beside it.
    """
    unfinished = write_unfinished(target, content)
    try:
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def write_unfinished(target: Path, content: bytes) -> Path:
    """Write what is to be `target` under a hidden name beside it, onto the disk; returns its path.

    Raises OSError; then nothing is left.
    """
    unfinished = target.with_name(unfinished_name(target.name))
    try:
        with open(unfinished, "wb", opener=open_private) as file:  # Path.open takes no opener
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    return unfinished


def unfinished_name(name: str) -> str:
    """The hidden name of a file that is being written."""
    return f".{name}.unfinished"


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold the file against other processes that read it in order to write it anew.

    The lock is a file of its own beside the target, for the target is replaced by each write. Raises OSError.
    """
    with open(target.with_name(f".{target.name}.lock"), "ab", opener=open_private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed, also by a kill
        yield


def open_private(path: str, flags: int) -> int:
    """The `opener` of `open` for a file that is nobody else's."""
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    """Put the folder's entries on the disk, so that a renamed file is there after a power failure."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # not every network file system can do it for a folder
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
