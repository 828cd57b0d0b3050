"""Write files atomically, readable only by their owner."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_private_file(target: Path, content: bytes) -> None:
    """Write a file atomically: readers see the old or the new content, and the new content is on the disk.

    A link keeps leading to its file. A device or pipe, such as /dev/stdout, is written to and not replaced. Processes
    that may write the same file at the same time must use `lock_file`.

    Raises:
        OSError: the file could not be written; it is unchanged, and no temporary file remains.

    """
    if target.exists() and not (target.is_file() or target.is_dir()):
        target.write_bytes(content)
        return
    target = Path(os.path.realpath(target))  # unlike Path.resolve, it accepts a link that leads to itself
    temporary = write_temporary_file(target, content)
    try:
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def write_temporary_file(target: Path, content: bytes) -> Path:
    """Write content to the disk as a hidden file next to `target`; return its path.

    Raises:
        OSError: the file could not be written; no temporary file remains.

    """
    temporary = target.with_name(temporary_name(target.name))
    try:
        with open(temporary, "wb", opener=open_private) as file:  # Path.open takes no opener
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return temporary


def temporary_name(name: str) -> str:
    """Return the hidden name of a file while it is written."""
    return f".{name}.unfinished"


@contextmanager
def lock_file(target: Path) -> Iterator[None]:
    """Lock a file against other processes that read and rewrite it.

    The lock is a separate file, because each write replaces the target.

    Raises:
        OSError: the lock file cannot be opened.

    """
    with open(target.with_name(f".{target.name}.lock"), "ab", opener=open_private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed, also by a kill
        yield


def open_private(path: str, flags: int) -> int:
    """Open a file that only its owner can read; the `opener` argument of `open`."""
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    """Sync the entries of a folder to the disk, so that a renamed file survives a power failure."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some network file systems do not support it for folders
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
