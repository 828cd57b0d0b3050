"""Counts of the requests to the sandbox."""

import re
import threading
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass

_NUMBER = re.compile(r"/\d+")


@dataclass(frozen=True)
class Summary:
    """The requests of one service: ``calls`` by method, path pattern and status; ``peak`` of any 60 seconds."""

    total: int
    peak_per_minute: int
    calls: dict[str, int]
    seconds: float


class RequestLog:
    """Thread-safe counter of requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, Counter[str]] = defaultdict(Counter)
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._peak: Counter[str] = Counter()
        self._seconds: Counter[str] = Counter()

    def record(self, service: str, method: str, path: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        pattern = _NUMBER.sub("/{id}", path)
        now = time.monotonic()
        with self._lock:
            self._calls[service][f"{method} {pattern} {status}"] += 1
            recent = self._recent[service]
            recent.append(now)
            while recent[0] <= now - 60:
                recent.popleft()
            self._peak[service] = max(self._peak[service], len(recent))
            self._seconds[service] += seconds  # type: ignore[assignment]  # a Counter of floats, as its docs allow

    def summary(self, service: str) -> Summary:
        """Return the counts of a service."""
        with self._lock:
            calls = dict(self._calls[service])
            return Summary(sum(calls.values()), self._peak[service], calls, round(self._seconds[service], 3))

    def clear(self) -> None:
        """Reset the counts."""
        with self._lock:
            for counts in (self._calls, self._recent, self._peak, self._seconds):
                counts.clear()
