"""How fast the pipeline calls a service: one rate limiter for each in a process.

Processes do not know of each other: Dagster's pools let one step at a time call a service.
"""

import threading
import time

# One call in so many of a minute's may be saved up while there are none.
_PART_SAVED_UP = 24
# A little more than a minute's seconds: calls do not arrive as evenly as they are sent.
_MINUTE = 60.3
_PROCESS_SINCE = time.monotonic()


class RateLimiter:
    """Spaces calls, whichever thread makes them; there is one for each service in a process.

    A few calls may follow each other at once when there were none for a while, so that a run with few calls does not
    wait for each; all the same no 60 seconds see more than `per_minute` of them. A process that has just started has
    saved up nothing: many short ones in a row stay below the rate together.
    """

    def __init__(self, per_minute: float, *, since: float | None = None) -> None:
        """`since` (`time.monotonic()`, default now) is when calls began to be saved up."""
        saved = per_minute // _PART_SAVED_UP
        self._interval = _MINUTE / (per_minute - saved)
        self._longest_idle = saved * self._interval
        self._lock = threading.Lock()
        self._due = time.monotonic() if since is None else since

    def wait(self) -> None:
        """Return when it is this call's turn."""
        with self._lock:
            now = time.monotonic()
            due = max(self._due, now - self._longest_idle)
            self._due = due + self._interval
        if due > now:
            time.sleep(due - now)

    def pause(self, seconds: float) -> None:
        """Let nobody's turn come for so long, nor save up calls: the service asked for it."""
        with self._lock:
            self._due = max(self._due, time.monotonic() + seconds)


_limiters: dict[tuple[str, float], RateLimiter] = {}
_limiters_lock = threading.Lock()


def limiter_for(base_url: str, per_minute: float) -> RateLimiter:
    """The one limiter of this process for a service's address and rate."""
    with _limiters_lock:
        return _limiters.setdefault((base_url, per_minute), RateLimiter(per_minute, since=_PROCESS_SINCE))
