"""The watchdog of `mentorsync up`: a process that outlives it, ends what it left behind, and ends itself.

A process that is killed (SIGKILL, out of memory) cannot stop what it has started. The watchdog holds the read end of a
pipe whose only write end `up` holds; the kernel closes that, whatever way `up` ends. It also holds the lock of `up`,
so that the next `up` waits until everything is ended.
"""

import signal
import subprocess
import sys
from pathlib import Path

from mentorsync_pipeline.runtime.embedded import EmbeddedServer
from mentorsync_pipeline.runtime.process_family import end_family
from mentorsync_pipeline.runtime.up_lock import UpLock


def start_watchdog(lock: UpLock, *, patience: float) -> subprocess.Popen[bytes]:
    """Start the watchdog of this process; closing its `stdin`, or the end of this process, sets it off.

    What it finds then is interrupted, and killed after `patience` seconds.
    """
    return subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", __name__, str(lock.home), lock.family, str(patience)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(lock.descriptor,),
        start_new_session=True,  # a signal to the terminal or to our process group is not for it
    )


def main(home: Path, family: str, patience: float) -> None:
    """Wait for the end of the process that started this one, then end its family and its database server."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end_family(family, patience=patience)
    EmbeddedServer(home).stop_if_unused()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
