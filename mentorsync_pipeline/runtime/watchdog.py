"""The watchdog of `mentorsync up`: a process that stops its services if `up` is killed.

A process that is killed (SIGKILL, out of memory) cannot stop its child processes. The watchdog reads from a pipe whose
only write end `up` holds; the kernel closes it when `up` ends. The watchdog also holds the lock of `up`, so that the
next `up` waits until all services have ended.
"""

import signal
import subprocess
import sys
from pathlib import Path

from mentorsync_pipeline.runtime.embedded import EmbeddedServer
from mentorsync_pipeline.runtime.process_family import end_family
from mentorsync_pipeline.runtime.up_lock import UpLock


def start_watchdog(lock: UpLock, *, grace_seconds: float) -> subprocess.Popen[bytes]:
    """Start the watchdog of this process. It acts when its `stdin` is closed or this process ends.

    Args:
        grace_seconds: time between interrupting and killing the processes of the family.

    """
    return subprocess.Popen(  # noqa: S603  # fixed command
        [sys.executable, "-m", __name__, str(lock.home), lock.family, str(grace_seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(lock.descriptor,),
        start_new_session=True,  # signals to the terminal or the process group must not reach it
    )


def main(home: Path, family: str, grace_seconds: float) -> None:
    """Wait for the end of the parent process, then end its family and its database server."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end_family(family, grace_seconds=grace_seconds)
    EmbeddedServer(home).stop_if_unused()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
