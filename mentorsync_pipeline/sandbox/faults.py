"""Injected faults: the requests of a service that fail, and how."""

import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

Service = Literal["jotform", "givebutter"]
Kind = Literal[
    "rate_limited",
    "server_error",
    "timeout",
    "truncated",
    "slow",
    "redirect",
    "no_content",
    "answer",
    "patched",
    "records",
    "short",
    "drip",
    "huge",
]


@dataclass(frozen=True)
class Fault:
    """An injected fault.

    ``rate``: share of requests it hits, or ``next``: exactly that many of the next ones. ``path`` and ``method``
    narrow it down (a part of the path). ``after``: the request is carried out and only the answer is lost.
    ``seconds``: how long ``slow`` and ``timeout`` wait, or the value of ``Retry-After`` unless ``retry_after`` is its
    text. ``status``: of a server error (503 by default) or an ``answer`` (200 by default).

    ``answer``: ``body`` as it is, of ``content_type``. ``patched``: the real answer with the members of ``patch`` in
    the place of its own. ``records``: the same for the records of a list, ``records`` being id → members. ``short``: a
    list ends after ``keep`` records and says that it is whole. ``drip``: one byte every ``seconds``. ``huge``: a valid
    answer of ``megabytes`` MB, compressed with ``compressed``.
    """

    service: Service
    kind: Kind
    rate: float = 0.0
    next: int = 0
    path: str = ""
    method: str = ""
    after: bool = False
    seconds: float = 1.0
    status: int | None = None
    retry_after: str = ""
    body: str = ""
    content_type: str = "application/json"
    patch: Mapping[str, Any] = field(default_factory=dict)
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    keep: int = 0
    megabytes: int = 64
    compressed: bool = False

    def __post_init__(self) -> None:
        if self.service not in get_args(Service) or self.kind not in get_args(Kind):
            raise ValueError(f"sandbox: no fault {self.kind!r} for service {self.service!r}")
        if not 0 <= self.rate <= 1 or self.next < 0 or self.seconds < 0:
            raise ValueError("sandbox: a fault's rate is between 0 and 1, its next and seconds are not negative")


class FaultBook:
    """The active faults.

    Random draws are seeded by request: the nth request of a method and path has the same fault, in any order of other
    requests. Callers with several threads therefore get the same faults each time.
    """

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self.clear()

    def clear(self) -> None:
        """Remove all faults and reset the random draws."""
        with self._lock:
            self._faults: list[Fault] = []
            self._requests: Counter[str] = Counter()

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._faults.append(fault)

    def draw(self, service: str, method: str, path: str) -> Fault | None:
        """Return the first fault that applies to this request, or None."""
        with self._lock:
            request = f"{service} {method} {path}"
            self._requests[request] += 1
            for place, fault in enumerate(self._faults):
                if fault.service != service or fault.path not in path or fault.method not in {"", method}:
                    continue
                if fault.next > 0:
                    self._faults[place] = replace(fault, next=fault.next - 1)
                    return fault
                if fault.rate and self._share(place, request) < fault.rate:
                    return fault
        return None

    def _share(self, place: int, request: str) -> float:
        """Return the random number from 0 to 1 of the fault at `place` for the latest request of this kind."""
        seed = f"{self._seed} {place} {request} {self._requests[request]}"
        return random.Random(seed).random()  # noqa: S311  # repeatable, protects nothing
