"""Start the embedded PostgreSQL again when it has ended under a program that uses it, a few times at most."""

import threading
import time
from collections.abc import Callable

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.embedded import EmbeddedServer

TRIES = 5
# Tries that are longer ago do not count: the server was well since.
WINDOW_SECONDS = 600.0
_CHECK_SECONDS = 1.0


class DatabaseLostError(MentorSyncError):
    """The embedded PostgreSQL has ended again and again, or does not start any more."""

    code = "DATABASE_LOST"


class DatabaseWatch:
    """Looks after the server while a program runs: `say` gets a line about each restart."""

    def __init__(
        self, server: EmbeddedServer, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._server, self._say, self._clock = server, say, clock
        self._tries: list[float] = []
        self._next_check = 0.0

    def check(self) -> None:
        """Start the server if it has ended; call it often, it looks once a second at most.

        After each try it waits twice as long: 1, 2, 4 … seconds. Raises DatabaseLostError when the server has ended
        after TRIES tries within WINDOW_SECONDS.
        """
        now = self._clock()
        if now < self._next_check:
            return
        self._next_check = now + _CHECK_SECONDS
        if self._server.is_alive():
            return
        self._tries = [moment for moment in self._tries if now - moment < WINDOW_SECONDS]
        if len(self._tries) >= TRIES:
            raise DatabaseLostError(
                f"The database in {self._server.folder} has ended, and {TRIES} tries to start it again have failed.",
                f"Read the end of {self._server.data / 'log'}, then start again.",
            )
        self._next_check = now + 2.0 ** len(self._tries)
        self._tries.append(now)
        try:
            if self._server.restart_if_dead():
                self._say(f"PostgreSQL had ended unexpectedly and was started again (try {len(self._tries)}).")
        except MentorSyncError as error:
            self._say(str(error))


def watch_in_background(watch: DatabaseWatch, lost: Callable[[DatabaseLostError], None]) -> None:
    """Check until this process ends, or until the server is lost for good: then `lost` is called."""

    def keep_checking() -> None:
        try:
            while True:
                watch.check()
                time.sleep(_CHECK_SECONDS)
        except DatabaseLostError as error:
            lost(error)

    threading.Thread(target=keep_checking, name="database watch", daemon=True).start()
