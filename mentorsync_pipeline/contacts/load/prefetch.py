"""Process items in threads ahead of their use, with results in the order of the items."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from enum import Enum
from typing import TypeVar

# Items in progress or with unused results: enough for the threads, few enough for the memory.
_AHEAD = 4
# Threads that process items. With more, they would mostly wait for each other's Python code.
_THREADS = 2
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_Nothing = Enum("_Nothing", "MORE")


@contextmanager
def prefetch(items: Iterable[_Item], work: Callable[[_Item], _Result]) -> Iterator[Iterator[_Result]]:
    """Start with the first items and yield an iterator over the results; unused items are dropped at the end.

    Items are read in one thread and processed in others, so `work` must be thread-safe. The error of the first failed
    item is raised in place of its result.
    """
    with ThreadPoolExecutor(1, "ahead-items") as item_pool, ThreadPoolExecutor(_THREADS, "ahead-work") as work_pool:
        source = iter(items)
        begun: deque[Future[_Result | _Nothing]] = deque()

        def finish(item: Future[_Item | _Nothing]) -> _Result | _Nothing:
            result = item.result()
            return result if isinstance(result, _Nothing) else work(result)

        def begin() -> None:
            begun.append(work_pool.submit(finish, item_pool.submit(next, source, _Nothing.MORE)))

        def results() -> Iterator[_Result]:
            while not isinstance(result := begun.popleft().result(), _Nothing):
                yield result
                begin()

        for _ in range(_AHEAD):
            begin()
        try:
            yield results()
        finally:
            for pool in (work_pool, item_pool):
                pool.shutdown(wait=False, cancel_futures=True)
