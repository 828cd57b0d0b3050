"""How far a long step is, told to whoever shows it: the command line listens, a run of the daemon has no listener.

What is told stays in this process: counts only, and nothing of it is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listeners: list[Callable[[str], None]] = []


def report_progress(done: int, total: int | None, what: str) -> None:
    """Say that `done` of `total` (None when nobody knows) of something are done, such as `rows` or `pages`."""
    for listener in _listeners:
        listener(f"{done:,} {what}" if total is None else f"{done:,} of {total:,} {what}")


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Let `listener` hear what is told while the block lasts."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
