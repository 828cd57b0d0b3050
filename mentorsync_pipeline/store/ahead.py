"""Work done by a few threads ahead of its use, its results in the order of the items.

What the work is does not belong here; see `store.contacts_load`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

_THREADS = 2
# Items that are being worked on or whose results wait: enough for every thread, few enough for the memory.
_AHEAD = 2 * _THREADS
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@contextmanager
def ahead(items: Iterable[_Item], work: Callable[[_Item], _Result]) -> Iterator[Iterator[_Result]]:
    """Begin with the first items at once, and give an iterator over the results of all; the end drops what is left.

    Of several errors, the one of the first item is raised, where its result would come.
    """
    with ThreadPoolExecutor(_THREADS, "ahead") as pool:
        source = iter(items)
        begun: deque[Future[_Result]] = deque()

        def begin(count: int) -> None:
            begun.extend(pool.submit(work, item) for item in islice(source, count))

        def results() -> Iterator[_Result]:
            while begun:
                yield begun.popleft().result()
                begin(_AHEAD - len(begun))

        begin(_THREADS)
        try:
            yield results()
        finally:
            for waiting in begun:
                waiting.cancel()
