"""The folder of the tests' PostgreSQL server: in memory if there is room, where a copy of a database takes a fifth."""

import os
import shutil
import time
from pathlib import Path
from tempfile import mkdtemp

import psutil

from mentorsync_pipeline.runtime.embedded import EmbeddedServer

_MEMORY = Path("/dev/shm")  # noqa: S108  # the folder in memory on Linux
_PREFIX = "mentorsync-tests-"
# The databases of a run take less than a third of it.
_ROOM_BYTES = 4 * 2**30
_ABANDONED_SECONDS = 3_600


def new_server_folder(otherwise: Path) -> Path:
    """Return a new folder in memory, or `otherwise` if there is no room; first remove folders of killed runs."""
    if not _MEMORY.is_dir():
        return otherwise
    for folder in _MEMORY.glob(f"{_PREFIX}*"):
        status = folder.stat()
        if status.st_uid == os.getuid() and status.st_mtime < time.time() - _ABANDONED_SECONDS:
            _remove_if_unused(folder)
    room = min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available)
    return Path(mkdtemp(prefix=_PREFIX, dir=_MEMORY)) if room > _ROOM_BYTES else otherwise


def _remove_if_unused(folder: Path) -> None:
    server = EmbeddedServer(folder)
    server.stop_if_unused()
    if not server.is_alive():
        shutil.rmtree(folder, ignore_errors=True)
