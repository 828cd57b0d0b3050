"""Report progress of long steps to listeners in this process, such as the command line.

Progress has counts only and is not stored. A run of the daemon has no listener.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listeners: list[Callable[[str], None]] = []


def report_progress(done: int, total: int | None, noun: str) -> None:
    """Report that `done` of `total` items are done.

    Args:
        total: number of all items, None if unknown.
        noun: plural noun of the items, such as `rows`.

    """
    for listener in _listeners:
        listener(f"{done:,} {noun}" if total is None else f"{done:,} of {total:,} {noun}")


@contextmanager
def progress_listener(listener: Callable[[str], None]) -> Iterator[None]:
    """Call `listener` with each progress report during the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
