"""Items taken and worked on by a few threads ahead of their use, the results in the order of the items."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from enum import Enum
from typing import TypeVar

_THREADS = 2
# Items that are being worked on or whose results wait: enough for every thread, few enough for the memory.
_AHEAD = 2 * _THREADS
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_Nothing = Enum("_Nothing", "MORE")


@contextmanager
def ahead(items: Iterable[_Item], work: Callable[[_Item], _Result]) -> Iterator[Iterator[_Result]]:
    """Begin with the first items at once, and give an iterator over the results of all; the end drops what is left.

    The items are taken one after the other in a thread of their own, the work is done in several. Of several errors,
    the one of the first item is raised, where its result would come.
    """
    with ThreadPoolExecutor(1, "ahead-items") as one, ThreadPoolExecutor(_THREADS, "ahead-work") as several:
        source = iter(items)
        begun: deque[Future[_Result | _Nothing]] = deque()

        def finish(item: Future[_Item | _Nothing]) -> _Result | _Nothing:
            taken = item.result()
            return taken if isinstance(taken, _Nothing) else work(taken)

        def begin() -> None:
            begun.append(several.submit(finish, one.submit(next, source, _Nothing.MORE)))

        def results() -> Iterator[_Result]:
            while not isinstance(result := begun.popleft().result(), _Nothing):
                yield result
                begin()

        for _ in range(_AHEAD):
            begin()
        try:
            yield results()
        finally:
            for pool in (several, one):
                pool.shutdown(wait=False, cancel_futures=True)
