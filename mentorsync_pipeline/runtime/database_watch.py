"""Restart the embedded PostgreSQL if it ends while a program uses it."""

import threading
import time
from collections.abc import Callable

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.embedded import EmbeddedServer

MAX_RESTARTS = 5
# Earlier restarts are not counted.
WINDOW_SECONDS = 600.0
_CHECK_SECONDS = 1.0


class DatabaseLostError(MentorSyncError):
    """The embedded PostgreSQL has ended repeatedly, or cannot be restarted."""

    code = "DATABASE_LOST"


class DatabaseWatch:
    """Restarts the server if it ends; `log` receives a line about each restart."""

    def __init__(
        self, server: EmbeddedServer, log: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._server, self._log, self._clock = server, log, clock
        self._restarts: list[float] = []
        self._next_check = 0.0

    def check(self) -> None:
        """Restart the server if it has ended. Call it often; it checks at most once a second.

        The wait doubles after each restart: 1, 2, 4 … seconds.

        Raises:
            DatabaseLostError: the server has ended after MAX_RESTARTS restarts within WINDOW_SECONDS.

        """
        now = self._clock()
        if now < self._next_check:
            return
        self._next_check = now + _CHECK_SECONDS
        if self._server.is_alive():
            return
        self._restarts = [time_ for time_ in self._restarts if now - time_ < WINDOW_SECONDS]
        if len(self._restarts) >= MAX_RESTARTS:
            raise DatabaseLostError(
                f"The database in {self._server.folder} has ended, and {MAX_RESTARTS} restarts have failed.",
                f"Read the end of {self._server.data / 'log'}, fix the cause and start the program again.",
            )
        self._next_check = now + 2.0 ** len(self._restarts)
        self._restarts.append(now)
        try:
            if self._server.restart_if_dead():
                self._log(f"PostgreSQL ended unexpectedly and was restarted (restart {len(self._restarts)}).")
        except MentorSyncError as error:
            self._log(str(error))


def watch_in_background(watch: DatabaseWatch, on_lost: Callable[[DatabaseLostError], None]) -> None:
    """Check in a thread until this process ends. `on_lost` is called if the server cannot be restarted."""

    def keep_checking() -> None:
        try:
            while True:
                watch.check()
                time.sleep(_CHECK_SECONDS)
        except DatabaseLostError as error:
            on_lost(error)

    threading.Thread(target=keep_checking, name="database watch", daemon=True).start()
