"""Rate limits of calls to services, one limiter per service and process.

Across processes, Dagster's pools allow one step at a time to call a service.
"""

import threading
import time

# Share of a minute's calls that can accumulate while there are no calls.
_PART_SAVED_UP = 24
# Slightly more than a minute, because calls arrive less evenly than they are sent.
_MINUTE = 60.3
# Calls accumulate from the start of the process, which is at least its CPU time ago.
_PROCESS_SINCE = time.monotonic() - time.process_time()


class RateLimiter:
    """Limits the rate of calls of all threads to one service.

    After a pause, a few calls are allowed at once, so that a run with few calls does not wait for each. Still, no
    60 seconds contain more than `per_minute` calls. A new process starts without accumulated calls, so that several
    short processes in a row also stay below the limit.
    """

    def __init__(self, per_minute: float, *, since: float | None = None) -> None:
        """`since` (`time.monotonic()`, default now) is the time from which calls accumulate."""
        saved = per_minute // _PART_SAVED_UP
        self._interval = _MINUTE / (per_minute - saved)
        self._longest_idle = saved * self._interval
        self._lock = threading.Lock()
        self._due = time.monotonic() if since is None else since

    def wait(self) -> None:
        """Wait until the next call is allowed."""
        with self._lock:
            now = time.monotonic()
            due = max(self._due, now - self._longest_idle)
            self._due = due + self._interval
        if due > now:
            time.sleep(due - now)

    def pause(self, seconds: float) -> None:
        """Allow no calls for some seconds, as the service requested, and accumulate none."""
        with self._lock:
            self._due = max(self._due, time.monotonic() + seconds)


_limiters: dict[tuple[str, float], RateLimiter] = {}
_limiters_lock = threading.Lock()


def get_limiter(base_url: str, per_minute: float) -> RateLimiter:
    """Return the limiter of this process for a service's address and rate."""
    with _limiters_lock:
        return _limiters.setdefault((base_url, per_minute), RateLimiter(per_minute, since=_PROCESS_SINCE))
