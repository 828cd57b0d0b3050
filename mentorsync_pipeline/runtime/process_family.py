"""Processes that belong together: known by a variable in their environment, and ended together.

Every process that one of them starts inherits the variable, also one that leaves its parent, its session or its process
group. So the members are found after the process that started them was killed, and a process id that was given to
another program since is never mistaken for one.
"""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

VARIABLE = "MENTORSYNC_PROCESS_FAMILY"
_POLL_SECONDS = 0.05
_SECONDS_AFTER_KILL = 5.0


def family_members(family: str) -> list[psutil.Process]:
    """The living processes with `VARIABLE=family` in their environment, and all that they have started."""
    members: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(VARIABLE) == family:
                members.update({one.pid: one for one in (process, *process.children(recursive=True))})
    members.pop(os.getpid(), None)
    return [process for process in members.values() if _is_alive(process)]


def end_family(family: str, *, patience: float) -> None:
    """Interrupt a family's processes, as Ctrl-C does, and kill what is left after `patience` seconds.

    Only those get the interrupt that no other member has started: each of them stops its own children in order.
    """
    members = family_members(family)
    pids = {process.pid for process in members}
    for process in members:
        with suppress(psutil.Error):
            if process.ppid() not in pids:
                process.send_signal(signal.SIGINT)
    _wait(members, patience)
    # Members that were started meanwhile as well.
    while left := family_members(family):
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        if not _wait(left, _SECONDS_AFTER_KILL):
            return  # the kernel does not let go of one; nobody can do more


def _wait(processes: Sequence[psutil.Process], seconds: float) -> bool:
    """Wait until all have ended; whether they have."""
    deadline = time.monotonic() + seconds
    while any(map(_is_alive, processes)):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _is_alive(process: psutil.Process) -> bool:
    """Whether a process runs; one that has ended and was not collected by its parent (a zombie) does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
