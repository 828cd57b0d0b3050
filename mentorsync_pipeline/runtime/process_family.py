"""Find and end groups of related processes by an environment variable.

Child processes inherit the variable, even if they leave their session or process group. The members can therefore be
found after the process that started them was killed, and a reused process id is never taken for a member.
"""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

FAMILY_VARIABLE = "MENTORSYNC_PROCESS_FAMILY"
_POLL_SECONDS = 0.05
_KILL_SECONDS = 5.0


def family_members(family: str) -> list[psutil.Process]:
    """Return the running processes with `FAMILY_VARIABLE=family` in their environment, and their child processes."""
    members: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(FAMILY_VARIABLE) == family:
                members.update({member.pid: member for member in (process, *process.children(recursive=True))})
    members.pop(os.getpid(), None)
    return [process for process in members.values() if _is_alive(process)]


def end_family(family: str, *, grace_seconds: float) -> None:
    """Interrupt the processes of a family, as Ctrl-C does, and kill the remaining ones after the grace period.

    Only processes without a parent in the family are interrupted; they stop their child processes themselves.

    Args:
        grace_seconds: time between the interrupt and the kill.

    """
    members = family_members(family)
    pids = {process.pid for process in members}
    for process in members:
        with suppress(psutil.Error):
            if process.ppid() not in pids:
                process.send_signal(signal.SIGINT)
    _wait(members, grace_seconds)
    # Also members that were started meanwhile.
    while remaining := family_members(family):
        for process in remaining:
            with suppress(psutil.Error):
                process.kill()
        if not _wait(remaining, _KILL_SECONDS):
            return  # a process cannot be killed, for example because it waits for a device


def _wait(processes: Sequence[psutil.Process], seconds: float) -> bool:
    """Wait until all processes have ended; return False after `seconds`."""
    deadline = time.monotonic() + seconds
    while any(map(_is_alive, processes)):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _is_alive(process: psutil.Process) -> bool:
    """Whether a process runs and is not a zombie."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
