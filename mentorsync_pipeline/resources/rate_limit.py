"""Rate limits of calls to services, one limiter per service and process.

Across processes, Dagster's pools allow one step at a time to call a service.
"""

import threading
import time
from collections import deque

# Share of a minute's calls that can accumulate while there are no calls.
_PART_SAVED_UP = 2
# Slightly more than a minute, because calls arrive less evenly than they are sent.
_MINUTE = 60.3
# Calls accumulate from the start of the process, which is at least its CPU time ago.
_PROCESS_SINCE = time.monotonic() - time.process_time()


class RateLimiter:
    """Limits the rate of calls of all threads to one service.

    After a pause, some calls are allowed at once, so that a list of many pages is read while the rest of a run leaves
    the service alone. Still, no 60 seconds contain more than `per_minute` calls. A new process starts without
    accumulated calls, so that several processes in a row make at most half as many calls more in 60 seconds.
    """

    def __init__(self, per_minute: int, *, since: float | None = None) -> None:
        """`since` (`time.monotonic()`, default now) is the time from which calls accumulate."""
        self._interval = _MINUTE / per_minute
        self._longest_idle = per_minute // _PART_SAVED_UP * self._interval
        self._lock = threading.Lock()
        self._due = time.monotonic() if since is None else since
        self._last_calls = deque[float](maxlen=per_minute)

    def wait(self) -> None:
        """Wait until the next call is allowed."""
        with self._lock:
            now = time.monotonic()
            due = max(self._due, now - self._longest_idle)
            if len(self._last_calls) == self._last_calls.maxlen:
                due = max(due, self._last_calls[0] + _MINUTE)
            self._last_calls.append(max(due, now))
            self._due = due + self._interval
        if due > now:
            time.sleep(due - now)

    def pause(self, seconds: float) -> None:
        """Allow no calls for some seconds, as the service requested, and accumulate none."""
        with self._lock:
            self._due = max(self._due, time.monotonic() + seconds)


_limiters: dict[tuple[str, int], RateLimiter] = {}
_limiters_lock = threading.Lock()


def get_limiter(base_url: str, per_minute: int) -> RateLimiter:
    """Return the limiter of this process for a service's address and rate."""
    with _limiters_lock:
        return _limiters.setdefault((base_url, per_minute), RateLimiter(per_minute, since=_PROCESS_SINCE))
